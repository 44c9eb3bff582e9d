"""What is forgotten with time, and what stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from twisted.internet.defer import ensureDeferred

from acs.store.interface import Query, StoreClosed
from acs.store.records import JobState, Parameter
from tests.store.contract.base import Contract, exchange, ids

DAY = 86400.0


class RetentionContract(Contract):
    """Conversations go first, rows later; devices never."""

    async def setUp(self) -> None:
        await super().setUp()
        self.start = self.clock.seconds()

    async def day(self, number: int) -> float:
        """Let it be so many days later; the time."""
        self.clock.offset = number * DAY
        return self.start + self.clock.offset

    async def test_conversations_go_first_then_their_sessions(self) -> None:
        random = Random(2)
        device = await self.add()
        saved = []
        for number in range(6):
            await self.day(number)
            size = 20_000 if number % 2 else 10
            saved.append(self.save(device.id, exchange(1, body=random.randbytes(size))).id)
            await self.store.committed()
        self.assertEqual((4, 2), await self.store.retire(self.start + 3.5 * DAY, self.start + 1.5 * DAY))
        there = [await self.store.conversation(number) is not None for number in saved]
        self.assertEqual([False, False, False, False, True, True], there)
        self.assertEqual(saved[:1:-1], ids(await self.store.sessions(Query({"device": device.id}))))
        self.assertEqual((0, 0), await self.store.retire(self.start + 3.5 * DAY, self.start + 1.5 * DAY))
        self.assertEqual(6, (await self.known(device.id)).inform_count)
        await self.reopen()
        self.assertEqual(6, (await self.known(device.id)).inform_count)

    async def test_a_session_never_goes_before_its_conversation(self) -> None:
        session = self.save("", exchange(1))
        await self.day(3)
        self.assertEqual((1, 1), await self.store.retire(self.start - DAY, self.start + DAY))
        self.assertIsNone(await self.store.conversation(session.id))

    async def test_by_days_whole_weeks_go_that_began_on_a_monday(self) -> None:
        saved: dict[int, date] = {}
        for number in range(15):
            today = datetime.fromtimestamp(await self.day(number), UTC).date()
            saved[self.save("", exchange(1)).id] = today
            await self.store.retire_by_days(2, 3, 3)
            oldest = today - timedelta(3)
            monday = oldest - timedelta(oldest.weekday())
            kept = [session for session, day in saved.items() if day >= monday]
            self.assertEqual(kept, sorted(ids(await self.store.sessions(Query()))), today)
            whole = [each for each in kept if await self.store.conversation(each) is not None]
            self.assertEqual([each for each in kept if saved[each] >= today - timedelta(2)], whole, today)

    async def test_many_go_at_once(self) -> None:
        for _ in range(2500):
            self.save("", exchange(1))
        await self.day(3)
        kept = self.save("", exchange(1))
        self.assertEqual((2500, 2500), await self.store.retire(self.start + DAY, self.start + DAY))
        self.assertEqual([kept.id], ids(await self.store.sessions(Query())))

    async def test_the_journal_and_ended_jobs_go_with_the_sessions(self) -> None:
        device = await self.add()
        for value in ("1", "2"):
            await self.store.keep_parameters(device.id, {"a": Parameter("a", value)}, self.clock.seconds())
        ended = await self.accept(device.id, "Reboot")
        late = await self.accept(device.id, "FactoryReset")
        waiting = await self.accept(device.id, "Download")
        self.store.change_job(ended.id, state=JobState.DONE, ended=self.clock.seconds())
        now = await self.day(3)
        self.store.change_job(late.id, state=JobState.DONE, ended=now)
        await self.store.keep_parameters(device.id, {"a": Parameter("a", "3")}, now)
        await self.store.retire(self.start + DAY, self.start + DAY)
        self.assertEqual([waiting.id, late.id], ids(await self.store.jobs(Query())))
        journal = (await self.store.changes(device.id, Query())).items
        self.assertEqual(["3"], [change.new for _, change in journal])
        self.assertEqual("3", (await self.store.parameters(device.id))["a"].value)

    async def test_one_that_is_under_way_ends_with_the_store(self) -> None:
        for _ in range(1500):
            self.save()
        await self.day(3)
        await self.store.committed()
        retiring = ensureDeferred(self.store.retire(self.start + DAY, self.start + DAY))
        await self.reopen()
        await self.assertFailure(retiring, StoreClosed)
        await self.store.retire(self.start + DAY, self.start + DAY)
        self.assertEqual([], ids(await self.store.sessions(Query())))

    async def test_a_forgotten_device_goes_with_its_last_session(self) -> None:
        device = await self.add(1, notes="x")
        early = self.save(device.id)
        await self.store.delete_device(device.id)
        now = await self.day(3)
        self.assertEqual((0, 0), await self.store.retire(0.0, 0.0))
        self.assertEqual(device.id, (await self.saved(early.id)).device)
        await self.store.retire(now, now)
        self.assertIsNone(await self.store.session(early.id))
        again = await self.add(1)
        self.assertNotEqual(device.key, again.key)
