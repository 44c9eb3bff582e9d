"""Files on their way: who asks is shown them, who listens is told, but not of every step."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.session.file_transfers import EVERY, FileTransfers
from acs.store.happenings import Happening
from acs.store.interface import StoreUnavailable
from acs.store.records.files import Direction, FileTransfer, Way
from tests.store.contract.base import device
from tests.support.cases import WorldCase

NAMELESS = FileTransfer(3, Way.TFTP, Direction.DOWNLOAD, "192.0.2.9", "Acme/Box/1/i.bin", 5.0, size=1000)


class FileTransferCase(WorldCase):
    async def begun(self) -> FileTransfer:
        """One of a device."""
        store = self.world.store
        self.device = await store.add_device(device(1))
        self.transfers = FileTransfers(store, self.world.clock.seconds)
        self.told: list[Happening] = []
        return replace(NAMELESS, id=2, way=Way.HTTP, device_key=self.device.key, job=17)

    async def hear(self, what: FileTransfer, **fields: Any) -> None:
        self.transfers.heard(replace(what, **fields))
        await self.world.store.users()
        await self.world.store.users()

    @property
    def words(self) -> list[tuple[str, int]]:
        """What has happened, with the bytes that have gone."""
        return [(e.what, e.record.sent) for e in self.told if isinstance(e.record, FileTransfer)]


class ToldTests(FileTransferCase):
    async def test_each_is_told_as_it_begins_and_ends_and_once_a_second_between(self) -> None:
        transfer = await self.begun()
        self.world.store.happenings.listen(self.told.append)
        await self.hear(transfer)
        for sent in (100, 200, 300):
            await self.hear(transfer, sent=sent)
        self.world.clock.advance(EVERY)
        for sent in (400, 500):
            await self.hear(transfer, sent=sent)
        await self.hear(transfer, sent=1000, ended=True)
        self.assertEqual([("began", 0), ("progressed", 400), ("ended", 1000)], self.words)
        self.assertEqual({self.device.id}, {each.device for each in self.told})
        await self.hear(transfer, id=9)
        await self.hear(transfer, id=9, sent=7, ended=True, failure="it is gone")
        self.assertEqual([("began", 0), ("failed", 7)], self.words[3:])

    async def test_in_their_order_though_it_takes_time_to_find_whose_they_are(self) -> None:
        transfer = await self.begun()
        self.world.store.happenings.listen(self.told.append)
        for number in range(5):
            self.transfers.heard(replace(transfer, id=number))
            self.transfers.heard(replace(transfer, id=number, sent=number, ended=True))
        await self.hear(NAMELESS)
        ids = [each.record.id for each in self.told if isinstance(each.record, FileTransfer)]
        self.assertEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 3], ids)
        self.assertEqual("", self.told[-1].device)

    async def test_who_does_not_listen_costs_nothing(self) -> None:
        transfer = await self.begun()
        await self.hear(transfer)
        self.world.store.happenings.listen(self.told.append)
        await self.hear(transfer, sent=1000, ended=True)
        self.assertEqual([("ended", 1000)], self.words)

    async def test_where_the_database_is_away_who_listens_has_to_ask_anew(self) -> None:
        transfer = await self.begun()
        missed: list[bool] = []
        self.world.store.happenings.watch(lambda: missed.append(True))
        self.world.store.happenings.listen(self.told.append)
        await self.world.store.committed()
        self.patch(self.world.store, "device_ids", _away)
        await self.hear(transfer)
        self.assertEqual(([], [True]), (self.told, missed))


class ShownTests(FileTransferCase):
    async def test_those_of_all_servers_are_shown_the_oldest_first(self) -> None:
        transfer = await self.begun()
        self.transfers.add_source(lambda: [NAMELESS])
        self.transfers.add_source(lambda: [transfer])
        found = await self.transfers.running()
        self.assertEqual([(2, self.device.id, 17), (3, "", None)], [(e.id, e.device, e.job) for e in found])

    async def test_one_of_a_device_that_was_deleted_is_nobodys(self) -> None:
        transfer = await self.begun()
        self.transfers.add_source(lambda: [transfer])
        await self.world.store.delete_device(self.device.id)
        (found,) = await self.transfers.running()
        self.assertEqual("", found.device)


async def _away(keys: Any) -> Any:
    raise StoreUnavailable("away")
