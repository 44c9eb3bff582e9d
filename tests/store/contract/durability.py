"""What is said is on disk when it is said to be, and nothing else is lost by a failure."""

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredList, ensureDeferred, gatherResults

from acs.store.interface import Query, StoreClosed
from acs.store.records import Device, Exchange, Session, SessionResult
from tests.store.contract.base import Contract, exchange


class DurabilityContract(Contract):
    """What the rest of the house relies on when it acknowledges something."""

    async def test_there_is_nothing_to_wait_for_at_first(self) -> None:
        self.assertTrue(self.store.committed().called)

    async def test_what_was_said_before_is_on_disk_with_the_commit(self) -> None:
        device = await self.add()
        self.store.change_device(device.id, notes="x")
        session = self.save(device.id, exchange(1))
        waiting = self.store.committed()
        self.assertFalse(waiting.called)
        await waiting
        self.assertTrue(self.store.committed().called)
        self.assertEqual(("x", session), (await self.read_elsewhere(device.id, session.id)))

    async def read_elsewhere(self, device_id: str, session_id: int) -> tuple[str, Session | None]:
        """What another store over the same data, which comes as a guest, reads."""
        other = self.new_store(guest=True)
        await other.open()
        device, session = await other.device(device_id), await other.session(session_id)
        await other.close()
        return device.notes if device else "", session

    async def test_a_store_that_is_closed_says_so(self) -> None:
        device = await self.add()
        await self.store.close()
        for asked in (
            self.add(2),
            self.store.device("001CA8-Box-S0002"),
            self.store.delete_device(device.id),
            self.store.retire(1e9, 1e9),
            self.store.devices(Query()),
            self.store.check(),
        ):
            await self.assertFailure(ensureDeferred(asked), StoreClosed)
        await self.assertFailure(self.store.committed(), StoreClosed)
        self.assertRaises(StoreClosed, self.save, device.id)
        await self.store.close()

    async def test_who_asks_one_that_closes_is_answered(self) -> None:
        await self.add()
        closing = ensureDeferred(self.store.close())
        asked = [ensureDeferred(self.store.devices(Query())) for _ in range(20)]
        for told, answer in await DeferredList(asked, consumeErrors=True):
            if not told:
                self.assertIsInstance(answer.value, StoreClosed)
        await closing

    async def test_a_guest_leaves_open_sessions_alone(self) -> None:
        device = await self.add()
        session = self.save(device.id, result=SessionResult.OPEN, ended=None)
        await self.store.committed()
        self.assertEqual(session, (await self.read_elsewhere(device.id, session.id))[1])
        self.assertEqual(session, await self.store.session(session.id))

    async def test_everybody_who_waits_is_told(self) -> None:
        waiting = []
        for _ in range(300):
            self.save()
            waiting.append(self.store.committed())
        await gatherResults(waiting)
        self.assertEqual(100, len((await self.store.sessions(Query())).items))

    async def test_what_nobody_waits_for_is_written_soon(self) -> None:
        session = self.save()
        other = self.new_store(guest=True)
        await other.open()
        for _ in range(100):
            if await other.session(session.id):
                break
            await self.pause(0.005)
        self.assertEqual(session, await other.session(session.id))
        await other.close()

    async def pause(self, seconds: float) -> None:
        done: Deferred[None] = Deferred()
        self.clock.callLater(seconds, done.callback, None)
        await done

    async def test_closing_writes_all(self) -> None:
        device = await self.add()
        sessions = [self.save(device.id, exchange(1)).id for _ in range(500)]
        self.store.change_device(device.id, notes="last")
        await self.reopen()
        known = await self.known(device.id)
        self.assertEqual((500, "last"), (known.inform_count, known.notes))
        self.assertIsNotNone(await self.store.conversation(sessions[-1]))

    async def test_a_store_that_works_says_so(self) -> None:
        await self.store.check()

    async def test_many_things_at_once_do_not_disturb_each_other(self) -> None:
        async def life(number: int) -> Device:
            device = await self.add(number)
            for count in range(5):
                self.store.change_device(device.id, notes=str(count))
                job = await self.accept(device.id, arguments={"CommandKey": str(count)})
                self.save(device.id, Exchange(1, "in", 1.0, job=job.id))
                await self.store.committed()
            return device

        devices = await gatherResults([Deferred.fromCoroutine(life(number)) for number in range(30)])
        await self.reopen()
        for device in devices:
            known = await self.known(device.id)
            self.assertEqual(
                ("4", 5, 5), (known.notes, known.inform_count, len(self.store.open_jobs(known.id)))
            )
