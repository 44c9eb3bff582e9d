"""What is done to many devices at once."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.store.interface import BadQuery, Query
from acs.store.records.bulks import Bulk, BulkState
from tests.store.contract.base import Contract

RUNNING, STOPPING, STOPPED = BulkState.RUNNING, BulkState.STOPPING, BulkState.STOPPED


class BulkContract(Contract):
    async def begun(self, **fields: Any) -> Bulk:
        bulk = Bulk(self.store.new_id(), "job", 5, self.clock.seconds(), "anna", {"password": "é"})
        bulk = replace(bulk, **fields)
        await self.store.add_bulk(bulk)
        return bulk

    async def test_one_is_kept_in_every_field(self) -> None:
        bulk = await self.begun(reasons=("a why é", "b"), done=1, refused=2, changed=1.5, ended=2.5)
        for _ in range(2):
            self.assertEqual(bulk, await self.store.bulk(bulk.id))
            await self.reopen()
        self.assertIsNone(await self.store.bulk(1))

    async def test_how_far_it_has_come_is_kept(self) -> None:
        bulk = await self.begun()
        bulk = replace(bulk, done=3, refused=1, reasons=("a n\ufffd",), changed=7.5)
        self.assertIs(RUNNING, await self.store.save_bulk(replace(bulk, reasons=("a n\0",))))
        self.assertEqual(bulk, await self.store.bulk(bulk.id))
        ended = replace(bulk, state=BulkState.DONE, ended=8.5)
        self.assertIs(BulkState.DONE, await self.store.save_bulk(ended))
        self.assertEqual(ended, await self.store.bulk(bulk.id))

    async def test_whoever_carries_it_out_is_told_to_stop(self) -> None:
        bulk = await self.begun()
        self.assertTrue(await self.store.stop_bulk(bulk.id))
        self.assertFalse(await self.store.stop_bulk(bulk.id))
        self.assertIs(STOPPING, await self.store.save_bulk(replace(bulk, done=1)))
        self.assertIs(STOPPED, await self.store.save_bulk(replace(bulk, state=STOPPED)))
        self.assertFalse(await self.store.stop_bulk(bulk.id))
        self.assertFalse(await self.store.stop_bulk(1))

    async def test_they_are_listed_the_newest_first(self) -> None:
        one, other = await self.begun(), await self.begun()
        self.assertEqual((other, one), (await self.store.bulks(Query())).items)
        page = await self.store.bulks(Query(sort="id", limit=1))
        self.assertEqual((one,), page.items)
        self.assertEqual((other,), (await self.store.bulks(Query(sort="id", cursor=page.next))).items)
        with self.assertRaises(BadQuery):
            await self.store.bulks(Query({"state": "done"}))

    async def test_they_are_forgotten_with_the_sessions(self) -> None:
        await self.begun()
        self.clock.offset = 1000.0
        kept = await self.begun()
        await self.store.retire(0.0, self.clock.seconds() - 500.0)
        self.assertEqual((kept,), (await self.store.bulks(Query())).items)
