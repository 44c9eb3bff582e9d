"""A device that is being woken may call at any moment, but has only so much time."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.store.records.wakes import NoMoreWaking, WakeOutcome
from acs.wake.errand import Errand
from acs.wake.way import Attempt, Target
from tests.wake.ways import ChosenWay

SECONDS = 40.0


class ErrandTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.errand = Errand(self.clock, SECONDS)

    def ask(self, way: ChosenWay) -> Deferred[Attempt]:
        return Deferred.fromCoroutine(self.errand.ask(way, Target("x")))

    def call(self, seconds: float) -> Deferred[bool]:
        return Deferred.fromCoroutine(self.errand.call(seconds))

    def test_an_answer_is_waited_for_as_long_as_there_is_time(self) -> None:
        self.clock.advance(5.0)
        way = ChosenWay("http", None)
        asked = self.ask(way)
        self.clock.advance(SECONDS - 5.1)
        self.assertNoResult(asked)
        self.clock.advance(0.1)
        attempt = self.successResultOf(asked)
        self.assertEqual((WakeOutcome.TIMEOUT, 1), (attempt.outcome, way.cancelled))
        self.assertIn("no time left", attempt.detail)
        self.clock.advance(1.0)
        self.assertEqual(0.0, self.errand.left)

    def test_one_that_has_called_is_not_asked(self) -> None:
        self.errand.called(7)
        way = ChosenWay("http")
        self.assertEqual((WakeOutcome.INFORMED, []), (self.successResultOf(self.ask(way)).outcome, way.asked))
        self.assertTrue(self.successResultOf(self.call(10.0)))

    def test_an_answer_leaves_nothing_behind(self) -> None:
        way = ChosenWay("http", None)
        asked = self.ask(way)
        way.answer(WakeOutcome.BUSY)
        self.assertEqual(WakeOutcome.BUSY, self.successResultOf(asked).outcome)
        self.assertEqual(([], []), (self.clock.getDelayedCalls(), self.errand._waiting))

    def test_a_call_is_waited_for_so_long_but_no_longer_than_there_is_time(self) -> None:
        for seconds, left in ((10.0, 10.0), (100.0, SECONDS - 10.0)):
            called = self.call(seconds)
            self.clock.advance(left - 0.1)
            self.assertNoResult(called)
            self.clock.advance(0.1)
            self.assertFalse(self.successResultOf(called))
        self.assertFalse(self.successResultOf(self.call(10.0)))

    def test_who_calls_twice_is_known_by_the_last_session_and_troubles_nobody(self) -> None:
        called = self.call(10.0)
        for session in (7, 8):
            self.errand.called(session)
        self.assertTrue(self.successResultOf(called))
        self.assertEqual((8, []), (self.errand.session, self.clock.getDelayedCalls()))

    def test_where_it_is_stopped_nothing_is_asked_or_waited_for(self) -> None:
        called, way = self.call(10.0), ChosenWay("http")
        self.errand.stop()
        self.failureResultOf(called, NoMoreWaking)
        self.failureResultOf(self.ask(way), NoMoreWaking)
        self.assertEqual([], way.asked)
