"""What the standard says of parameters: data models, replaced as a whole."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import DeferredList, ensureDeferred

from acs.cwmp.definitions import Definition, Described
from acs.cwmp.modeltypes import Span, Syntax
from acs.store import data_models
from acs.store.interface import BadQuery, Query, StoreError, TooManyModels
from acs.store.records import DataModel
from tests.store.contract.base import Contract

OLD, NEW, VOICE = "Device:2.11", "Device:2.19", "VoiceService:1.1"
SYNTAX = Syntax(
    "string", "Wörd", True, "dBm", (Span(0, 0), Span(2, None)), (Span(-1, 2**63),), ("", "a,b", "ä\U0001f511")
)


def described(model: str, *definitions: Definition) -> Described:
    """A model that says this."""
    is_service = model.startswith("VoiceService")
    return Described(model, is_service, tuple(replace(each, model=model) for each in definitions))


FIRST = described(
    OLD,
    Definition("Device."),
    Definition("Device.A.{i}.", access="readWrite", min_entries=0, max_entries=None, status="deprecated"),
    Definition("Device.A.{i}.SSIDName", "", "readWrite", SYNTAX, "x", "factory", True, True, "canDeny"),
    Definition("Device.B", syntax=Syntax("boolean"), forced_inform=True),
)
SECOND = described(
    NEW,
    Definition("Device.A.{i}.SSIDName", syntax=Syntax()),
    Definition("Device.A.{i}.ssid", syntax=Syntax("int")),
    Definition("Device.AB", syntax=Syntax("int")),
)
SERVICE = described(VOICE, Definition(".Services.VoiceService.{i}.Name", syntax=Syntax()))


class DataModelContract(Contract):
    """Which there are is in memory; what they say is looked up."""

    async def put(self, *models: Described, when: float = 5.0, who: str = "anna") -> None:
        await self.store.put_data_models(models, when, who)

    async def paths(self, **filters: str) -> list[tuple[str, str]]:
        """Where a list of definitions finds them."""
        items = (await self.store.definitions(Query(filters))).items
        return [(each.path, each.model) for each in items]

    async def all(self) -> list[Definition]:
        return list((await self.store.definitions(Query(limit=1000))).items)

    async def test_they_are_kept_in_every_field(self) -> None:
        self.assertEqual((), tuple(self.store.data_models()))
        returned = await self.store.put_data_models([FIRST, SERVICE], 5.5, "anna")
        for _ in range(2):
            forced = ("Device.A.{i}.SSIDName", "Device.B")
            wanted = (
                DataModel(OLD, False, 2, 2, forced, 5.5, "anna"),
                DataModel(VOICE, True, 0, 1, (), 5.5, "anna"),
            )
            self.assertEqual(wanted, tuple(self.store.data_models()))
            self.assertEqual(wanted, tuple(returned))
            self.assertEqual([*SERVICE.definitions, *FIRST.definitions], await self.all())
            await self.reopen()

    async def test_a_pattern_is_looked_up_in_all_models(self) -> None:
        self.assertEqual({}, dict(await self.store.definitions_of(["Device.B"])))
        await self.put(FIRST, SECOND)
        wanted = {
            "Device.A.{i}.SSIDName": (FIRST.definitions[2], SECOND.definitions[0]),
            "Device.B": (FIRST.definitions[3],),
        }
        for _ in range(3):
            found = await self.store.definitions_of([*wanted, "Device.Nope", "nonsense\0", "Device.B"])
            self.assertEqual(wanted, dict(found))
        self.assertEqual({}, dict(await self.store.definitions_of([])))

    async def test_any_number_of_patterns_is_looked_up(self) -> None:
        many = [Definition(f"Device.P{number:04}", syntax=Syntax("int")) for number in range(1234)]
        await self.put(described(NEW, *many))
        self.patch(data_models, "_REMEMBERED", 300)
        for _ in range(2):
            found = await self.store.definitions_of([each.path for each in many])
            self.assertEqual([each.path for each in many], sorted(found))
            self.assertEqual({NEW}, {each.model for (each,) in found.values()})

    async def test_one_that_is_imported_again_is_replaced_as_a_whole(self) -> None:
        await self.put(FIRST, SECOND)
        await self.store.definitions_of([each.path for each in FIRST.definitions])
        await self.put(described(OLD, Definition("Device.C.")), when=6.0, who="bert")
        for _ in range(2):
            self.assertEqual(
                {OLD: 6.0, NEW: 5.0}, {each.name: each.imported for each in self.store.data_models()}
            )
            self.assertEqual([("Device.C.", OLD)], await self.paths(model=OLD))
            self.assertEqual(list(SECOND.definitions), [e for e in await self.all() if e.model == NEW])
            found = await self.store.definitions_of(["Device.B", "Device.A.{i}.SSIDName", "Device.C."])
            self.assertEqual({"Device.A.{i}.SSIDName", "Device.C."}, set(found))
            await self.reopen()

    async def test_a_file_with_several_is_taken_as_a_whole_or_not_at_all(self) -> None:
        await self.put(FIRST)
        before, said = tuple(self.store.data_models()), await self.all()
        twice = described(NEW, Definition("Device.Z."))
        with self.assertRaises(StoreError):
            await self.put(described(OLD, Definition("Device.Y.")), twice, twice)
        self.assertEqual((before, said), (tuple(self.store.data_models()), await self.all()))
        await self.reopen()
        self.assertEqual((before, said), (tuple(self.store.data_models()), await self.all()))

    async def test_there_are_not_more_than_anybody_needs(self) -> None:
        self.patch(data_models, "MOST_MODELS", 2)
        await self.put(FIRST, SECOND)
        with self.assertRaises(TooManyModels):
            await self.put(SERVICE)
        self.assertEqual({}, dict(await self.store.definitions_of([".Services.VoiceService.{i}.Name"])))
        await self.put(described(OLD, Definition("Device.C.")))
        await self.store.delete_data_model(NEW)
        await self.put(SERVICE)
        self.assertEqual([OLD, VOICE], [each.name for each in self.store.data_models()])

    async def test_one_that_is_removed_is_gone_with_all_it_said(self) -> None:
        await self.put(FIRST, SECOND)
        await self.store.definitions_of(["Device.B"])
        self.assertTrue(await self.store.delete_data_model(OLD))
        self.assertFalse(await self.store.delete_data_model(OLD))
        for _ in range(2):
            self.assertEqual([NEW], [each.name for each in self.store.data_models()])
            self.assertEqual({}, dict(await self.store.definitions_of(["Device.B"])))
            self.assertEqual(3, len(await self.all()))
            await self.reopen()

    async def test_what_does_not_change_is_the_same_tuple(self) -> None:
        await self.put(FIRST)
        before = self.store.data_models()
        await self.add(1)
        await self.store.delete_data_model("nobody's")
        await self.store.definitions_of(["Device.B"])
        self.assertIs(before, self.store.data_models())
        await self.put(FIRST, when=6.0)
        self.assertIsNot(before, self.store.data_models())

    async def test_what_is_looked_up_while_a_model_is_replaced_is_not_remembered(self) -> None:
        await self.put(FIRST)
        for number in range(10):
            replaced = described(OLD, Definition("Device.B", syntax=Syntax(units=str(number))))
            looking = ensureDeferred(self.store.definitions_of(["Device.B"]))
            putting = ensureDeferred(self.store.put_data_models([replaced], float(number), ""))
            also = ensureDeferred(self.store.definitions_of(["Device.B"]))
            await DeferredList([looking, putting, also], fireOnOneErrback=True)
            found = await self.store.definitions_of(["Device.B"])
            self.assertEqual(replaced.definitions, found["Device.B"])

    async def test_a_path_is_found_whatever_its_instances(self) -> None:
        await self.put(FIRST, SECOND, SERVICE)
        for instance in ("1", "{i}", "[a.b]"):
            where = f"Device.A.{instance}.SSIDName"
            self.assertEqual(
                [(FIRST.definitions[2].path, each) for each in (OLD, NEW)], await self.paths(path=where)
            )
        for root in ("Device", "InternetGatewayDevice", ""):
            found = await self.paths(path=f"{root}.Services.VoiceService.2.Name")
            self.assertEqual([(SERVICE.definitions[0].path, VOICE)], found)
        self.assertEqual([], await self.paths(path="Device.A"))

    async def test_a_partial_path_finds_all_that_is_below(self) -> None:
        await self.put(FIRST, SECOND, SERVICE)
        table = [
            ("Device.A.{i}.", OLD),
            ("Device.A.{i}.SSIDName", OLD),
            ("Device.A.{i}.SSIDName", NEW),
            ("Device.A.{i}.ssid", NEW),
        ]
        for path in ("Device.A.", "Device.A.7.", "Device.A.{i}."):
            self.assertEqual(table, await self.paths(path=path))
        self.assertEqual([*table, ("Device.AB", NEW)], await self.paths(prefix="Device.A"))
        self.assertEqual(table[1:3], await self.paths(prefix="Device.A.1.SSIDN"))

    async def test_they_are_searched_by_the_beginning_of_their_own_name(self) -> None:
        await self.put(FIRST, SECOND, SERVICE)
        wanted = [("Device.A.{i}.ssid", NEW), *(("Device.A.{i}.SSIDName", each) for each in (OLD, NEW))]
        for word in ("ssid", "SSID", "sS"):
            self.assertEqual(wanted, await self.paths(q=word))
        self.assertEqual([("Device.A.{i}.", OLD)], await self.paths(q="a", model=OLD))
        self.assertEqual([], await self.paths(q="name%"))

    async def test_pieces_make_the_whole(self) -> None:
        await self.put(FIRST, SECOND, SERVICE)
        for filters in ({}, {"q": "s"}, {"path": "Device."}, {"model": NEW}):
            whole = list((await self.store.definitions(Query(filters))).items)
            found: list[Definition] = []
            cursor: str | None = None
            while True:
                page = await self.store.definitions(Query(filters, limit=2, cursor=cursor))
                found += page.items
                if (cursor := page.next) is None:
                    break
            self.assertEqual(whole, found)

    async def test_a_list_that_there_is_not_is_refused(self) -> None:
        wrong: list[dict[str, Any]] = [
            {"filters": {"x": "y"}},
            {"sort": "name"},
            {"limit": 0},
            {"cursor": "x"},
        ]
        for each in wrong:
            with self.assertRaises(BadQuery):
                await self.store.definitions(Query(**each))
