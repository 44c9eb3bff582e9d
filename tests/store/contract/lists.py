"""Lists: filters, orders and cursors."""

from __future__ import annotations

from collections.abc import Callable

from acs.store.interface import BadQuery, Query
from acs.store.listing import lists, restricting
from acs.store.records import Device, SessionResult
from acs.store.records.people import Only
from tests.store.contract.base import Contract, ids

SORTS: dict[str, Callable[[Device], object]] = {
    "id": lambda d: d.id,
    "manufacturer": lambda d: (d.manufacturer, d.key),
    "product_class": lambda d: (d.product_class, d.key),
    "serial_number": lambda d: (d.serial_number, d.key),
    "software_version": lambda d: (d.software_version, d.key),
    "first_seen": lambda d: (d.first_seen or 0.0, d.key),
    "last_inform": lambda d: (d.last_inform or 0.0, d.key),
}


class ListContract(Contract):
    """The list of devices stands for them all."""

    async def populate(self) -> list[Device]:
        """Ten devices of two makers; the last two have not called."""
        devices = []
        for number in range(10):
            device = await self.add(
                number,
                manufacturer=("Zed", "Acme")[number % 2],
                oui=("00AA00", "001CA8")[number % 2],
                product_class=("Phone", "Box", "Box")[number % 3],
                software_version=str(number % 4),
                first_seen=1000.0 - number if number % 4 else None,
                tags=("vip", "new")[: number % 3],
                category="gold" if number == 3 else "",
                related_device=f"crm/{number}",
            )
            if number < 8:
                self.save(
                    device.id,
                    started=self.clock.seconds() - number * 20_000.0,
                    client_ip=f"192.0.2.{number}",
                    client_ip_verified=number % 2 == 0,
                    result=SessionResult.FAILED if number == 5 else SessionResult.SUCCESS,
                )
            devices.append(device)
        return devices

    async def pages(self, query: Query) -> list[Device]:
        """All items, page by page."""
        found: list[Device] = []
        while True:
            page = await self.store.devices(query)
            self.assertLessEqual(len(page.items), query.limit)
            found += page.items
            if page.next is None:
                return found
            self.assertTrue(page.items)
            query = Query(query.filters, query.sort, query.limit, page.next)

    async def test_pages_give_every_device_once_in_every_order(self) -> None:
        devices = [await self.known(device.id) for device in await self.populate()]
        for name, key in SORTS.items():
            for sort, wanted in (
                (name, sorted(devices, key=key)),  # type: ignore[arg-type]
                ("-" + name, sorted(devices, key=key, reverse=True)),  # type: ignore[arg-type]
            ):
                for limit in (1, 3, 10, 100):
                    self.assertEqual(wanted, await self.pages(Query(sort=sort, limit=limit)), sort)

    async def test_without_an_order_devices_come_as_they_were_met(self) -> None:
        devices = await self.populate()
        self.assertEqual([d.id for d in devices], [d.id for d in await self.pages(Query(limit=3))])

    async def test_each_filter_finds_what_it_says(self) -> None:
        devices = [await self.known(device.id) for device in await self.populate()]
        day_ago = self.clock.seconds() - 86400
        cases: list[tuple[dict[str, str], Callable[[Device], object]]] = [
            ({"manufacturer": "Acme"}, lambda d: d.manufacturer == "Acme"),
            ({"manufacturer": "acme"}, lambda d: False),
            ({"oui": "001ca8"}, lambda d: d.oui == "001CA8"),
            ({"product_class": "Box"}, lambda d: d.product_class == "Box"),
            ({"serial_number": "S0004"}, lambda d: d.serial_number == "S0004"),
            ({"software_version": "3"}, lambda d: d.software_version == "3"),
            ({"tag": "vip"}, lambda d: "vip" in d.tags),
            ({"tag": "none"}, lambda d: False),
            ({"category": "gold"}, lambda d: d.category == "gold"),
            ({"category": ""}, lambda d: False),
            ({"verified": "true"}, lambda d: d.client_ip_verified),
            ({"verified": "false"}, lambda d: not d.client_ip_verified),
            ({"last_session": "failed"}, lambda d: d.last_session_result == "failed"),
            ({"last_session": "failed,success"}, lambda d: d.last_session_result),
            ({"online": "true"}, lambda d: (d.last_inform or 0) > day_ago),
            ({"online": "false"}, lambda d: (d.last_inform or 0) < day_ago),
            ({"seen_since": "2020-01-01T00:00:00Z"}, lambda d: d.last_inform),
            ({"q": "s000"}, lambda d: True),
            ({"q": "S0007"}, lambda d: d.serial_number == "S0007"),
            ({"q": "001ca8-box"}, lambda d: d.id.startswith("001CA8-Box")),
            ({"q": "box crm/3"}, lambda d: d.related_device == "crm/3" and d.product_class == "Box"),
            ({"q": "192.0.2.6"}, lambda d: d.client_ip == "192.0.2.6"),
            ({"q": "%"}, lambda d: False),
            ({"q": "000"}, lambda d: False),
            ({"manufacturer": "Acme", "verified": "false"}, lambda d: d.manufacturer == "Acme"),
            (
                {"online": "true", "verified": "true"},
                lambda d: (d.last_inform or 0) > day_ago and d.client_ip_verified,
            ),
        ]
        for filters, keep in cases:
            wanted = {d.id for d in devices if keep(d)}
            for crowd in (0, 5000):  # looked for on a walk, and collected
                self.patch(lists, "CROWD", crowd)
                for sort in ("", "id", "-last_inform"):
                    found = await self.pages(Query(filters, sort, limit=2))
                    self.assertEqual(len(wanted), len(found), filters)
                    self.assertEqual(wanted, {d.id for d in found}, filters)
                self.assertEqual(len(wanted), await self.store.device_count(filters), filters)

    async def test_what_one_word_finds_comes_in_the_order_of_what_begins_with_it(self) -> None:
        serials = ("7", "1000", "100", "1", "10")
        devices = [await self.add(serial_number=serial, product_class="1") for serial in serials]
        by_serial = dict(zip(serials, devices, strict=True))
        found = [d.serial_number for d in await self.pages(Query({"q": "10"}, limit=2))]
        self.assertEqual(["10", "100", "1000"], found)
        # Its product class is what is found of each: devices of the same text come as they were met.
        self.assertEqual(devices, await self.pages(Query({"q": "1"}, limit=2)))
        self.assertEqual([by_serial["7"]], await self.pages(Query({"q": "7"}, limit=2)))

    async def test_one_word_finds_each_device_once_whatever_of_it_begins_so(self) -> None:
        devices = []
        for number in range(12):
            known = await self.add(
                serial_number=f"00{number * 7 % 12:02}",
                product_class="00",
                oui=f"00{number * 5 % 12:02}00",
                related_device=f"00:{number % 3:02}:aa",
            )
            if number % 2:
                self.save(known.id, client_ip=f"00{number * 11 % 12:02}")
            devices.append(known.id)
        words = ("0", "00", "00:", "000", "0001", "00:01", "00:01:AA", "0001aa", "000", "1", "00A")
        for word in (*words, "00 0001", "0001 0", "00:01 00:", "0 00 000", "00 00", "0003 0001"):
            for limit, crowd in ((1, 5000), (2, 5000), (2, 0), (5, 0), (100, 3)):
                self.patch(lists, "CROWD", crowd)
                found = [device.id for device in await self.pages(Query({"q": word}, limit=limit))]
                wanted = [device.id for device in await self.pages(Query({"q": word}, "first_seen"))]
                self.assertEqual(len(set(found)), len(found), (word, limit))
                self.assertEqual(set(wanted), set(found), (word, limit))
        self.assertEqual(set(devices), {d.id for d in await self.pages(Query({"q": "00"}, limit=5))})

    async def test_who_is_online_comes_with_the_last_heard_of_first(self) -> None:
        await self.populate()
        found = await self.pages(Query({"online": "true"}, limit=2))
        self.assertEqual([f"S{n:04}" for n in range(5)], [d.serial_number for d in found])

    async def test_a_page_is_not_disturbed_by_what_comes_and_goes(self) -> None:
        devices = await self.populate()
        first = await self.store.devices(Query(sort="id", limit=5))
        await self.store.delete_device(first.items[0].id)
        await self.add(99, oui="000000")
        rest = await self.pages(Query(sort="id", limit=5, cursor=first.next))
        wanted = sorted(d.id for d in devices)[5:]
        self.assertEqual(wanted, [d.id for d in rest])

    async def test_a_cursor_that_was_tampered_with_is_refused(self) -> None:
        await self.populate()
        cursor = (await self.store.devices(Query(limit=1))).next
        assert cursor is not None
        broken = {
            cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(len(cursor))
        }
        for bad in (*broken, "", "x", "é", "=" * 8, cursor + "AAAA", cursor[:-4], "A" * 4000):
            with self.assertRaises(BadQuery) as refusal:
                await self.store.devices(Query(limit=1, cursor=bad))
            self.assertEqual("cursor", refusal.exception.field)

    async def test_a_cursor_is_good_for_its_own_list_and_order_alone(self) -> None:
        await self.populate()
        cursor = (await self.store.devices(Query(sort="id", limit=1))).next
        for query in (
            Query(sort="-id", cursor=cursor),
            Query(cursor=cursor),
            Query(sort="first_seen", cursor=cursor),
        ):
            with self.assertRaises(BadQuery):
                await self.store.devices(query)
        with self.assertRaises(BadQuery):
            await self.store.sessions(Query(sort="id", cursor=cursor))

    async def test_a_cursor_outlives_a_restart(self) -> None:
        await self.populate()
        first = await self.store.devices(Query(limit=9))
        await self.reopen()
        last = await self.store.devices(Query(limit=9, cursor=first.next))
        self.assertEqual((1, None), (len(last.items), last.next))

    async def test_what_a_list_does_not_have_is_refused(self) -> None:
        cases = [
            (Query({"colour": "red"}), "colour"),
            (Query({"key": "1"}), "key"),
            (Query({"verified": "yes"}), "verified"),
            (Query({"online": ""}), "online"),
            (Query({"last_session": "bad"}), "last_session"),
            (Query({"seen_since": "yesterday"}), "seen_since"),
            (Query({"seen_since": "2026-11-23T19:30:00"}), "seen_since"),
            (Query({"q": "  "}), "q"),
            (Query({"q": "a b c d e f g h i"}), "q"),
            (Query({"manufacturer": "a\0"}), "manufacturer"),
            (Query({"manufacturer": "\udc80"}), "manufacturer"),
            (Query(sort="notes"), "sort"),
            (Query(sort="--id"), "sort"),
            (Query(sort="-"), "sort"),
            (Query(limit=0), "limit"),
            (Query(limit=1001), "limit"),
        ]
        for query, field in cases:
            with self.assertRaises(BadQuery) as refusal:
                await self.store.devices(query)
            self.assertEqual(field, refusal.exception.field)
            self.assertIn(field, str(refusal.exception))

    async def test_other_lists_refuse_as_well(self) -> None:
        for query in (
            Query({"result": "bad"}),
            Query({"since": "x"}),
            Query(sort="started"),
            Query({"rejected": "1"}),
        ):
            with self.assertRaises(BadQuery):
                await self.store.sessions(query)
        for query in (
            Query({"state": "bad"}),
            Query({"session": "17"}),
            Query({"state": ""}),
            Query(sort="created"),
        ):
            with self.assertRaises(BadQuery):
                await self.store.jobs(query)


class OnlyContract(Contract):
    """Lists of what belongs to some devices only, whether these are few or many."""

    async def populate(self) -> None:
        """Six devices of two models, of which one is forgotten again; each has a session and a job."""
        for number in range(6):
            device = await self.add(
                number,
                manufacturer=("A/B", "A")[number % 2],
                product_class=("C", "B/C", "D")[number % 3],
                tags=("red", "blue")[: number % 3],
            )
            self.save(device.id)
            await self.accept(device.id)
        await self.store.delete_device(device.id)
        self.save("")

    async def test_they_have_that_alone(self) -> None:
        await self.populate()
        every = {device.id: device for device in (await self.store.devices(Query())).items}
        self.assertEqual(5, len(every))
        for few in (lists.CROWD, 0):
            self.patch(restricting, "FEW", few)
            for only in (
                Only(("red",)),
                Only(("red", "blue", "green")),
                Only(("green",)),
                Only((), ("A/B/C",)),
                Only((), ("A/B/C", "A/B/D", "X/Y", "nothing")),
                Only(("blue",), ("A/B/D", "A/B/C")),
            ):
                wanted = {name for name, device in every.items() if only.has(device)}
                found = await self.store.devices(Query(only=only))
                self.assertEqual(sorted(wanted), sorted(ids(found)), only)
                jobs = await self.store.jobs(Query(only=only))
                self.assertEqual(wanted, {job.device for job in jobs.items}, only)
                sessions = await self.store.sessions(Query(only=only))
                self.assertEqual(wanted, {session.device for session in sessions.items}, only)
                for sort in SORTS:
                    again = await self.store.devices(Query({"online": "true"}, sort=sort, only=only))
                    self.assertEqual(wanted, set(ids(again)), (only, sort))
