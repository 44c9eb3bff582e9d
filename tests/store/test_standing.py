"""Parameters that are on disk as they are in memory are not read again."""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults

from acs.store.interface import Change, StoreError
from acs.store.records import Parameter
from tests import only_with
from tests.store.test_sqlite import SqliteCase


class StandingTests(SqliteCase):
    async def keep(self, device_id: str, value: str, when: float = 1.0) -> tuple[Change, ...]:
        known = await self.store.parameters(device_id)
        known["a"] = Parameter("a", value, updated=when)
        return await self.store.keep_parameters(device_id, known, when)

    async def value(self, device_id: str) -> str | None:
        return (await self.store.parameters(device_id))["a"].value

    async def asked(self) -> list[str]:
        """What the reader is asked from now on."""
        asked: list[str] = []
        assert self.database._reader is not None
        await self.database._reader.do(lambda connection: connection.set_trace_callback(asked.append))
        return asked

    @only_with("parameters")
    @only_with("standing")
    async def test_what_was_written_stands_once_it_is_on_disk(self) -> None:
        known = await self.add()
        await self.keep(known.id, "1")
        asked = await self.asked()
        self.assertEqual("1", await self.value(known.id))  # which waits for the disk
        self.assertEqual(1, len(asked))
        for value in ("1", "2"):
            await self.keep(known.id, value)
        await self.store.committed()
        self.assertEqual("2", await self.value(known.id))
        self.assertEqual(1, len(asked))

    @only_with("parameters")
    @only_with("standing")
    async def test_what_was_read_stands(self) -> None:
        known = await self.add()
        await self.keep(known.id, "1")
        await self.reopen()
        await self.store.device(known.id)
        asked = await self.asked()
        for _ in range(3):
            self.assertEqual("1", await self.value(known.id))
        self.assertEqual(1, len(asked))

    async def test_what_was_refused_does_not_stand(self) -> None:
        known = await self.add()
        await self.keep(known.id, "1")
        self.store.change_device(known.id, full_read_at=1.0)
        await self.store.committed()
        refusing = "CREATE TRIGGER refuse BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no'); END"
        await self.in_writer(lambda c: c.execute(refusing))
        self.assertEqual((Change("a", "1", "2"),), await self.keep(known.id, "2", 2.0))
        await self.assertFailure(self.store.committed(), StoreError)
        self.assertEqual("1", await self.value(known.id))
        await self.in_writer(lambda c: c.execute("DROP TRIGGER refuse"))
        self.assertEqual((Change("a", "1", "2"),), await self.keep(known.id, "2", 3.0))
        self.assertEqual("2", await self.value(known.id))
        self.flushLoggedErrors()

    async def test_what_is_written_while_it_is_read_is_known(self) -> None:
        known = await self.add()
        await self.keep(known.id, "1")
        await self.reopen()
        await self.store.device(known.id)
        kept = {"a": Parameter("a", "2", updated=2.0)}
        both = [self.store.parameters(known.id), self.store.keep_parameters(known.id, kept, 2.0)]
        both += [self.store.parameters(known.id)]
        await gatherResults([Deferred.fromCoroutine(each) for each in both])
        self.assertEqual("2", await self.value(known.id))
        await self.store.committed()
        self.assertEqual("2", await self.value(known.id))

    async def test_of_a_guest_nothing_stands(self) -> None:
        known = await self.add()
        await self.keep(known.id, "1")
        await self.store.committed()
        guest = self.new_store(guest=True)
        await guest.open()
        try:
            await guest.device(known.id)
            for value in ("1", "2"):
                await self.keep(known.id, value)
                await self.store.committed()
                self.assertEqual(value, (await guest.parameters(known.id))["a"].value)
        finally:
            await guest.close()
