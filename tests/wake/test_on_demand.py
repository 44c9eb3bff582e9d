"""Who asks for a device need not wait for his turn, up to a point."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from acs.store.records.wakes import TooMuchWaking, WakeOutcome
from acs.wake.on_demand import AHEAD, LOOK, InTurn, OnDemand
from acs.wake.pacing import Pace
from tests.wake.test_waker import ID, WakerCase
from tests.wake.ways import ChosenWay


class OnDemandTests(WakerCase):
    async def test_there_is_an_end_to_what_is_taken_in_advance_and_others_wait_for_that(self) -> None:
        await self.known(client_ip="192.0.2.7")
        now = self.world.clock.seconds
        pace = Pace(now, 100.0, 2.0)
        waker = OnDemand(self.world.store, self.waker(ChosenWay("http", WakeOutcome.BUSY)), pace)
        at_once = 2 + int(2 * AHEAD)
        for _ in range(at_once):
            self.assertEqual(WakeOutcome.BUSY, (await waker.wake(ID, "auto", "anna")).outcome)
        with self.assertRaises(TooMuchWaking) as refused:
            await waker.wake(ID, "auto", "anna")
        self.assertEqual(0.5, refused.exception.seconds)
        self.assertEqual(AHEAD + 0.5, pace.wait("192.0.2.8"))
        self.assertEqual(0.0, pace.wait("198.51.100.1"))
        self.world.clock.advance(0.5)
        await waker.wake(ID, "auto", "anna")
        self.assertEqual(at_once + 1, len(await self.history()))

    async def test_who_joins_others_takes_nothing(self) -> None:
        await self.known(client_ip="192.0.2.7")
        pace = Pace(self.world.clock.seconds, 1.0, 1.0)
        inner = self.waker(ChosenWay("http", None))
        waking = self.begin(inner)
        await self.settled()
        waker = OnDemand(self.world.store, inner, pace)
        for _ in range(20):
            self.begin(waker, "auto", "anna")  # type: ignore[arg-type]
        await self.settled()
        self.assertEqual(0.0, pace.wait("192.0.2.7"))
        inner.called(ID, 5)
        self.assertEqual(WakeOutcome.INFORMED, (await waking).outcome)

    async def test_of_a_device_that_is_not_known_there_is_nothing_to_wake(self) -> None:
        waker = OnDemand(self.world.store, self.waker(), Pace(self.world.clock.seconds, 1.0, 1.0))
        with self.assertRaises(LookupError):
            await waker.wake("nobody", "auto", "anna")
        with self.assertRaises(LookupError):
            await waker.ways("nobody")


class InTurnTests(WakerCase):
    async def test_many_are_woken_in_their_turn_and_who_asks_for_one_is_not_held_up(self) -> None:
        await self.known(client_ip="192.0.2.7")
        clock, way = self.world.clock, ChosenWay("http", WakeOutcome.BUSY)
        pace, inner = Pace(clock.seconds, 100.0, 2.0), self.waker(way)
        in_turn = InTurn(self.world.store, clock, inner, pace)
        waking = [Deferred.fromCoroutine(in_turn.wake(ID)) for _ in range(7)]
        woken = []
        for _ in range(4):
            await self.settled()
            woken.append(sum(each.called for each in waking))
            clock.advance(LOOK)
        self.assertEqual([2, 4, 6, 7], woken)
        self.assertEqual({WakeOutcome.BUSY}, {(await each).outcome for each in waking})
        for _ in range(5):
            self.assertEqual(
                WakeOutcome.BUSY, (await OnDemand(self.world.store, inner, pace).wake(ID, "auto", "")).outcome
            )

    async def test_one_that_is_deleted_meanwhile_is_not(self) -> None:
        with self.assertRaises(LookupError):
            await InTurn(
                self.world.store, self.world.clock, self.waker(), Pace(self.world.clock.seconds, 1.0, 1.0)
            ).wake("nobody")
