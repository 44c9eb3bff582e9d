"""Uploads on disk: whole or not at all."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.uploads import AlreadyThere, NoRoom, Part, Upload, Uploads


class UploadCase(SynchronousTestCase):
    """A folder of uploads."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.uploads = Uploads(self.folder, kept=2, spare=0)

    def keep(self, job: int, content: bytes = b"abc", kind: str = "") -> Upload:
        """One that is whole."""
        part = self.uploads.begin(7, job)
        part.write(content)
        return part.keep(f"{job}.cfg", kind, float(job))

    def names(self) -> list[str]:
        """The files of the device."""
        return sorted(path.name for path in (self.folder / "7").iterdir())


class KeepTests(UploadCase):
    def test_what_is_whole_can_be_listed_opened_and_removed(self) -> None:
        kept = self.keep(9)
        self.assertEqual(Upload(7, 9, "9.cfg", "", 3, sha256(b"abc").hexdigest(), 9.0), kept)
        self.assertEqual(([kept], kept), (self.uploads.of_device(7), self.uploads.get(7, 9)))
        found, file = self.uploads.open(7, 9)
        with file:
            self.assertEqual((kept, b"abc"), (found, file.read()))
        self.assertTrue(self.uploads.delete(7, 9))
        self.assertFalse(self.uploads.delete(7, 9))
        self.assertEqual([], self.names())

    def test_nobody_else_may_read_it(self) -> None:
        self.keep(9)
        self.assertEqual(0o700, (self.folder / "7").stat().st_mode & 0o777)
        for name in ("9", "9.json"):
            self.assertEqual(0o600, (self.folder / "7" / name).stat().st_mode & 0o777)

    def test_what_is_not_whole_is_not_there(self) -> None:
        part = self.uploads.begin(7, 9)
        part.write(b"abc")
        self.assertEqual(([], None), (self.uploads.of_device(7), self.uploads.get(7, 9)))
        self.assertRaises(LookupError, self.uploads.open, 7, 9)
        part.drop()
        self.assertEqual([], self.names())

    def test_a_whole_one_is_never_written_over(self) -> None:
        self.keep(9)
        self.assertRaises(AlreadyThere, self.uploads.begin, 7, 9)

    def test_a_second_attempt_takes_the_place_of_the_first(self) -> None:
        first = self.uploads.begin(7, 9)
        first.write(b"first")
        second = self.uploads.begin(7, 9)
        second.write(b"second")
        self.assertRaises(AlreadyThere, first.keep, "", "", 1.0)
        self.assertEqual(["9.part"], self.names())
        self.assertEqual(6, second.keep("", "", 1.0).size)

    def test_of_two_that_end_the_first_wins(self) -> None:
        part = self.uploads.begin(7, 9)
        part.write(b"late")
        (self.folder / "7" / "9").write_bytes(b"early")
        self.assertRaises(AlreadyThere, part.keep, "", "", 1.0)
        self.assertEqual((["9"], b"early"), (self.names(), (self.folder / "7" / "9").read_bytes()))

    def test_the_newest_of_each_type_stay(self) -> None:
        for job in range(1, 7):
            self.keep(job, kind="log" if job % 2 else "configuration")
        self.assertEqual([6, 5, 4, 3], [each.job for each in self.uploads.of_device(7)])

    def test_what_came_no_further_for_long_is_removed(self) -> None:
        self.keep(1)
        for job in (9, 10):
            self.uploads.begin(7, job).write(b"abc")
        os.utime(self.folder / "7" / "9.part", (1000.0, 1000.0))
        self.uploads.delete_parts(2000.0)
        self.assertEqual(["1", "1.json", "10.part"], self.names())
        Uploads(self.folder / "none").delete_parts(2000.0)

    def test_all_of_a_device_go_with_it(self) -> None:
        self.keep(1)
        self.uploads.begin(7, 9).write(b"abc")
        for _ in range(2):
            self.uploads.delete_all(7)
            self.assertEqual([], self.uploads.of_device(7))
        self.assertFalse((self.folder / "7").exists())

    def test_a_file_without_its_facts_is_shown_with_what_can_be_seen(self) -> None:
        self.keep(9)
        for facts in (b"", b"{", b'{"device": "x"}', None):
            place = self.folder / "7" / "9.json"
            place.write_bytes(facts) if facts is not None else place.unlink()
            found = self.uploads.get(7, 9)
            assert found is not None
            self.assertEqual((9, 3, "", ""), (found.job, found.size, found.name, found.sha256))

    def test_links_are_not_followed(self) -> None:
        self.keep(9)
        (self.folder / "7" / "9").unlink()
        secret = self.folder / "secret"
        secret.write_bytes(b"nobody's")
        os.symlink(secret.absolute(), self.folder / "7" / "9")
        self.assertRaises(LookupError, self.uploads.open, 7, 9)


class RoomTests(UploadCase):
    def test_where_the_disk_is_too_full_nothing_begins(self) -> None:
        full = Uploads(self.folder, spare=1 << 60)
        self.assertRaises(NoRoom, full.begin, 7, 9)
        self.assertRaises(NoRoom, self.uploads.begin, 7, 9, 1 << 60)
        self.assertFalse(self.folder.exists())

    def test_it_is_looked_at_again_while_much_comes(self) -> None:
        part: Part = self.uploads.begin(7, 9)
        self.uploads._spare = 1 << 60
        part.write(bytes(1 << 20))
        self.assertRaises(NoRoom, lambda: [part.write(bytes(1 << 20)) for _ in range(8)])
        part.drop()
