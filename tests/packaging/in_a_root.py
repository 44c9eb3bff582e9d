"""The package in an empty Debian: installed, started, upgraded, taken back, removed, purged.

``make package-test`` runs it, which takes minutes and root: the package is built, and a Debian fetched.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from textwrap import indent
from time import monotonic
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.packaging import booted, roots
from tests.packaging.booted import DEADLINE, Booted, bootable
from tests.packaging.roots import Debian
from tests.packaging.services import Service

SKIP = roots.skip()
STATE, CONFIG = "/var/lib/acs", "/etc/acs/acs.toml"
CALL = ("acsctl", "simulate", "--url", "http://127.0.0.1:7547/", "--model", "tr181-router", "--no-listen")

SOCKET = """
[Socket]
ListenStream=7547
FileDescriptorName=cwmp
[Install]
WantedBy=sockets.target
"""

ON_POSTGRESQL = """
[store]
url = "postgresql://acs@/acs?host=/run/postgresql"
[acs]
workers = 2
"""


class Case(SynchronousTestCase):
    """``self.debian`` has the package, and is the test's own; ``self.service`` is not started."""

    skip = SKIP
    installed = staticmethod(roots.installed)

    def setUp(self) -> None:
        """Have them."""
        self.debian = self.installed().copy()
        self.addCleanup(self.debian.remove)
        self.service = Service(self.debian)
        self.addCleanup(self.service.end)

    def call(self) -> None:
        """A simulated device has its first session."""
        told = json.loads(self.service.run(*CALL, "--sessions", "1", "--json"))
        self.assertEqual((1, 0), (told["sessions"], told["failed"]), told)

    def devices(self) -> list[Any]:
        """What the API says who has called."""
        items: list[Any] = json.loads(self.service.run("acsctl", "device", "list", "--json"))
        return items

    def schema(self, path: Path) -> int:
        """The version of a database."""
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            version: int = connection.execute("SELECT max(version) FROM schema").fetchone()[0]
        return version


class InstalledTests(SynchronousTestCase):
    """Nothing is changed here, so all tests look at the same."""

    skip = SKIP
    installed = staticmethod(roots.installed)

    def setUp(self) -> None:
        """Have it installed."""
        self.debian: Debian = self.installed()

    def test_dpkg_has_nothing_to_say_against_it(self) -> None:
        self.assertEqual("", self.debian.run("dpkg", "--audit"))
        # dh_installdocs aside, all is as it was packed; what we are allowed to configure is a conffile.
        self.assertEqual("", self.debian.run("dpkg", "--verify", "acs"))
        self.assertIn(
            f" {CONFIG} ", self.debian.run("dpkg-query", "--show", "--showformat=${Conffiles}", "acs")
        )

    def test_the_service_has_a_user_that_nobody_can_log_in_as(self) -> None:
        name, password, uid, *_, home, shell = self.debian.run("getent", "passwd", "acs").strip().split(":")
        self.assertEqual(("acs", STATE), (name, home))
        self.assertLess(int(uid), 1000)
        self.assertEqual("/usr/sbin/nologin", shell)
        self.assertRegex(self.debian.run("getent", "shadow", "acs"), "^acs:[!*]")

    def test_secrets_are_for_the_service_and_root_alone(self) -> None:
        self.assertEqual(("root", "acs", 0o750), self.debian.rights("/etc/acs"))
        self.assertEqual(("root", "acs", 0o640), self.debian.rights(CONFIG))
        self.assertEqual(("acs", "acs", 0o750), self.debian.rights(STATE))

    def test_there_are_no_secrets_before_the_first_start(self) -> None:
        self.assertEqual([], list(self.debian.at(STATE).iterdir()))

    def test_the_service_can_write_to_nothing_of_the_programs(self) -> None:
        command = [
            "setpriv",
            "--reuid=acs",
            "--regid=acs",
            "--init-groups",
            "find",
            "/usr",
            "/etc",
            "-writable",
        ]
        self.assertEqual("", self.debian.run(*command, "!", "-type", "l"))

    def test_the_command_line_works_on_the_packaged_configuration(self) -> None:
        self.assertEqual(f"{CONFIG}: nothing wrong\n", self.debian.run("acsctl", "check-config"))

    def test_modules_are_compiled_as_the_service_cannot(self) -> None:
        program = self.debian.at("/usr/lib/acs/acs")
        self.assertTrue(list((program / "__pycache__").glob("service.*.pyc")))

    def test_the_bill_of_materials_has_all_that_was_brought(self) -> None:
        bill = json.loads(self.debian.at("/usr/share/doc/acs/sbom.cdx.json").read_text())
        told = {each["name"] for each in (*bill["components"], bill["metadata"]["component"])}
        there = self.debian.at("/usr/lib/acs").glob("*.dist-info/METADATA")
        names = {path.read_text().split("\nName: ")[1].split("\n")[0] for path in there}
        self.assertIn("acs", names)
        self.assertLessEqual(names, told)

    def test_an_operators_hooks_are_found_where_the_documentation_says(self) -> None:
        debian = self.debian.copy()
        self.addCleanup(debian.remove)
        crm = debian.at("/usr/local/lib/acs/crm.py")
        crm.parent.mkdir()
        crm.write_bytes(debian.at("/usr/share/doc/acs/examples/hooks/crm.py").read_bytes())
        debian.at(CONFIG).write_text('state_dir = "/var/lib/acs"\n[hooks]\npython = "crm:Crm"\n')
        self.assertEqual(f"{CONFIG}: nothing wrong\n", debian.run("acsctl", "check-config"))

    def test_what_is_suggested_has_its_example_as_other_tests_try_it(self) -> None:
        suggested = self.debian.run("dpkg-query", "--show", "--showformat=${Suggests}", "acs")
        examples = self.debian.at("/usr/share/doc/acs/examples")
        for name, file in (
            ("postgresql", "postgresql.toml"),
            ("haproxy", "haproxy.cfg"),
            ("prosody", "prosody.cfg.lua"),
            ("prometheus", "prometheus/prometheus.yml"),
        ):
            self.assertIn(name, suggested)
            self.assertEqual((ROOT / "etc" / file).read_bytes(), (examples / file).read_bytes())


class ServiceTests(Case):
    def test_it_starts_as_its_unit_says_and_takes_a_devices_session(self) -> None:
        self.service.start()
        self.assertIn("READY=1", self.service.told)
        status = self.service.status()
        uid = self.debian.run("id", "--user", "acs").strip()
        self.assertEqual([uid] * 4, status["Uid"].split())
        self.assertEqual(("1", f"{1 << 10:016x}"), (status["NoNewPrivs"], status["CapBnd"]))
        self.call()
        [device] = self.devices()
        self.assertEqual("success", device["last_session_result"])
        self.service.stop()
        self.assertIn("STOPPING=1", self.service.told)
        self.assertNotIn("Traceback", self.service.log())

    def test_the_first_password_is_in_a_file_and_not_in_the_journal(self) -> None:
        self.service.start()
        kept = f"{STATE}/first-password"
        self.assertEqual(("acs", "acs", 0o600), self.debian.rights(kept))
        password = self.debian.at(kept).read_text().strip()
        self.assertGreaterEqual(len(password), 12)
        self.assertIn(f"password: in {kept}\n", self.service.log())
        self.assertNotIn(password, self.service.log())
        self.service.stop()

    def test_what_it_makes_is_for_itself_alone(self) -> None:
        self.service.start()
        self.call()
        self.service.stop()
        found = self.debian.run(
            "find", STATE, "-mindepth", "1", "(", "-perm", "/077", "-o", "!", "-user", "acs", ")"
        )
        self.assertEqual("", found)
        self.assertTrue(self.debian.at(f"{STATE}/secret.key").exists())

    def test_a_wrong_configuration_is_told_and_nothing_starts(self) -> None:
        self.debian.at(CONFIG).write_text("stat_dir = 1\n")
        failed = self.assertRaises(AssertionError, self.service.start)
        self.assertIn(f"{CONFIG}: stat_dir: ", str(failed))
        self.assertNotIn("Traceback", self.service.log())


class UpgradeTests(Case):
    """To a version whose database has a step more, and back."""

    def setUp(self) -> None:
        """Have a service with a device in it."""
        super().setUp()
        self.debian.at(CONFIG).write_text(self.debian.at(CONFIG).read_text() + "\n# ours\n")
        self.service.start()
        self.call()
        self.before = self.devices()
        self.database = self.debian.at(f"{STATE}/acs.sqlite")
        self.schema_before = self.schema(self.database)

    def upgrade(self) -> str:
        """Install the next version beside the running service, and restart it as systemd would."""
        said = self.debian.install(roots.next_version())
        self.service.stop()
        self.service.start()
        return said

    def backups(self) -> list[Path]:
        """The copies of the database that there are."""
        return sorted(self.debian.at(f"{STATE}/backups").iterdir())

    def test_the_database_is_kept_before_it_is_migrated_and_has_all_afterwards(self) -> None:
        said = self.upgrade()
        [kept] = self.backups()
        self.assertIn(f"-before-upgrade-from-{roots.version_of(roots.package())}.sqlite", kept.name)
        self.assertIn(f"kept in {STATE}/backups/{kept.name}", said)
        self.assertEqual(self.schema_before, self.schema(kept))
        self.assertEqual(self.schema_before + 1, self.schema(self.database))
        self.assertEqual(self.before, self.devices())
        self.assertEqual(("acs", "acs", 0o600), self.debian.rights(f"{STATE}/backups/{kept.name}"))
        self.assertIn("\n# ours\n", self.debian.at(CONFIG).read_text())
        self.call()
        self.service.stop()

    def test_an_older_version_says_why_it_leaves_a_newer_database_alone_and_goes_on_from_the_backup(
        self,
    ) -> None:
        self.upgrade()
        self.service.stop()
        whole = self.database.read_bytes()
        self.debian.install(roots.package(), "--allow-downgrades")
        self.assertEqual(1, self.service.refused())
        said = self.service.log()
        self.assertIn(f"the database has schema {self.schema_before + 1}", said)
        self.assertIn(f"this release knows up to {self.schema_before}", said)
        self.assertNotIn("Traceback", said)
        self.assertEqual(whole, self.database.read_bytes())
        kept = min(self.backups())
        # As docs/installing.rst says.
        self.debian.run("sh", "-ec", f"cd {STATE}; rm -f acs.sqlite-*; cp -p backups/{kept.name} acs.sqlite")
        self.service.start()
        self.assertEqual(self.before, self.devices())
        self.service.stop()

    def test_where_there_is_no_room_for_a_backup_nothing_is_upgraded(self) -> None:
        folder = self.debian.at(f"{STATE}/backups")
        folder.write_text("a file, where the folder would be")
        package = roots.next_version()
        here = self.debian.at(f"/root/{package.name}")
        here.write_bytes(package.read_bytes())
        status, said = self.debian.tried("apt-get", "install", "-y", f"/root/{package.name}")
        self.assertNotEqual(0, status)
        self.assertIn("the database could not be copied", said)
        self.assertEqual(self.schema_before, self.schema(self.database))
        self.assertEqual(self.before, self.devices())
        folder.unlink()
        self.debian.run("dpkg", "--configure", "acs")
        self.assertEqual("", self.debian.run("dpkg", "--audit"))
        self.service.stop()


class BootedCase(SynchronousTestCase):
    """Under a real systemd, with every restriction of the unit in force; ``programs`` are there too."""

    skip = booted.skip()
    installed = staticmethod(roots.installed)

    programs: tuple[str, ...] = ()

    def setUp(self) -> None:
        """Boot."""
        debian = bootable(self.installed).copy()
        self.addCleanup(debian.remove)
        if self.programs:
            debian.run("apt-get", "install", "-y", "--no-install-recommends", *self.programs)
        self.system = Booted(debian)
        self.addCleanup(self.system.end)
        self.system.wait_for("is-active acs", "active")

    def call(self) -> None:
        """Devices have their first sessions."""
        told = json.loads(self.system.run(*CALL, "--count", "5", "--ramp", "1", "--sessions", "5", "--json"))
        self.assertEqual((5, 0), (told["sessions"], told["failed"]), told)

    def devices(self) -> int:
        """How many have called."""
        return len(json.loads(self.system.run("acsctl", "device", "list", "--json")))


class BootedTests(BootedCase):
    """On SQLite."""

    def test_it_is_started_and_serves_devices_within_its_restrictions(self) -> None:
        self.assertEqual("notify", self.system.shown("Type"))
        self.call()
        self.assertEqual(5, self.devices())
        kept = self.system.run("acsctl", "backup").strip()
        self.assertTrue(self.system.debian.at(kept).is_file())
        journal = self.system.run("journalctl", "--unit=acs", "--no-pager")
        self.assertIn("password: in /var/lib/acs/first-password", journal)
        for word in ("Traceback", "Permission denied", "not permitted", "Read-only"):
            self.assertNotIn(word, journal)

    def test_it_is_reloaded_and_told_why_where_that_is_refused(self) -> None:
        before = self.system.shown("MainPID")
        self.system.run("systemctl", "reload", "acs")
        self.assertEqual(before, self.system.shown("MainPID"))
        config = self.system.debian.at(CONFIG)
        config.write_text(config.read_text() + "\n[nonsense]\n")
        self.assertNotEqual(0, self.system.tried("systemctl", "reload", "acs")[0])
        self.assertIn("nonsense", self.system.run("journalctl", "--unit=acs", "--no-pager"))
        self.assertEqual("active", self.system.run("systemctl", "is-active", "acs").strip())

    def test_killed_it_is_started_again_and_stopped_it_is_content(self) -> None:
        self.call()
        # Its first process alone: where that dies while the others of its control group are looked for, it is
        # told there as process 0, and systemctl says "Input/output error".
        self.system.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "acs")
        self.system.wait_for("show acs --value --property=NRestarts", "1")
        self.system.wait_for("is-active acs", "active")
        self.assertEqual(5, self.devices())
        self.system.run("systemctl", "stop", "acs")
        self.assertEqual(
            ("success", "inactive"), (self.system.shown("Result"), self.system.shown("ActiveState"))
        )

    def test_systemd_may_open_the_port_and_devices_wait_while_it_restarts(self) -> None:
        self.assertIn(indent(SOCKET, "    "), (ROOT / "docs" / "installing.rst").read_text())
        socket = self.system.debian.at("/etc/systemd/system/acs.socket")
        socket.write_text(SOCKET)
        config = self.system.debian.at(CONFIG)
        given = config.read_text().replace('"tcp:7547"', '"systemd:domain=INET:index=0"', 1)
        config.write_text(given)
        self.system.run("systemctl", "daemon-reload")
        self.system.run("systemctl", "stop", "acs")
        self.system.run("systemctl", "start", "acs.socket")
        self.call()
        self.assertEqual("active", self.system.shown("ActiveState"))
        self.assertEqual(5, self.devices())

    def test_an_upgrade_restarts_it_and_a_purge_stops_it(self) -> None:
        self.call()
        before = self.system.shown("MainPID")
        package = roots.next_version()
        self.system.debian.at(f"/root/{package.name}").write_bytes(package.read_bytes())
        said = self.system.run("apt-get", "install", "-y", f"/root/{package.name}")
        self.assertIn("the database as it was is kept in ", said)
        self.system.wait_for("is-active acs", "active")
        self.assertNotEqual(before, self.system.shown("MainPID"))
        self.assertEqual(5, self.devices())
        self.system.run("apt-get", "purge", "-y", "acs")
        self.assertNotEqual("active", self.system.tried("systemctl", "is-active", "acs")[1].strip())
        self.assertFalse(self.system.debian.at(STATE).exists())


class BootedOnPostgresqlTests(BootedCase):
    """With two workers on a PostgreSQL of the same machine."""

    programs = ("postgresql",)

    def test_its_workers_serve_devices_and_end_quietly(self) -> None:
        self.system.wait_for("is-active postgresql", "active")
        make = "createuser acs && createdb --owner=acs --encoding=UTF8 --template=template0 acs"
        self.system.run("su", "postgres", "-c", make)
        config = self.system.debian.at(CONFIG)
        config.write_text(config.read_text() + ON_POSTGRESQL)
        self.system.run("systemctl", "restart", "acs")
        nodes = ("acsctl", "node", "list", "--json")
        until = monotonic() + DEADLINE
        while len(json.loads(self.system.run(*nodes))) < 2:
            self.assertLess(monotonic(), until)
        self.call()
        self.assertEqual(5, self.devices())
        self.assertIn("pg_dump", self.system.tried("acsctl", "backup")[1])
        self.system.run("systemctl", "stop", "acs")
        self.assertEqual("success", self.system.shown("Result"))
        self.assertNotIn("Traceback", self.system.run("journalctl", "--unit=acs", "--no-pager"))


class RemovalTests(Case):
    package = staticmethod(roots.package)

    def setUp(self) -> None:
        """Have a service that has run."""
        super().setUp()
        self.service.start()
        self.call()
        self.service.stop()

    def test_removing_leaves_the_state_and_the_configuration(self) -> None:
        before = self.debian.at(f"{STATE}/acs.sqlite").read_bytes()
        self.debian.run("apt-get", "remove", "-y", "acs")
        self.assertEqual(before, self.debian.at(f"{STATE}/acs.sqlite").read_bytes())
        for path in (f"{STATE}/secret.key", CONFIG):
            self.assertTrue(self.debian.at(path).exists(), path)
        for path in ("/usr/lib/acs", "/usr/bin/acsctl", "/usr/sbin/acs", "/lib/systemd/system/acs.service"):
            self.assertFalse(self.debian.at(path).exists(), path)

    def test_what_was_removed_goes_on_when_it_is_installed_again(self) -> None:
        self.debian.run("apt-get", "remove", "-y", "acs")
        self.debian.install(self.package())
        self.service.start()
        self.assertEqual(1, len(self.devices()))
        self.service.stop()

    def test_purging_leaves_nothing_of_it(self) -> None:
        self.debian.run("apt-get", "purge", "-y", "acs")
        self.assertEqual(2, self.debian.tried("getent", "passwd", "acs")[0])
        self.assertEqual(2, self.debian.tried("getent", "group", "acs")[0])
        named = self.debian.run(
            "find", "/", "-xdev", "(", "-name", "acs", "-o", "-name", "acs[._]*", ")"
        ).split()
        self.assertEqual([], [path for path in named if not path.startswith(("/proc/", "/sys/"))])
        self.assertEqual("", self.debian.run("find", "/", "-xdev", "-nouser"))
