"""Adding files to the folder, and taking them out of it, where two do so at once or one is killed."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.writing import (
    ABANDONED,
    HIDDEN,
    AlreadyThere,
    BadPath,
    CannotWrite,
    Receiving,
    remove,
    sweep,
)

PATH = "AirTies/Air4920/2.59/image.bin"


class WritingCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def receiving(self, path: str = PATH, replace: bool = True, random: str = "r") -> Receiving:
        return Receiving(self.folder, path, replace, random)

    def files(self) -> list[str]:
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())


class AddingTests(WritingCase):
    def test_nothing_is_at_the_place_before_all_of_it_is_there(self) -> None:
        receiving = self.receiving()
        receiving.write(b"an ")
        self.assertEqual([f"AirTies/Air4920/2.59/{HIDDEN}r"], self.files())
        receiving.write(b"image")
        signature, digest = receiving.finish()
        self.assertEqual(([PATH], True), (self.files(), receiving.new))
        self.assertEqual((8, os.stat(self.folder / PATH).st_ino), (signature.size, signature.inode))
        self.assertEqual(64, len(digest))

    def test_nothing_is_left_of_one_that_is_abandoned(self) -> None:
        receiving = self.receiving()
        receiving.write(b"an ")
        receiving.abandon()
        receiving.abandon()
        self.assertEqual([], list(self.folder.iterdir()))

    def test_of_two_at_once_the_last_stays_whole(self) -> None:
        first, second = self.receiving(random="1"), self.receiving(random="2")
        second.write(b"second")
        first.write(b"first")
        second.finish()
        first.finish()
        self.assertEqual((b"first", False), ((self.folder / PATH).read_bytes(), first.new))
        self.assertEqual([PATH], self.files())

    def test_of_two_that_replace_nothing_the_first_stays(self) -> None:
        first, second = self.receiving(replace=False, random="1"), self.receiving(replace=False, random="2")
        first.write(b"first")
        first.finish()
        self.assertRaises(AlreadyThere, second.finish)
        self.assertEqual(b"first", (self.folder / PATH).read_bytes())
        self.assertEqual([PATH], self.files())
        self.assertRaises(AlreadyThere, self.receiving, replace=False)

    def test_who_reads_the_old_one_reads_it_to_its_end(self) -> None:
        self.receiving().finish()
        (self.folder / PATH).write_bytes(b"old")
        with open(self.folder / PATH, "rb") as old:
            receiving = self.receiving()
            receiving.write(b"new")
            receiving.finish()
            self.assertEqual(b"old", old.read())

    def test_a_place_that_is_none_is_refused(self) -> None:
        for path in ("../x", "x", "config/.x", ""):
            self.assertRaises(BadPath, self.receiving, path)
        (self.folder / "config").write_bytes(b"a file")
        self.assertRaises(CannotWrite, self.receiving, "config/x")

    def test_a_folder_that_is_taken_away_meanwhile_is_told(self) -> None:
        receiving = self.receiving()
        os.unlink(self.folder / f"AirTies/Air4920/2.59/{HIDDEN}r")
        self.assertRaises(CannotWrite, receiving.finish)


class RemovingTests(WritingCase):
    def add(self, path: str) -> None:
        self.receiving(path).finish()

    def test_folders_that_are_empty_then_go_too_but_no_others(self) -> None:
        for path in (PATH, "AirTies/Air4920/2.60/image.bin", "config/x"):
            self.add(path)
        remove(self.folder, PATH)
        self.assertEqual(["AirTies/Air4920/2.60/image.bin", "config/x"], self.files())
        self.assertFalse((self.folder / "AirTies/Air4920/2.59").exists())
        remove(self.folder, "config/x")
        self.assertEqual(["AirTies"], os.listdir(self.folder))

    def test_a_description_goes_with_the_last_image_that_it_was_beside(self) -> None:
        for path in (PATH, f"{PATH}2", "AirTies/Air4920/2.59/image.toml"):
            self.add(path)
        remove(self.folder, PATH)
        self.assertEqual(["AirTies/Air4920/2.59/image.bin2", "AirTies/Air4920/2.59/image.toml"], self.files())
        remove(self.folder, f"{PATH}2")
        self.assertEqual([], self.files())

    def test_what_is_not_there_is_told(self) -> None:
        self.add(PATH)
        for path in ("nowhere", f"{PATH}/x", "AirTies", "..", f"AirTies/Air4920/2.59/{HIDDEN}r"):
            self.assertRaises(LookupError, remove, self.folder, path)


class SweepingTests(WritingCase):
    def test_what_a_process_left_behind_when_it_was_killed_is_removed_a_day_later(self) -> None:
        receiving = self.receiving()
        receiving.write(b"half of")
        written = (self.folder / f"AirTies/Air4920/2.59/{HIDDEN}r").stat().st_mtime
        (self.folder / ".other").write_bytes(b"not ours")
        sweep(self.folder, written + ABANDONED - 1)
        self.assertEqual(2, len(self.files()))
        sweep(self.folder, written + ABANDONED + 1)
        self.assertEqual([".other"], self.files())
        receiving.abandon()
