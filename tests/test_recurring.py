"""Work that comes again."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.recurring import Recurring


class RecurringTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.turns: list[float] = []

    def work(self) -> None:
        self.turns.append(self.clock.seconds())

    def pass_by(self, seconds: int) -> None:
        self.clock.pump([1.0] * seconds)

    def test_it_comes_every_so_often_until_it_is_stopped(self) -> None:
        recurring = Recurring(self.clock, 2.0, self.work, "no work")
        self.assertFalse(recurring.running)
        recurring.start()
        recurring.start()
        self.assertTrue(recurring.running)
        self.pass_by(5)
        recurring.stop()
        recurring.stop()
        self.pass_by(5)
        self.assertEqual([2.0, 4.0], self.turns)

    def test_it_may_begin_at_once(self) -> None:
        Recurring(self.clock, 2.0, self.work, "no work").start(now=True)
        self.assertEqual([0.0], self.turns)

    def test_after_an_error_which_is_logged_it_comes_again(self) -> None:
        def fail() -> None:
            self.work()
            raise ValueError("broken")

        Recurring(self.clock, 2.0, fail, "no work").start()
        self.pass_by(4)
        self.assertEqual([2.0, 4.0], self.turns)
        self.assertEqual(["broken"] * 2, [str(each.value) for each in self.flushLoggedErrors(ValueError)])

    def test_it_does_not_come_while_it_lasts(self) -> None:
        ends: list[Deferred[None]] = []

        def last() -> Deferred[None]:
            self.work()
            ends.append(Deferred())
            return ends[-1]

        Recurring(self.clock, 2.0, last, "no work").start()
        self.pass_by(5)
        self.assertEqual([2.0], self.turns)
        ends[0].errback(ValueError("broken"))
        self.pass_by(1)
        self.assertEqual([2.0, 6.0], self.turns)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))

    def test_a_coroutine_is_waited_for(self) -> None:
        end: Deferred[None] = Deferred()

        async def last() -> None:
            await end
            self.work()

        Recurring(self.clock, 2.0, last, "no work").start()
        self.pass_by(5)
        self.assertEqual([], self.turns)
        end.callback(None)
        self.assertEqual([5.0], self.turns)
