"""Numbers that grow with time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.store.ids import EPOCH, Ids, as_text, first_of, from_text, time_of

NOW = 1_795_000_000.0


def clock_at(now: float) -> Clock:
    clock = Clock()
    clock.advance(now)
    return clock


class IdTests(SynchronousTestCase):
    def test_a_number_holds_its_millisecond_and_its_node(self) -> None:
        number = Ids(clock_at(NOW + 0.0625).seconds, node=5).next()
        self.assertEqual(int((NOW + 0.0625 - EPOCH) * 1000), number >> 22)
        self.assertEqual(5, number >> 14 & 255)
        self.assertAlmostEqual(NOW + 0.062, time_of(number), 6)

    def test_numbers_of_one_millisecond_grow_beyond_its_sequence(self) -> None:
        ids = Ids(clock_at(NOW).seconds)
        numbers = [ids.next() for _ in range(40_000)]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertEqual((numbers[0] >> 22) + 2, numbers[-1] >> 22)

    @given(st.lists(st.floats(0, 3.7e9), min_size=2, max_size=50))
    def test_numbers_grow_whatever_the_clock_does(self, times: list[float]) -> None:
        shown = iter(times)
        ids = Ids(lambda: next(shown))
        numbers = [ids.next() for _ in times]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertLess(numbers[-1], 1 << 63)

    def test_numbers_of_different_nodes_differ(self) -> None:
        clock = clock_at(NOW)
        nodes = [Ids(clock.seconds, node) for node in (0, 1, 255)]
        numbers = {ids.next() for ids in nodes for _ in range(1000)}
        self.assertEqual(3000, len(numbers))

    def test_nodes_have_eight_bits(self) -> None:
        for node in (-1, 256):
            with self.assertRaises(ValueError):
                Ids(clock_at(NOW).seconds, node)

    def test_a_clock_before_the_epoch_gives_numbers_all_the_same(self) -> None:
        ids = Ids(Clock().seconds)
        self.assertEqual([1, 2, 3], [ids.next() for _ in range(3)])

    def test_numbers_start_after_those_that_are_in_use(self) -> None:
        ids = Ids(clock_at(NOW).seconds)
        ahead = Ids(clock_at(NOW + 86400).seconds).next()
        ids.start_after(ahead)
        self.assertGreater(ids.next(), ahead)
        last = ids.next()
        ids.start_after(17)
        self.assertEqual(last + 1, ids.next())

    def test_the_first_number_of_a_time_is_below_those_given_out_then(self) -> None:
        number = Ids(clock_at(NOW).seconds).next()
        self.assertLessEqual(first_of(NOW), number)
        self.assertGreater(first_of(NOW + 0.002), number)
        self.assertEqual(0, first_of(0.0))
        self.assertLess(first_of(1e300), 1 << 63)


class TextTests(SynchronousTestCase):
    @given(st.integers(0, (1 << 63) - 1))
    def test_what_is_written_reads_as_the_same(self, number: int) -> None:
        text = as_text(number)
        self.assertEqual((13, text.lower()), (len(text), text))
        self.assertEqual(number, from_text(text))
        self.assertEqual(number, from_text(text.upper()))

    @given(st.integers(0, (1 << 63) - 1), st.integers(0, (1 << 63) - 1))
    def test_texts_sort_as_numbers_do(self, one: int, other: int) -> None:
        self.assertEqual(one < other, as_text(one) < as_text(other))

    def test_what_is_no_number_is_none(self) -> None:
        good = as_text(1 << 62)
        self.assertEqual(1 << 62, from_text(good))
        bad = [
            "",
            "1",
            good + "0",
            good[:-1],
            "8000000000000",
            "zzzzzzzzzzzzz",
            "-000000000001",
            " 00000000001",
        ]
        bad += ["0_0000000000001"[:13], "000000000000i", "000000000000l", "000000000000o", "000000000000u"]
        bad += ["00000000000\u0661\u0661", "000000000000\u212a", "000000000000\0"]
        self.assertEqual([], [text for text in bad if from_text(text) is not None])

    @given(st.text(max_size=14))
    def test_any_text_is_a_number_or_none(self, text: str) -> None:
        number = from_text(text)
        self.assertTrue(number is None or as_text(number) == text.lower())
