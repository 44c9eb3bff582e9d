"""``acsctl backup`` and ``acsctl vacuum``, and what they refuse."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs import __version__
from acs.store.building import embedded_store
from tests.ctl import Outcome, acsctl


class KeepingTests(TestCase):
    """With the store of an appliance that does not run."""

    def setUp(self) -> Deferred[None]:
        """Have one."""
        # Not below trial's folder, which nobody but root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="acs-keeping-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.state = self.folder / "state"
        self.config = self.folder / "acs.toml"
        return ensureDeferred(self.make())

    async def make(self) -> None:
        """Make it."""
        self.config.write_text('state_dir = "state"\n')
        store = embedded_store(reactor, reactor, self.state)
        await store.open()
        await store.close()

    def said(self, *words: str) -> Outcome:
        """What a command leaves."""
        return acsctl("-c", str(self.config), *words)

    def test_backup_prints_where_the_copy_is(self) -> None:
        outcome = self.said("backup")
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        [path] = map(Path, outcome.lines)
        self.assertEqual(self.state / "backups", path.parent)
        self.assertRegex(path.name, rf"^\d{{8}}T\d{{6}}-{__version__}\.sqlite$")
        self.assertTrue(path.is_file())

    def test_the_name_may_be_chosen_and_how_many_are_left(self) -> None:
        for name in ("a", "b", "c"):
            self.assertEqual(0, self.said("backup", "--name", name, "--keep", "2").status)
        kept = sorted(each.name.split("-", 1)[1] for each in (self.state / "backups").iterdir())
        self.assertEqual(["b.sqlite", "c.sqlite"], kept)

    def test_a_name_that_leads_elsewhere_is_refused(self) -> None:
        for name in ("../up", "a/b", ".hidden", "", "x" * 65, "two words"):
            outcome = self.said("backup", "--name", name)
            self.assertEqual(2, outcome.status, name)
            self.assertIn("no part of a file's name", outcome.errors)
        self.assertFalse((self.state / "backups").exists())

    def test_none_at_all_cannot_be_kept(self) -> None:
        self.assertEqual(2, self.said("backup", "--keep", "0").status)

    def test_an_embedded_one_is_kept_where_it_may_be_another(self) -> None:
        outcome = self.said("backup", "--if-embedded")
        self.assertEqual((0, 1), (outcome.status, len(outcome.lines)))

    def test_vacuum_says_what_it_has_saved(self) -> None:
        outcome = self.said("vacuum")
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        self.assertRegex(outcome.text, r"^\d+ bytes before, \d+ now\n$")

    async def test_vacuum_is_refused_while_the_appliance_runs_and_backup_is_not(self) -> None:
        store = embedded_store(reactor, reactor, self.state)
        await store.open()
        try:
            refused, kept = self.said("vacuum"), self.said("backup")
        finally:
            await store.close()
        self.assertEqual((1, ""), (refused.status, refused.text))
        self.assertIn("the appliance runs: stop it first", refused.errors)
        self.assertEqual(0, kept.status)

    def test_what_root_makes_belongs_to_the_service(self) -> None:
        nobody = pwd.getpwnam("nobody")
        for path in (self.state, *self.state.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        outcome = self.said("backup")
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        self.assertEqual(nobody.pw_uid, Path(outcome.lines[0]).stat().st_uid)

    if os.geteuid() != 0:
        test_what_root_makes_belongs_to_the_service.skip = "only root can give files away"  # type: ignore[attr-defined]


class RefusalTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Have a folder for a configuration."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.config = self.folder / "acs.toml"

    def test_where_there_is_no_database_none_is_made(self) -> None:
        self.config.write_text('state_dir = "state"\n')
        for command in ("backup", "vacuum"):
            outcome = acsctl("-c", str(self.config), command)
            self.assertEqual((1, ""), (outcome.status, outcome.text))
            self.assertIn("name the right configuration with -c", outcome.errors)
        asked = acsctl("-c", str(self.config), "backup", "--if-embedded")
        self.assertEqual((0, "", ""), (asked.status, asked.text, asked.errors))
        self.assertFalse((self.folder / "state").exists())

    def test_postgresql_has_a_program_of_its_own_for_backups(self) -> None:
        self.config.write_text('state_dir = "state"\n[store]\nurl = "postgresql://acs@db/acs"\n')
        (self.folder / "state").mkdir()
        (self.folder / "state" / "secret.key").write_bytes(b"x" * 32)
        outcome = acsctl("-c", str(self.config), "backup")
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        self.assertIn("pg_dump", outcome.errors)
        asked = acsctl("-c", str(self.config), "backup", "--if-embedded")
        self.assertEqual((0, "", ""), (asked.status, asked.text, asked.errors))

    def test_the_configuration_may_be_named_in_the_environment(self) -> None:
        self.config.write_text("stat_dir = 1\n")
        os.environ["ACS_CONFIG"] = str(self.config)
        self.addCleanup(os.environ.pop, "ACS_CONFIG")
        outcome = acsctl("check-config")
        self.assertEqual(1, outcome.status)
        self.assertIn(f"{self.config}: stat_dir: ", outcome.errors)
        (self.folder / "other.toml").write_text("")
        self.assertEqual(0, acsctl("-c", str(self.folder / "other.toml"), "check-config").status)
