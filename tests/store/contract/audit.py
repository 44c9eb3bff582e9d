"""Who has changed what."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.interface import BadQuery, Query
from acs.store.records.audit import Audited
from tests.store.contract.base import Contract


class AuditContract(Contract):
    """Rows that are added behind, and never lost by a clean end."""

    def one(self, who: str = "anna", target: str = "/api/v1/devices/a", **fields: object) -> Audited:
        said = Audited(
            self.store.new_id(), self.clock.seconds(), who, "192.0.2.1", "PATCH", target, 200, "{}", "{}"
        )
        said = replace(said, **fields)
        self.store.add_audited(said)
        return said

    async def said(self, sort: str = "", **filters: str) -> list[Audited]:
        return list((await self.store.audited(Query(filters, sort))).items)

    async def test_one_is_kept_in_every_field(self) -> None:
        said = self.one(address="", status=403, before='{"a":"é"}', after="null")
        for _ in range(2):
            self.assertEqual([said], await self.said())
            await self.reopen()

    async def test_what_was_said_last_is_on_disk_when_the_store_is_closed(self) -> None:
        said = [self.one() for _ in range(300)]
        await self.reopen()
        self.assertEqual(said[::-1], await self.said() + await self.said_after())

    async def said_after(self) -> list[Audited]:
        found: list[Audited] = []
        page = await self.store.audited(Query())
        while page.next:
            page = await self.store.audited(Query(cursor=page.next))
            found += page.items
        return found

    async def test_lists_are_narrowed_the_newest_first(self) -> None:
        first = self.one(target="/api/v1/devices/a")
        other = self.one("token:crm", "/api/v1/users/é")
        self.clock.offset = 100.0
        last = self.one(target="/api/v1/devices/a/jobs")
        self.assertEqual([last, other, first], await self.said())
        self.assertEqual([first, other, last], await self.said("id"))
        self.assertEqual([last, first], await self.said(who="anna"))
        self.assertEqual([last, first], await self.said(target="/api/v1/devices/"))
        self.assertEqual([last], await self.said(target="/api/v1/devices/a/"))
        self.assertEqual([other], await self.said(target="/api/v1/users/é"))
        self.assertEqual([], await self.said(target="/api/v1/devices_a"))
        self.assertEqual([], await self.said(who="anna", target="/api/v1/users"))
        self.assertEqual([], await self.said(since="2090-01-01T00:00:00Z"))
        self.assertEqual([last, other, first], await self.said(since="2020-01-01T00:00:00Z"))
        self.assertEqual([], await self.said(until="2020-01-01T00:00:00Z"))
        with self.assertRaises(BadQuery):
            await self.said(method="PATCH")

    async def test_what_many_have_in_common_is_found_too(self) -> None:
        for number in range(5200):
            self.one(target=f"/api/v1/devices/{number}")
        odd = self.one(target="/api/v1/users/anna")
        for prefix in ("/api/v1/devices/", "/api/v1/"):
            found = await self.said(target=prefix)
            self.assertEqual(100, len(found))
            self.assertEqual(prefix == "/api/v1/", odd in found)

    async def test_they_are_forgotten_with_the_sessions(self) -> None:
        self.one()
        self.clock.offset = 1000.0
        kept = self.one()
        await self.store.retire(0.0, self.clock.seconds() - 500.0)
        self.assertEqual([kept], await self.said())
