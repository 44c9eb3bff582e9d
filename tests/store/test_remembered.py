"""What takes long to find is told as it was a moment ago."""

from __future__ import annotations

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.store.interface import StoreUnavailable
from acs.store.remembered import LONGEST, SHARE, Remembered


class RememberedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.searches: list[Deferred[str]] = []
        self.remembered = Remembered(self.find, self.clock.seconds)

    async def find(self) -> str:
        self.searches.append(Deferred())
        return await self.searches[-1]

    def get(self) -> Deferred[str]:
        return ensureDeferred(self.remembered.get())

    def first(self, seconds: float) -> None:
        """It is found for the first time, which takes so long."""
        got = self.get()
        self.clock.advance(seconds)
        self.searches[-1].callback("first")
        self.assertEqual("first", self.successResultOf(got))

    def test_what_is_found_quickly_is_found_each_time(self) -> None:
        self.first(0.001)
        got = self.get()
        self.assertNoResult(got)
        self.searches[-1].callback("second")
        self.assertEqual("second", self.successResultOf(got))

    def test_what_takes_long_is_good_for_a_while_then_found_once_while_the_old_is_told(self) -> None:
        self.first(1.0)
        self.assertEqual("first", self.successResultOf(self.get()))
        self.assertEqual(1, len(self.searches))
        self.clock.advance(SHARE)
        for _ in range(3):
            self.assertEqual("first", self.successResultOf(self.get()))
        self.assertEqual(2, len(self.searches))
        self.clock.advance(1.0)
        self.searches[-1].callback("second")
        self.assertEqual("second", self.successResultOf(self.get()))

    def test_what_need_not_be_of_the_moment_is_good_for_longer(self) -> None:
        self.remembered = Remembered(self.find, self.clock.seconds, 30.0)
        self.first(0.1)
        for seconds, searches in ((29.0, 1), (1.0, 2)):
            self.clock.advance(seconds)
            self.assertEqual("first", self.successResultOf(self.get()))
            self.assertEqual(searches, len(self.searches))

    def test_nobody_is_told_what_is_very_old(self) -> None:
        self.first(10.0)
        self.clock.advance(LONGEST)
        got = self.get()
        self.assertNoResult(got)

    def test_while_the_store_is_away_the_old_is_told_and_it_is_tried_again(self) -> None:
        self.first(1.0)
        self.clock.advance(SHARE)
        self.assertEqual("first", self.successResultOf(self.get()))
        self.searches[-1].errback(StoreUnavailable("gone"))
        self.assertEqual("first", self.successResultOf(self.get()))
        self.assertEqual(3, len(self.searches))
