"""Values that tracked parameters had."""

from __future__ import annotations

from datetime import UTC, datetime

from acs.store.interface import BadQuery, Query
from acs.store.reading import Reading
from acs.store.readings import MOST, TRIMMED
from tests.store.contract.base import Contract

DAY = 86400.0


class ReadingContract(Contract):
    """Written behind, found by device."""

    async def setUp(self) -> None:
        await super().setUp()
        self.start = self.clock.seconds()

    def at(self, seconds: float) -> float:
        """Let it be so many seconds later than at first; the time."""
        self.clock.offset = seconds
        return self.start + seconds

    async def listed(self, of: str, sort: str = "", **filters: str) -> list[Reading]:
        """All that a list has, piece by piece."""
        found: list[Reading] = []
        cursor = None
        while True:
            page = await self.store.readings(of, Query(filters, sort, 2, cursor))
            found += page.items
            if page.next is None:
                return found
            cursor = page.next

    async def test_they_are_kept_in_every_field_the_newest_first(self) -> None:
        device, other = await self.add(1), await self.add(2)
        kept = [Reading("Device.Ü", "-12.5", self.start), Reading("Device.A\0", "warm\ud800", self.start)]
        self.store.keep_readings(device.id, [(each.name, each.value) for each in kept], self.start)
        self.store.keep_readings(device.id, [], self.start)
        wanted = [Reading("Device.A\ufffd", "warm?", self.start), kept[0]]
        for _ in range(2):
            self.assertEqual(wanted, await self.listed(device.id))
            self.assertEqual(wanted[::-1], await self.listed(device.id, "id"))
            self.assertEqual([], await self.listed(other.id))
            self.assertEqual([], await self.listed("nobody"))
            await self.reopen()

    async def test_they_are_sealed(self) -> None:
        device = await self.add(1)
        self.store.keep_readings(device.id, [("a", "sesame")], self.start)
        await self.store.committed()
        rows = await self.store._database.query("SELECT * FROM readings")  # type: ignore[attr-defined]
        self.assertNotIn(b"sesame", rows[0][-1])

    async def test_each_filter_finds_what_it_says(self) -> None:
        device = await self.add(1)
        for seconds in (0, 3600, 7200):
            when = self.at(seconds)
            values = [("Device.A.B", "1"), ("Device.A.C", "2"), ("Device.AB", "3")]
            self.store.keep_readings(device.id, values, when)
        before, after = (datetime.fromtimestamp(self.start + s, UTC).isoformat() for s in (3599, 3601))
        for filters, wanted in (
            ({"name": "Device.A.B"}, "111"),
            ({"name": "Device.A."}, "212121"),
            ({"name": "Device.A"}, ""),
            ({"since": before, "name": "Device.AB"}, "33"),
            ({"until": after}, "321321"),
            ({"since": before, "until": after}, "321"),
        ):
            found = await self.listed(device.id, **filters)
            self.assertEqual(wanted, "".join(each.value for each in found), filters)

    async def test_what_the_list_does_not_have_is_refused(self) -> None:
        device = await self.add(1)
        for query in (Query({"device": "x"}), Query({"since": "noon"}), Query(sort="name")):
            with self.assertRaises(BadQuery):
                await self.store.readings(device.id, query)

    async def test_a_device_that_is_not_in_memory_has_none(self) -> None:
        with self.assertRaises(LookupError):
            self.store.keep_readings("nobody", [("a", "1")], self.start)

    async def test_they_go_with_time(self) -> None:
        device = await self.add(1)
        for days in range(4):
            self.store.keep_readings(device.id, [("a", str(days))], self.at(days * DAY))
            await self.store.committed()
        await self.store.retire(0.0, 0.0)
        self.assertEqual("3210", "".join(each.value for each in await self.listed(device.id)))
        await self.store.retire(0.0, 0.0, self.start + 1.5 * DAY)
        self.assertEqual("32", "".join(each.value for each in await self.listed(device.id)))
        self.at(30 * DAY)
        await self.store.retire_by_days(365, 365, 10)
        self.assertEqual([], await self.listed(device.id))

    async def test_they_go_with_their_device(self) -> None:
        device, other = await self.add(1), await self.add(2)
        for each in (device, other):
            self.store.keep_readings(each.id, [("a", "1")], self.start)
        await self.store.delete_device(device.id)
        await self.add(1)
        self.assertEqual([], await self.listed(device.id))
        self.assertEqual(1, len(await self.listed(other.id)))

    async def test_of_a_device_the_newest_are_kept(self) -> None:
        device, other = await self.add(1), await self.add(2)
        moment = (int(self.start * 1000) // TRIMMED + 1) * TRIMMED / 1000 + 0.0001
        self.store.keep_readings(other.id, [("a", "x")] * 3, moment)
        self.store.keep_readings(device.id, [("a", "old")] * (MOST + 1), moment + 0.001)
        await self.store.committed()
        self.store.keep_readings(device.id, [("a", "new")] * 2, moment)
        self.assertEqual(3, len(await self.listed(other.id)))
        ((count,),) = await self.store._database.query(  # type: ignore[attr-defined]
            "SELECT count(*) FROM readings WHERE device = ?", (device.key,)
        )
        self.assertEqual(MOST, count)
        self.assertEqual(["new", "new", "old"], [each.value for each in await self.newest(device.id, 3)])

    async def newest(self, of: str, count: int) -> list[Reading]:
        """The first of the list."""
        return list((await self.store.readings(of, Query(limit=count))).items)
