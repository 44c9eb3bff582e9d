"""What the documentation says of backups brings an appliance back, on either database, on another machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from tests import ROOT
from tests.support import postgres
from tests.support.appliance import ApplianceProcess
from tests.support.authorization import basic
from tests.support.forking import run
from tests.support.router import DEVICE, IDENTITY, Router, inform
from tests.test_authentication import Caller

LISTENER = 'authentication = "basic"\nusername = "cpe"\npassword = "hush factory"\ncredentials = "device"\n'
OWN = basic("box", "hush of its own")
FACTORY = basic("cpe", "hush factory")
LATER = replace(IDENTITY, SerialNumber="2")
LONG = v.ParameterValueStruct("Device.X_Acme_Long", Random(1).randbytes(20_000).hex(), "xsd:string")
"""What no compression makes small: its conversation has no room in a row."""


def documented(*starts: str) -> list[str]:
    """The commands about backups that begin so, as they are to be typed, in their order."""
    text = (ROOT / "docs/installing.rst").read_text()
    part = text[text.index("Backup and restore\n") : text.index("Upgrading\n---")]
    lines = [line.strip().partition("  #")[0].rstrip() for line in part.splitlines() if line[:4] == "    "]
    return [line for line in lines if line.startswith(starts)]


class BackupCase(SynchronousTestCase):
    def appliance(self, name: str, more: str = "") -> ApplianceProcess:
        """One in a folder of this name, stopped when the test is over."""
        made = ApplianceProcess(Path(self.mktemp()).absolute() / name, more, LISTENER)
        made.grace = 0.1
        self.addCleanup(made.stop)
        return made

    def call(self, appliance: ApplianceProcess, said: m.Inform, authorization: str) -> None:
        """A whole session of a device."""
        caller, router = Caller(), Router()

        def say(message: m.Message | None) -> m.Message | None:
            status, head, content = caller.post(appliance.cwmp, caller.dialogue.say(message), authorization)
            self.assertIn(status, (200, 204), head)
            return caller.dialogue.hear(content).message

        say(said)
        asked = say(None)
        while asked is not None:
            asked = say(router.reply(asked))

    def typed(self, appliance: ApplianceProcess, *words: str) -> None:
        """acsctl with a password on its standard input."""
        command = ["-m", "acs.ctl", "-c", str(appliance.config), *words, "--password-stdin"]
        done = run(command, Path.cwd(), appliance.environment, b"hush of its own\n")
        self.assertEqual(0, done.returncode, done.stderr)

    def fill(self, appliance: ApplianceProcess) -> None:
        """A device has called: with a conversation that is short and one that is long, and a password."""
        appliance.start()
        self.call(appliance, inform("0 BOOTSTRAP", "1 BOOT"), FACTORY)
        self.typed(appliance, "device", "credentials", DEVICE, "--set", "box")
        self.typed(appliance, "user", "add", "anna", "--role", "viewer")
        appliance.acsctl("config", "set", "device", DEVICE, ".Time.Enable=1")
        said = inform("2 PERIODIC")
        self.call(appliance, replace(said, ParameterList=(*said.ParameterList, LONG)), OWN)

    def all_of(self, appliance: ApplianceProcess) -> dict[str, Any]:
        """What it knows."""
        return {
            "devices": appliance.asked("device", "list"),
            "parameters": appliance.asked("device", "parameters", DEVICE),
            "credentials": appliance.asked("device", "credentials", DEVICE, "--secrets"),
            "wanted": appliance.asked("config", "get", "device", DEVICE),
            "users": [(each["name"], each["role"]) for each in appliance.asked("user", "list")],
            "conversations": [
                self.conversation(appliance, each["id"]) for each in appliance.asked("session", "list")
            ],
        }

    def conversation(self, appliance: ApplianceProcess, session: str) -> dict[str, bytes]:
        """What was said in a session, byte for byte."""
        folder = Path(self.mktemp()).absolute()
        appliance.acsctl("session", "export", session, "-o", str(folder), "--secrets")
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def forget(self, appliance: ApplianceProcess) -> None:
        """What comes behind the backup: another device, and the first one is deleted."""
        self.call(appliance, inform("1 BOOT", identity=LATER), FACTORY)
        appliance.acsctl("device", "delete", DEVICE, "--yes")
        self.assertEqual([LATER.key], [each["id"] for each in appliance.asked("device", "list")])

    def assert_back(self, appliance: ApplianceProcess, before: dict[str, Any]) -> None:
        """It knows what it did, and the device comes in with its password as it did."""
        self.assertEqual(2, len(before["conversations"]))
        self.assertTrue(
            any(len(said) > len(LONG.Value) for each in before["conversations"] for said in each.values())
        )
        self.assertEqual("hush of its own", before["credentials"]["password"])
        after = self.all_of(appliance)
        for what, known in before.items():
            self.assertEqual(known, after[what], what)
        self.assertEqual(401, Caller().post(appliance.cwmp, b"", basic("box", "hush"))[0])
        self.call(appliance, inform("2 PERIODIC"), OWN)
        self.assertEqual(3, len(appliance.asked("session", "list")))


class PostgresqlTests(BackupCase):
    skip = postgres.SKIP or None

    def setUp(self) -> None:
        self.cluster = postgres.Cluster()
        self.addCleanup(self.cluster.remove)
        self.cluster.start()
        self.cluster.say("CREATE DATABASE acs")
        self.store = f'[store]\nurl = "{self.cluster.url("acs")}"\n'
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.old = self.appliance("old", self.store)
        self.fill(self.old)
        self.before = self.all_of(self.old)
        self.type("pg_dump")
        self.forget(self.old)
        self.old.stop()

    def restore(self) -> None:
        """As the documentation has it."""
        for program in ("dropdb", "createdb", "pg_restore"):
            self.type(program)

    def type(self, start: str) -> None:
        """The command that begins so, as it stands in the documentation."""
        (command,) = documented(f"{start} ")
        environment = {
            **os.environ,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.cluster.port),
            "PGUSER": "acs",
            "PATH": f"{postgres.programs()}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            command.split(), cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_what_is_restored_over_what_came_later_is_as_it_was(self) -> None:
        self.restore()
        self.old.start()
        self.assert_back(self.old, self.before)

    def test_on_another_machine_which_starts_with_the_key_and_not_without_it(self) -> None:
        self.restore()
        new = self.appliance("new", self.store)
        self.assertRaisesRegex(AssertionError, "secret.key", new.start)
        shutil.copy2(self.old.folder / "state/secret.key", new.folder / "state")
        new.start()
        self.assert_back(new, self.before)


class SqliteTests(BackupCase):
    def setUp(self) -> None:
        self.old = self.appliance("old")
        self.fill(self.old)
        self.before = self.all_of(self.old)
        first = documented("acsctl backup")[0]
        self.kept = Path(self.old.acsctl(*first.split()[1:]).strip())
        self.forget(self.old)
        self.old.stop()

    def restore(self, appliance: ApplianceProcess) -> None:
        """As the documentation has it, in the state directory."""
        for command in documented("rm ", "cp "):
            done = re.sub(r"backups/\S+", f"backups/{self.kept.name}", command)
            subprocess.run(["sh", "-ec", done], cwd=appliance.folder / "state", check=True)
        appliance.start()

    def test_what_is_restored_over_what_came_later_is_as_it_was(self) -> None:
        self.restore(self.old)
        self.assert_back(self.old, self.before)

    def test_on_another_machine_with_the_key_and_the_long_conversations(self) -> None:
        new = self.appliance("new")
        (new.folder / "state").mkdir(mode=0o700)
        for name in ("secret.key", "archive", "backups"):
            subprocess.run(
                ["cp", "-a", str(self.old.folder / "state" / name), str(new.folder / "state")], check=True
            )
        self.restore(new)
        self.assert_back(new, self.before)
