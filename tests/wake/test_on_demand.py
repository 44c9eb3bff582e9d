"""Who asks for a device need not wait for his turn, up to a point."""

from __future__ import annotations

from acs.store.wake_records import TooMuchWaking, WakeOutcome
from acs.wake.on_demand import AHEAD, OnDemand
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
