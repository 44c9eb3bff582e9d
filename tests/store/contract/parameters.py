"""Parameters, their journal, and what a device is found by."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from acs.store.database import Statement, Table
from acs.store.interface import BadQuery, Change, Query, StoreError
from acs.store.records import Parameter
from acs.store.store import DurableStore
from tests import only_with
from tests.store.contract.base import Contract

IGD = "InternetGatewayDevice."
WAN = IGD + "WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1."


def tree(**values: str | None) -> dict[str, Parameter]:
    """Parameters ``a``, ``b``, ... with these values."""
    return {name: Parameter(name, value, "xsd:string", updated=1.0) for name, value in values.items()}


def differences(old: dict[str, Parameter], new: dict[str, Parameter]) -> set[Change]:
    """What differs in value, by looking at each."""

    def value(known: dict[str, Parameter], name: str) -> str | None:
        return known[name].value if name in known else None

    names = old.keys() | new.keys()
    each = (Change(name, value(old, name), value(new, name)) for name in names)
    return {change for change in each if change.old != change.new}


class ParameterContract(Contract):
    """One document per device, and what differs from the one before."""

    async def setUp(self) -> None:
        await super().setUp()
        self.device_id = (await self.add()).id

    async def keep(
        self, parameters: dict[str, Parameter], when: float = 5.0, **more: Any
    ) -> tuple[Change, ...]:
        return await self.store.keep_parameters(self.device_id, parameters, when, **more)

    async def journal(self, limit: int = 100, **filters: str) -> list[tuple[float, Change]]:
        return list((await self.store.changes(self.device_id, Query(filters, limit=limit))).items)

    async def test_nothing_is_known_at_first(self) -> None:
        self.assertEqual({}, await self.store.parameters(self.device_id))
        self.assertEqual({}, await self.store.parameters("nobody"))
        self.assertEqual([], await self.journal())

    async def test_parameters_are_kept_in_every_field(self) -> None:
        kept = {
            "Device.": Parameter("Device.", None, writable=False, updated=2.0),
            "Device.X": Parameter("Device.X", "ä\n\0<", "xsd:string", True, 2, ("Subscriber", "é"), 3.25),
            "Device.Y": Parameter("Device.Y", "", "", None, 0, (), 4.0),
        }
        await self.keep(kept)
        self.assertEqual(kept, await self.store.parameters(self.device_id))
        await self.reopen()
        self.assertEqual(kept, await self.store.parameters(self.device_id))

    async def test_what_a_reader_does_with_them_is_his_own_affair(self) -> None:
        kept = tree(a="1", b="2")
        await self.keep(kept)
        for change in (lambda known: known.pop("a"), lambda known: known.update(tree(b="3"))):
            change(await self.store.parameters(self.device_id))
            self.assertEqual(kept, await self.store.parameters(self.device_id))
        kept.clear()
        self.assertEqual(["a", "b"], sorted(await self.store.parameters(self.device_id)))

    async def test_thousands_of_parameters_are_kept(self) -> None:
        kept = {f"Device.P.{n}": Parameter(f"Device.P.{n}", str(n), updated=1.0) for n in range(3000)}
        self.assertEqual(3000, len(await self.keep(kept)))
        self.assertEqual(kept, await self.store.parameters(self.device_id))

    async def test_a_parameter_without_a_time_is_as_of_now(self) -> None:
        await self.keep({"a": Parameter("a", "1"), "b": Parameter("b", "1", updated=3.0)}, when=9.0)
        known = await self.store.parameters(self.device_id)
        self.assertEqual([9.0, 3.0], [known[name].updated for name in ("a", "b")])

    async def test_what_differs_is_returned_and_goes_to_the_journal(self) -> None:
        self.store.change_device(self.device_id, full_read_at=4.0)
        await self.keep(tree(a="1", b="2", c="3"))
        changes = await self.keep(tree(a="1", b="x", d="4"), when=6.0)
        wanted = {Change("b", "2", "x"), Change("c", "3", None), Change("d", None, "4")}
        self.assertEqual(wanted, set(changes))
        self.assertEqual(wanted, {change for when, change in await self.journal() if when == 6.0})
        self.assertEqual(tree(a="1", b="x", d="4"), await self.store.parameters(self.device_id))

    async def test_the_journal_begins_with_the_first_difference(self) -> None:
        first = await self.keep(tree(a="1", b="2"))
        self.assertEqual({Change("a", None, "1"), Change("b", None, "2")}, set(first))
        self.assertEqual([], await self.journal())

    async def test_what_is_read_for_the_first_time_is_returned_and_is_no_news(self) -> None:
        await self.keep(tree(a="1"))  # what the first Inform says
        changes = await self.keep(tree(a="2", b="2", c="3"), when=6.0)  # the first full read
        self.assertEqual({"a", "b", "c"}, {change.name for change in changes})
        self.assertEqual([(6.0, Change("a", "1", "2"))], await self.journal())

    async def test_hundreds_of_changes_are_journalled(self) -> None:
        await self.keep({f"P.{n}": Parameter(f"P.{n}", "0") for n in range(300)})
        await self.keep({f"P.{n}": Parameter(f"P.{n}", str(n)) for n in range(300)}, when=6.0, session=7)
        found = await self.store.changes(self.device_id, Query(limit=1000))
        wanted = {(6.0, Change(f"P.{n}", "0", str(n))) for n in range(1, 300)}
        self.assertEqual(wanted, set(found.items))

    async def test_what_does_not_differ_in_value_is_not_a_change(self) -> None:
        await self.keep(tree(a="1"))
        again = {"a": Parameter("a", "1", "xsd:int", True, 1, ("Subscriber",), 7.0), "O.": Parameter("O.")}
        self.assertEqual((), await self.keep(again, when=7.0))
        self.assertEqual([], await self.journal())
        self.assertEqual(7.0, (await self.store.parameters(self.device_id))["a"].updated)
        self.assertIn("O.", await self.store.parameters(self.device_id))

    async def test_what_is_told_of_a_few_is_kept_as_if_all_had_been(self) -> None:
        other = (await self.add(2)).id
        first = tree(a="1", b="2", c="3") | {"O.": Parameter("O.", updated=1.0)}
        many = {f"m{number}": Parameter(f"m{number}", "1", updated=1.0) for number in range(20)}
        steps = (
            (),
            (Parameter("a", "5", "", updated=6.0),),
            (Parameter("a", "5", "", updated=7.0), Parameter("b", "2", "xsd:int", updated=7.0)),
            (Parameter("new", "1", "xsd:string", updated=8.0), Parameter("c", "x", updated=8.0)),
            (Parameter("odd name", '"],["a",', updated=9.0), Parameter("a", '],["b",', updated=9.0)),
            (Parameter("b", '"]', updated=10.0),),
            tuple(many.values()),
            (Parameter("X.SSID", "net", updated=12.0),),
        )
        for whole in (None, 4.0):
            for device in (self.device_id, other):
                self.store.change_device(device, full_read_at=whole)
            known = dict(first)
            await self.keep(known)
            await self.store.keep_parameters(other, known, 5.0)
            for when, told in enumerate(steps, 6):
                for each in told:
                    old = known.get(each.name) or Parameter(each.name)
                    known[each.name] = old.with_value(each.value, each.type, each.updated)
                changes = await self.keep(known, float(when), session=when)
                said = await self.store.tell_parameters(other, told, float(when), session=when)
                self.assertEqual(set(changes), set(said))
                self.assertEqual(known, await self.store.parameters(other))
            page = await self.store.changes(other, Query(limit=1000))
            self.assertEqual(set(await self.journal(limit=1000)), set(page.items))
        self.assertEqual({self.device_id, other}, set(await self.found(q="net")))

    async def test_the_first_that_is_told_is_where_the_journal_begins(self) -> None:
        told = Parameter("a", "1", "xsd:string", updated=1.0)
        self.assertEqual(
            (Change("a", None, "1"),), await self.store.tell_parameters(self.device_id, [told], 5.0)
        )
        self.assertEqual(tree(a="1"), await self.store.parameters(self.device_id))
        self.assertEqual([], await self.journal())
        with self.assertRaises(LookupError):
            await self.store.tell_parameters("nobody", [told], 5.0)

    async def test_what_was_told_is_there_when_it_is_opened_again(self) -> None:
        await self.keep(tree(a="1", b="2"))
        await self.store.tell_parameters(self.device_id, [Parameter("b", "3", updated=1.0)], 6.0)
        await self.store.committed()
        await self.reopen()
        self.assertEqual(tree(a="1", b="3"), await self.store.parameters(self.device_id))
        self.assertEqual([(6.0, Change("b", "2", "3"))], await self.journal())

    async def test_whatever_is_kept_is_known_and_what_differs_is_told(self) -> None:
        self.store.change_device(self.device_id, full_read_at=4.0)
        random = Random(11)
        before: dict[str, Parameter] = {}
        journal: list[tuple[float, Change]] = []
        for turn in range(60):
            when = 10.0 + turn
            # The very objects that were given out, as a session keeps them, but for some.
            new = await self.store.parameters(self.device_id)
            for name in random.sample("abcdefgh", random.randrange(4)):
                known = new.get(name, Parameter(name))
                match random.randrange(5):
                    case 0:
                        new.pop(name, None)
                    case 1:
                        new[name] = Parameter(name, random.choice(["1", "2", None]))
                    case 2:
                        new[name] = replace(known, writable=random.choice([True, None]))
                    case 3:
                        new[name] = replace(known, value=random.choice(["1", "2", None]), updated=when)
                    case _:
                        new[name] = replace(known)
            changes = await self.keep(dict(new), when)
            as_of = {name: p if p.updated else replace(p, updated=when) for name, p in new.items()}
            self.assertEqual(differences(before, as_of), set(changes))
            self.assertEqual(len(changes), len(set(changes)))
            journal += [(when, change) for change in changes if before]
            if not turn % 7:
                await self.reopen()
                await self.store.device(self.device_id)
            before = await self.store.parameters(self.device_id)
            self.assertEqual(as_of, before)
        await self.reopen()
        self.assertEqual(before, await self.store.parameters(self.device_id))
        found = await self.store.changes(self.device_id, Query(limit=1000))
        self.assertEqual(sorted(map(repr, journal)), sorted(map(repr, found.items)))

    async def test_a_few_and_all_are_kept_in_any_order(self) -> None:
        random = Random(12)
        known = tree(**dict.fromkeys("abcdefgh", "0"))
        await self.keep(known)
        for turn in range(80):
            when = 10.0 + turn
            told = [Parameter(name, str(turn), updated=when) for name in random.sample("abcdefgh", 2)]
            known |= {each.name: known[each.name].with_value(each.value, "", when) for each in told}
            match random.randrange(4):
                case 0:
                    await self.keep(known, when)
                case 1:
                    known.pop("h", None)
                    known["h"] = Parameter("h", "back", updated=when)
                    await self.keep(known, when)
                case _:
                    await self.store.tell_parameters(self.device_id, told, when)
            if random.random() < 0.5:
                await self.store.committed()
            if random.random() < 0.3:
                self.assertEqual(known, await self.store.parameters(self.device_id))
        await self.store.committed()
        await self.reopen()
        self.assertEqual(known, await self.store.parameters(self.device_id))

    # Without that way the whole document is written, as a unit of its own, of which it is known how it fared.
    @only_with("words")
    async def test_what_was_refused_is_not_taken_for_kept(self) -> None:
        assert isinstance(self.store, DurableStore)
        await self.keep(tree(a="1", b="1"))
        await self.store.committed()
        await self.store.tell_parameters(self.device_id, [Parameter("a", "2", updated=6.0)], 6.0)
        self.store._groups.append((Table("nowhere", ("id",), "DO NOTHING"), (1,)))
        with self.assertRaises(StoreError):
            await self.store.committed()
        self.flushLoggedErrors()
        await self.store._groups.write(Statement("DELETE FROM parameters"))
        self.assertEqual({}, await self.store.parameters(self.device_id))

    async def test_a_device_that_was_forgotten_begins_anew(self) -> None:
        await self.keep(tree(a="1"))
        await self.store.committed()
        self.assertEqual(tree(a="1"), await self.store.parameters(self.device_id))
        await self.store.delete_device(self.device_id)
        self.assertEqual({}, await self.store.parameters(self.device_id))
        self.assertEqual(self.device_id, (await self.add()).id)
        self.assertEqual({}, await self.store.parameters(self.device_id))
        self.assertEqual((Change("a", None, "1"),), await self.keep(tree(a="1")))
        self.assertEqual(tree(a="1"), await self.store.parameters(self.device_id))

    async def test_the_journal_tells_the_newest_first_and_page_by_page(self) -> None:
        await self.keep(tree(a="0", bb="0"))
        for number in range(1, 8):
            await self.keep(tree(a=str(number), bb="0" if number < 7 else "1"), when=float(number))
        found: list[tuple[float, Change]] = []
        cursor = None
        while True:
            page = await self.store.changes(self.device_id, Query({"name": "a"}, limit=3, cursor=cursor))
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        wanted = [(float(n), Change("a", str(n - 1), str(n))) for n in range(7, 0, -1)]
        self.assertEqual(wanted, found)
        self.assertEqual([(7.0, Change("bb", "0", "1"))], await self.journal(name="b"))

    async def test_a_journal_is_one_devices(self) -> None:
        other = await self.add(2)
        await self.keep(tree(a="1"))
        await self.keep(tree(a="2"))
        self.assertEqual((), (await self.store.changes(other.id, Query())).items)
        with self.assertRaises(BadQuery):
            await self.store.changes(other.id, Query({"device": self.device_id}))

    async def test_parameters_of_unknown_devices_are_refused(self) -> None:
        with self.assertRaises(LookupError):
            await self.store.keep_parameters("nobody", tree(a="1"), 5.0)

    async def test_a_device_is_found_by_what_its_parameters_say_now(self) -> None:
        def told(address: str) -> dict[str, Parameter]:
            values = {
                WAN + "ExternalIPAddress": address,
                WAN + "MACAddress": "00:1C:A8:12:34:56",
                WAN + "Username": "jane@isp.example",
                WAN + "Password": "sesame",
                IGD + "LANDevice.1.WLANConfiguration.1.SSID": "Jane's Net",
                IGD + "LANDevice.1.WLANConfiguration.1.KeyPassphrase": "sesame",
                IGD + "LANDevice.1.Hosts.Host.1.MACAddress": "AA:BB:CC:00:00:01",
                IGD + "ManagementServer.ConnectionRequestURL": "http://cpe7.isp.example:7547/q",
                IGD + "ManagementServer.Username": "acs-user",
            }
            return {name: Parameter(name, value) for name, value in values.items()}

        await self.keep(told("198.51.100.1"))
        await self.keep(told("198.51.100.2"))
        finding = ["198.51.100.2", "00:1c:a8:12", "001ca8123456", "00-1C-A8", "JANE@", "jane's", "cpe7.isp"]
        self.assertEqual([[self.device_id]] * len(finding), [await self.found(q=word) for word in finding])
        missing = ["198.51.100.1", "sesame", "aa:bb:cc", "acs-user", "http", "ane@"]
        self.assertEqual([[]] * len(missing), [await self.found(q=word) for word in missing])
