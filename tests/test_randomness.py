"""Tests of `acs.randomness`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.randomness import Pool


class Source:
    """Counts on, byte by byte, so that a byte which is given away twice is found out."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, count: int) -> bytes:
        start = sum(self.asked)
        self.asked.append(count)
        return bytes((start + number) % 256 for number in range(count))


class PoolTests(SynchronousTestCase):
    @given(st.lists(st.integers(0, 40), max_size=30))
    def test_it_gives_what_was_asked_for_and_no_byte_twice(self, counts: list[int]) -> None:
        source = Source()
        pool = Pool(source, 32)
        places = []
        for count in counts:
            taken = pool.take(count)
            self.assertEqual(count, len(taken))
            places += list(taken)
        within = [places[index + 1] - places[index] for index in range(len(places) - 1)]
        self.assertTrue(all(step % 256 for step in within), places)
        self.assertEqual(sorted(set(source.asked)), sorted({max(32, count) for count in source.asked}))

    def test_the_source_is_asked_seldom(self) -> None:
        source = Source()
        pool = Pool(source)
        for _ in range(512):
            pool.take(16)
        self.assertEqual([4096, 4096], source.asked)
