"""The commands ``export`` and ``import``, as processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.ctl.transfer import _writing
from acs.store.transfer import contents
from acs.store.transfer.account import Account
from acs.store.transfer.exporting import export
from tests import ROOT
from tests.ctl import acsctl
from tests.store.transfer.filled import Place, fill, on_postgresql
from tests.support import postgres
from tests.support.forking import run
from tests.support.ports import free_port
from tests.support.syncs import Syncs

# Imports, and is killed when it has come so far.
KILLED = """
import io, os, signal, sys, threading
from pathlib import Path
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import react
from acs.store.building import premises_at
from acs.store.transfer.account import Account
from acs.store.transfer.checking import check
from acs.store.transfer.importing import Import

path, url, folder, share, seconds = sys.argv[1:]

class Disk(io.FileIO):
    def read(self, size=-1):
        if self.tell() > float(share) * os.stat(path).st_size:
            threading.Timer(float(seconds), os.kill, (os.getpid(), signal.SIGKILL)).start()
        return super().read(size)

async def main(reactor):
    with open(path, "rb") as file:
        checked = await check(reactor, file, Account())
    premises = premises_at(url, reactor, reactor, Path(folder), guest=False)
    await Import(premises, Disk(path), checked, Account()).run()

react(lambda reactor: ensureDeferred(main(reactor)))
"""


class Machine:
    """A configuration with its state directory, and ``acsctl`` on it."""

    def __init__(self, folder: Path, url: str = "sqlite") -> None:
        folder.mkdir(exist_ok=True)
        self.place = Place(folder / "state", url)
        self.config = folder / "acs.toml"
        self.config.write_text(f'state_dir = "state"\n[store]\nurl = "{url}"\n', "utf-8")

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return run(["-m", "acs.ctl", "-c", str(self.config), *map(str, words)], ROOT)

    def output(self, *words: str | Path) -> str:
        """What a command that succeeds prints."""
        ended = self.run(*words)
        assert (ended.returncode, ended.stderr) == (0, b""), ended
        return ended.stdout.decode()

    def asked(self, *words: str | Path) -> Any:
        """The same with ``--json``."""
        return json.loads(self.output(*words, "--json"))

    def error(self, *words: str | Path) -> str:
        """The one line of a command that fails."""
        ended = self.run(*words)
        assert (ended.returncode, ended.stdout) == (1, b""), ended
        (line,) = ended.stderr.decode().splitlines()
        return line


class WritingTests(SynchronousTestCase):
    """The file that an export goes into."""

    def setUp(self) -> None:
        self.file = Path(self.mktemp()) / "acs.export"
        self.file.parent.mkdir()

    def test_once_it_has_its_name_it_survives_a_power_cut_and_is_for_its_owner_alone(self) -> None:
        syncs = Syncs(self)
        with _writing(str(self.file)) as file:
            file.write(b"x" * 100_000)
            self.assertFalse(self.file.exists())
        for path in (self.file, self.file.parent):
            self.assertTrue(syncs.holds(path), path)
        self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))

    def test_where_it_could_not_be_written_nothing_has_changed(self) -> None:
        self.file.write_bytes(b"of yesterday")
        with self.assertRaises(ZeroDivisionError), _writing(str(self.file)) as file:
            file.write(b"x")
            raise ZeroDivisionError
        self.assertEqual([b"of yesterday"], [path.read_bytes() for path in self.file.parent.iterdir()])


class TransferCase(TestCase):
    """A store on one machine, and other machines that are to have it."""

    timeout = 120

    async def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.one = Machine(self.folder / "one")
        await fill(self.one.place, devices=3)
        self.file = self.folder / "acs.export"

    def other(self, name: str = "other", key: bool = True) -> Machine:
        """Another machine, on which nothing was started yet."""
        machine = Machine(self.folder / name)
        if key:
            machine.place.take_key(self.one.place)
        return machine


class TransferTests(TransferCase):
    """Onto SQLite."""

    async def test_a_backup_and_its_restoration(self) -> None:
        made = self.one.asked("export", self.file)
        self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))
        self.assertEqual([self.file.name, "one"], sorted(os.listdir(self.folder)))
        everything = await self.one.place.everything()
        self.assertEqual({table: len(rows) for table, rows in everything.items()}, made["tables"])
        other = self.other()
        restored = other.asked("import", self.file)
        self.assertEqual(
            (made["digest"], made["rows"], False), (restored["digest"], restored["rows"], restored["resumed"])
        )
        self.assertEqual(everything, await other.place.everything())

    async def test_summaries_are_one_line(self) -> None:
        for words in (("export", self.file), ("export", "--verify", self.file)):
            (line,) = self.one.output(*words).splitlines()
            self.assertRegex(line, r"^(exported|whole:) \d+ rows: 3 devices, 28 sessions, 28 conversations")
        (line,) = self.other().output("import", self.file).splitlines()
        self.assertRegex(line, r"^imported \d+ rows: 3 devices")

    async def test_an_export_may_go_down_a_pipe(self) -> None:
        ended = self.one.run("export", "-")
        self.assertEqual(0, ended.returncode)
        self.assertIn(b"exported", ended.stderr)
        self.file.write_bytes(ended.stdout)
        self.other().output("import", self.file)

    async def test_progress_is_shown_when_asked_for(self) -> None:
        ended = self.one.run("export", self.file, "--progress")
        self.assertRegex(ended.stderr, rb"exporting \w+: \d+ rows, 100%")

    async def test_another_key_is_told_of_and_may_be_given(self) -> None:
        self.one.output("export", self.file)
        other = self.other(key=False)
        self.assertIn("copy the secret.key", other.error("import", self.file))
        self.assertFalse(other.place.folder.exists())
        other.place.folder.mkdir()
        other.place.key.write_bytes(bytes(32))
        line = other.error("import", self.file)
        self.assertIn("is not the key that the export is sealed with", line)
        self.assertIn("--key", line)
        self.assertEqual(["secret.key"], os.listdir(other.place.folder))
        self.assertIn("the key is not the one", other.error("import", self.file, "--key", other.place.key))
        other.output("import", self.file, "--key", self.one.place.key)
        self.assertEqual(bytes(32), other.place.key.read_bytes())
        self.assertEqual(await self.one.place.everything(bare=True), await other.place.everything(bare=True))

    async def test_what_is_wrong_is_one_line(self) -> None:
        other = self.other()
        self.assertIn(f"{self.file}: No such file", other.error("import", self.file))
        self.assertIn(f"{self.file}: No such file", other.error("export", "--verify", self.file))
        self.file.write_bytes(b"something else")
        for words in (("import", self.file), ("export", "--verify", self.file)):
            self.assertIn(f"{self.file}: not an export", other.error(*words))
        self.assertIn("/nowhere: No such file", other.error("import", self.file, "--key", "/nowhere"))
        self.assertIn("not a key", other.error("import", self.file, "--key", self.file))
        self.one.output("export", self.file)
        data = self.file.read_bytes()
        self.file.write_bytes(data[:-1])
        for words in (("import", self.file), ("export", "--verify", self.file)):
            self.assertIn("damaged", other.error(*words))
        self.file.write_bytes(data)
        self.assertIn("the store: it is not empty, but has devices", self.one.error("import", self.file))
        if other.place.url == "sqlite":
            self.assertIn("no " + str(other.place.folder / "acs.sqlite"), other.error("export", self.file))
        other.place.key.unlink()
        self.assertIn("name the right configuration", other.error("export", self.file))
        self.assertEqual(data, self.file.read_bytes())
        self.assertIn("No such file", self.one.error("export", self.folder / "nowhere" / "x"))
        self.assertFalse(list(self.folder.glob("*.part")))

    async def test_killed_at_any_moment_it_goes_on_where_it_was(self) -> None:
        await self.write_small_blocks()
        other = self.other()
        for share, seconds in (
            (0.0, 0.0),
            (0.01, 0.002),
            (0.3, 0.001),
            (0.6, 0.004),
            (0.7, 0.0),
            (0.999, 0.001),
        ):
            self.kill(other, share, seconds)
        self.assertIn("import into this database has not ended", other.error("user", "list"))
        self.assertIn("import into this database has not ended", self.start(other))
        self.assertTrue(other.asked("import", self.file)["resumed"])
        self.assertEqual(await self.one.place.everything(), await other.place.everything())
        self.assertIn("anna", other.output("user", "list"))

    async def write_small_blocks(self) -> None:
        """An export that takes many transactions to import."""
        self.one = Machine(self.folder / "two")
        await fill(self.one.place, devices=20)
        self.patch(contents, "ROWS", 5)
        with open(self.file, "wb") as file:
            await export(self.one.place.premises(guest=True), file, 1.0, "1", Account())

    def kill(self, machine: Machine, share: float, seconds: float) -> None:
        """Import, and kill that so many seconds after such a share of the file was read."""
        words = [self.file, machine.place.url, machine.place.folder, share, seconds]
        ended = run(["-c", KILLED, *map(str, words)], ROOT)
        self.assertEqual((-signal.SIGKILL, b""), (ended.returncode, ended.stderr))

    def start(self, machine: Machine) -> str:
        """What the appliance says that does not start."""
        twistd = ["-c", "from twisted.scripts.twistd import run; run()"]
        words = [*twistd, "--nodaemon", "--pidfile=", "acs", "--config", str(machine.config)]
        ended = run(words, machine.config.parent)
        self.assertEqual(1, ended.returncode)
        return (ended.stdout + ended.stderr).decode()


class RunningTests(TransferCase):
    async def test_an_appliance_that_runs_keeps_its_store(self) -> None:
        self.one.output("export", self.file)
        other = self.other()
        store = other.place.store()
        await store.open()
        self.assertIn("in use by another running appliance", other.error("import", self.file))
        await store.close()
        other.output("import", self.file)


class PostgresqlTests(TransferTests):
    """The same onto PostgreSQL."""

    skip = postgres.SKIP or None

    def other(self, name: str = "other", key: bool = True) -> Machine:
        machine = Machine(self.folder / name, on_postgresql(self, self.folder / "unused").url)
        if key:
            machine.place.take_key(self.one.place)
        return machine

    async def test_a_server_that_is_not_there_is_one_line(self) -> None:
        self.one.output("export", self.file)
        other = Machine(self.folder / "gone", f"postgresql://acs@127.0.0.1:{free_port()}/acs")
        other.place.take_key(self.one.place)
        self.assertIn("say the same command again", other.error("import", self.file))
        self.assertIn("the store: ", other.error("export", self.file))


class CommandLineTests(SynchronousTestCase):
    def test_no_export_goes_to_a_terminal(self) -> None:
        folder = Path(self.mktemp())
        (folder / "state").mkdir(parents=True)
        (folder / "state" / "secret.key").write_bytes(bytes(32))
        (folder / "state" / "acs.sqlite").touch()
        config = folder / "acs.toml"
        config.write_text('state_dir = "state"\n', "utf-8")
        outcome = acsctl("-c", str(config), "export", "-", terminal=True)
        self.assertEqual((2, b""), (outcome.status, outcome.output))
        self.assertIn("nothing for a terminal", outcome.errors)
