"""Append-only files, and what a crash or a full disk does to them."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.store import segments as module
from acs.store.segments import Place, SegmentDamaged, Segments, SegmentsFull
from tests.support.syncs import Syncs

DAY = 86400.0
START = 1_795_564_800.0  # 2026-11-25T00:00:00Z


class SegmentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.clock = Clock()
        self.clock.advance(START)
        self.segments = self.another()

    def another(self) -> Segments:
        """As if the process had been started again."""
        made = Segments(self.folder, self.clock.seconds, segment_bytes=1000)
        self.addCleanup(made.close)
        return made

    def put(self, number: int, data: bytes) -> Place:
        place = self.segments.append(number, data)
        self.segments.flush()
        return place

    def names(self) -> list[str]:
        return sorted(os.listdir(self.folder))

    def test_what_is_appended_is_read_after_the_flush(self) -> None:
        first, second = self.segments.append(1, b"one"), self.segments.append(2, b"two")
        self.assertTrue(self.segments.pending)
        self.assertIsNone(self.segments.read(1, first))
        self.segments.flush()
        self.assertFalse(self.segments.pending)
        self.assertEqual([b"one", b"two"], [self.segments.read(1, first), self.segments.read(2, second)])
        self.assertEqual(["20261125-1.seg"], self.names())
        self.assertEqual(b"two", self.another().read(2, second))

    def test_after_the_flush_it_survives_a_power_cut(self) -> None:
        syncs = Syncs(self)
        for number in range(5):
            self.segments.append(number, b"x" * 400)
        self.segments.flush()
        for path in (self.folder.parent, self.folder, *self.folder.iterdir()):
            self.assertTrue(syncs.holds(path), path)

    def test_what_is_of_another_day_lies_with_that_day_s(self) -> None:
        days = [START - 3 * DAY, START - 3 * DAY, START - DAY]
        places = [self.segments.append(number, b"old", when) for number, when in enumerate(days)]
        self.segments.flush()
        self.put(4, b"new")
        self.assertEqual(["20261122-1.seg", "20261124-1.seg", "20261125-1.seg"], self.names())
        self.assertEqual(
            [b"old"] * 3, [self.segments.read(number, place) for number, place in enumerate(places)]
        )
        self.assertEqual(1, self.segments.drop_before(START - DAY))

    def test_no_place_is_given_twice_though_the_days_come_in_no_order(self) -> None:
        days = (START - DAY, START, START - DAY, START)
        places = [self.segments.append(number, b"%d" % number, when) for number, when in enumerate(days)]
        self.segments.flush()
        self.assertEqual(
            [b"0", b"1", b"2", b"3"],
            [self.segments.read(number, place) for number, place in enumerate(places)],
        )

    def test_files_are_for_their_owner_alone(self) -> None:
        self.put(1, b"x")
        self.assertEqual(0o700, self.folder.stat().st_mode & 0o777)
        self.assertEqual(0o600, (self.folder / "20261125-1.seg").stat().st_mode & 0o777)

    def test_a_disk_that_takes_little_at_a_time_gets_it_all(self) -> None:
        whole = os.pwrite
        self.patch(os, "pwrite", lambda file, data, position: whole(file, data[:7], position))
        place = self.put(1, bytes(range(200)))
        self.assertEqual(bytes(range(200)), self.segments.read(1, place))

    def test_a_full_segment_is_followed_by_another(self) -> None:
        data = [bytes([number]) * 400 for number in range(5)]
        places = [self.segments.append(number, each) for number, each in enumerate(data)]
        self.segments.flush()
        self.assertEqual(["20261125-1.seg", "20261125-2.seg", "20261125-3.seg"], self.names())
        self.assertEqual(data, [self.segments.read(number, place) for number, place in enumerate(places)])

    def test_what_is_larger_than_a_segment_has_one_of_its_own(self) -> None:
        self.put(1, b"x")
        place = self.put(2, b"y" * 5000)
        self.assertEqual((2, 0), (place.segment % 1_000_000, place.position))
        self.assertEqual(b"y" * 5000, self.segments.read(2, place))

    def test_a_new_day_has_a_new_segment(self) -> None:
        self.put(1, b"x")
        self.clock.advance(DAY)
        self.put(2, b"y")
        self.assertEqual(["20261125-1.seg", "20261126-1.seg"], self.names())

    def test_a_new_process_begins_a_new_segment(self) -> None:
        old = self.put(1, b"x")
        self.segments = self.another()
        new = self.put(2, b"y")
        self.assertEqual(["20261125-1.seg", "20261125-2.seg"], self.names())
        self.assertEqual([b"x", b"y"], [self.segments.read(1, old), self.segments.read(2, new)])

    def test_a_torn_tail_harms_nothing_but_itself(self) -> None:
        whole, torn = self.put(1, b"x" * 100), self.put(2, b"y" * 100)
        path = self.folder / "20261125-1.seg"
        os.truncate(path, path.stat().st_size - 50)
        again = self.another()
        self.assertEqual(b"x" * 100, again.read(1, whole))
        with self.assertRaises(SegmentDamaged) as damage:
            again.read(2, torn)
        self.assertEqual(torn, damage.exception.place)
        self.assertIn("20261125-1.seg", str(damage.exception))

    def test_any_damage_shows(self) -> None:
        place = self.put(1, b"x" * 20)
        path = self.folder / "20261125-1.seg"
        good = path.read_bytes()
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with self.assertRaises(SegmentDamaged):
                self.segments.read(1, place)
        path.write_bytes(good)
        for number, elsewhere in (
            (2, place),
            (1, Place(place.segment, 1, place.size)),
            (1, Place(place.segment, 0, place.size - 1)),
            (1, Place(place.segment, 0, 3)),
            (1, Place(place.segment, 10**6, 20)),
        ):
            with self.assertRaises(SegmentDamaged):
                self.segments.read(number, elsewhere)

    def test_what_could_not_be_written_is_written_by_the_next_flush(self) -> None:
        self.folder.write_bytes(b"in the way")
        data = [bytes([number]) * 400 for number in range(5)]
        places = [self.segments.append(number, each) for number, each in enumerate(data)]
        for _ in range(2):
            with self.assertRaises(OSError):
                self.segments.flush()
        self.folder.unlink()
        self.segments.flush()
        self.assertEqual(data, [self.segments.read(number, place) for number, place in enumerate(places)])

    def test_a_next_segment_that_could_not_be_made_is_made_by_the_next_flush(self) -> None:
        self.put(0, b"x" * 400)
        data = [bytes([number]) * 400 for number in range(1, 5)]
        places = [self.segments.append(number, each) for number, each in enumerate(data)]
        in_the_way = self.folder / "20261125-2.seg"
        in_the_way.mkdir()
        for _ in range(2):
            with self.assertRaises(IsADirectoryError):
                self.segments.flush()
        in_the_way.rmdir()
        self.segments.flush()
        self.assertEqual(data, [self.segments.read(number, place) for number, place in enumerate(places)])

    def test_no_file_is_left_open(self) -> None:
        before = os.listdir("/proc/self/fd")
        places = [self.segments.append(number, b"x" * 400) for number in range(5)]
        self.segments.flush()
        for number, place in enumerate(places):
            self.segments.read(number, place)
        self.segments.close()
        self.assertEqual(before, os.listdir("/proc/self/fd"))

    def test_a_disk_that_takes_nothing_does_not_fill_the_memory(self) -> None:
        self.patch(module, "PENDING_BYTES", 1000)
        place = self.segments.append(1, b"x" * 900)
        with self.assertRaises(SegmentsFull):
            self.segments.append(2, b"y" * 900)
        self.segments.flush()
        self.assertEqual(b"x" * 900, self.segments.read(1, place))
        self.put(2, b"y" * 900)

    def test_whole_days_are_dropped(self) -> None:
        places = []
        for number in range(4):
            places.append(self.put(number, b"x" * 900))
            self.put(number, b"z" * 900)
            self.clock.advance(DAY)
        (self.folder / "notes.txt").write_text("not a segment")
        self.assertEqual(4, self.segments.drop_before(START + 2.9 * DAY))
        self.assertEqual(
            [None, None, b"x" * 900, b"x" * 900],
            [self.segments.read(number, place) for number, place in enumerate(places)],
        )
        self.assertIn("notes.txt", self.names())
        self.assertEqual(0, Segments(self.folder / "none", self.clock.seconds).drop_before(START))

    def test_the_segment_in_use_is_not_dropped(self) -> None:
        place = self.put(1, b"x")
        self.assertEqual(0, self.segments.drop_before(START + 10 * DAY))
        self.assertEqual(b"x", self.segments.read(1, place))
