"""Folders that are made, and still there after a power cut."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.store.folders import make_folder
from tests.support.syncs import Syncs


class FolderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.there = Path(self.mktemp())
        self.there.mkdir()
        self.folder = self.there / "a" / "b"

    def test_its_name_and_those_above_it_survive_a_power_cut(self) -> None:
        syncs = Syncs(self)
        make_folder(self.folder)
        for path in (self.there, self.there / "a"):
            self.assertTrue(syncs.holds(path), path)

    def test_only_its_owner_may_enter_it(self) -> None:
        make_folder(self.folder)
        self.assertEqual(0o700, self.folder.stat().st_mode & 0o777)

    def test_one_that_is_there_is_left_as_it_is(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True)
        (self.folder / "file").touch()
        make_folder(self.folder)
        self.assertEqual(
            (0o755, ["file"]),
            (self.folder.stat().st_mode & 0o777, [path.name for path in self.folder.iterdir()]),
        )
