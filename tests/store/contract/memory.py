"""Devices in memory: not more than are useful, and never one that would lose something."""

from __future__ import annotations

from acs.store.interface import Query
from acs.store.records import JobState
from tests.store.contract.base import Contract


class MemoryContract(Contract):
    """With room for two devices."""

    async def setUp(self) -> None:
        await super().setUp()
        await self.reopen(residents=2)

    async def settle(self) -> None:
        """Let everything be on disk and counted."""
        await self.store.devices(Query())

    async def in_memory(self, count: int) -> list[bool]:
        ids = [f"001CA8-Box-S{number:04}" for number in range(count)]
        return [self.store.resident(each) is not None for each in ids]

    async def test_the_least_recently_used_device_leaves_memory(self) -> None:
        devices = [await self.add(number) for number in range(2)]
        self.store.resident(devices[0].id)
        await self.add(2)
        self.assertEqual([True, False, True], await self.in_memory(3))
        self.assertEqual(devices[1], await self.store.device(devices[1].id))

    async def test_a_device_stays_until_what_changed_is_on_disk_and_counted(self) -> None:
        for number in range(5):
            device = await self.add(number)
            self.store.change_device(device.id, notes=str(number))
            self.save(device.id)
        self.assertEqual([True] * 5, await self.in_memory(5))
        await self.settle()
        await self.add(5)
        self.assertEqual(2, sum(await self.in_memory(6)))
        for number in range(5):
            device = await self.known(f"001CA8-Box-S{number:04}")
            self.assertEqual((str(number), 1), (device.notes, device.inform_count))

    async def test_a_pinned_device_stays(self) -> None:
        pinned = await self.add(0)
        self.store.pin(pinned.id)
        resident = self.store.pin(pinned.id)
        self.store.unpin(resident)
        for number in range(1, 6):
            await self.add(number)
        self.assertIs(pinned, self.store.resident(pinned.id))
        self.store.unpin(resident)
        for number in range(6, 9):
            await self.add(number)
        self.assertIsNone(self.store.resident(pinned.id))

    async def test_only_a_device_in_memory_can_be_pinned(self) -> None:
        with self.assertRaises(LookupError):
            self.store.pin("nobody")
        pinned = await self.add()
        resident = self.store.pin(pinned.id)
        await self.store.delete_device(pinned.id)
        self.store.unpin(resident)

    async def test_jobs_come_back_with_their_device(self) -> None:
        device = await self.add(0)
        job = await self.accept(device.id)
        self.store.change_job(job.id, state=JobState.SENT, attempts=1)
        await self.settle()
        for number in range(1, 4):
            await self.add(number)
        with self.assertRaises(LookupError):
            self.store.change_job(job.id, attempts=2)
        await self.known(device.id)
        self.assertEqual(2, self.store.change_job(job.id, attempts=2).attempts)
        self.assertEqual([2], [each.attempts for each in self.store.open_jobs(device.id)])

    async def test_devices_come_and_go_without_losing_a_change(self) -> None:
        for _ in range(3):
            for number in range(6):
                device = await self.add(number)
                before = await self.known(device.id)
                self.store.change_device(device.id, notes=before.notes + "x")
                self.save(device.id)
            await self.settle()
        await self.reopen()
        for device in (await self.store.devices(Query())).items:
            self.assertEqual(("xxx", 3), (device.notes, device.inform_count))
