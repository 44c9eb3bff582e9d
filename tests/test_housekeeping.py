"""What is done every so often, on a store of its own."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.internet.task import Clock, deferLater
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import TestCase

from acs.housekeeping import FIRST, HOUR, Housekeeping
from acs.store.building import embedded_store
from acs.store.dialect import LEAST
from acs.store.records import Session
from tests.store.contract.base import ShiftedClock, device, exchange

DAY = 86400.0
BODY = b"<Body>the same in all of them, as devices of one model say what others of it say</Body>" * 9


class HousekeepingTests(TestCase):
    async def setUp(self) -> None:
        self.now = ShiftedClock()
        self.store = embedded_store(reactor, self.now, Path(self.mktemp()))  # type: ignore[arg-type]
        await self.store.open()
        self.clock = Clock()
        self.keeping = Housekeeping(self.store, self.clock, (1, 1, 1))

    async def tearDown(self) -> None:
        await self.store.close()

    async def said(self, count: int) -> list[int]:
        """So many sessions that have ended: their numbers."""
        known = await self.store.add_device(device())
        numbers = []
        for number in range(count):
            now = self.now.seconds()
            session = Session(id=self.store.new_id(), started=now, ended=now, device=known.id)
            self.store.save_session(session, [exchange(1, body=BODY + b"%x" % (number * 7919))])
            numbers.append(session.id)
        await self.store.committed()
        return numbers

    async def dictionaries(self) -> int:
        """How many have been learnt."""
        return len(await self.store._rows("SELECT number FROM dictionaries"))  # type: ignore[attr-defined]

    async def test_what_is_old_is_forgotten(self) -> None:
        (old,) = await self.said(1)
        self.now.offset = 30 * DAY
        await self.keeping._retire()
        self.assertIsNone(await self.store.session(old))

    async def test_it_is_learnt_once_in_a_while(self) -> None:
        self.clock.advance(DAY)
        await self.keeping._learn()
        await self.said(LEAST)
        await self.keeping._learn()
        self.assertEqual(0, await self.dictionaries())
        self.clock.advance(HOUR)
        await self.keeping._learn()
        self.assertEqual(1, await self.dictionaries())
        self.assertTrue(self.store.has_learnt)

    async def test_that_is_within_minutes_at_first_and_rarer_then(self) -> None:
        await self.said(LEAST)
        self.keeping.start()
        self.addCleanup(self.keeping.stop)
        self.clock.advance(FIRST)
        while not self.store.has_learnt:
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        self.assertTrue(await self.store.take_turn("dialect", self.clock.seconds() + HOUR, 2 * DAY))
        self.clock.advance(2 * DAY)
        await self.keeping._learn()
        self.assertFalse(await self.store.take_turn("dialect", self.clock.seconds() + HOUR, 4 * DAY))

    async def test_both_begin_and_end_with_it(self) -> None:
        self.keeping.start()
        self.assertTrue(self.clock.getDelayedCalls())
        self.keeping.stop()
        self.assertEqual([], self.clock.getDelayedCalls())
        await self.store.committed()

    async def test_what_is_under_way_ends_quietly_with_the_store(self) -> None:
        await self.said(LEAST)
        self.now.offset = 30 * DAY
        with capturedLogs() as logged:
            ends = [ensureDeferred(self.keeping._retire()), ensureDeferred(self.keeping._learn())]
            await self.store.close()
            await gatherResults(ends)
        self.assertEqual([], [event for event in logged if event["log_level"] >= LogLevel.warn])
