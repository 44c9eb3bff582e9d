"""What in a document cannot be right by the data models."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.checking import Known, check, patterns
from acs.configuration.document import Entry, Mistake
from acs.cwmp.definitions import Definition
from acs.cwmp.modeltypes import Span, Syntax

NEW, OLD, GATEWAY, VOICE = "Device:2.19", "Device:2.11", "InternetGatewayDevice:1.14", "VoiceService:1.1"
STRING, NUMBER = Syntax(sizes=(Span(None, 8),)), Syntax("unsignedInt", ranges=(Span(1, 100),))
CHANNELS = Syntax("unsignedInt", list=True, ranges=(Span(1, 13),))
MODE = Syntax(enumeration=("Up", "Down"))


def known(*definitions: Definition) -> Known:
    found: dict[str, list[Definition]] = {}
    for each in definitions:
        found.setdefault(each.path, []).append(each)
    return found


KNOWN = known(
    Definition("Device.A.Name", NEW, "readWrite", STRING),
    Definition("Device.A.Name", OLD, "readWrite", STRING),
    Definition("Device.A.{i}.Count", NEW, "readWrite", NUMBER),
    Definition("Device.T.{i}.", NEW, "readWrite"),
    Definition("Device.R.{i}.", NEW),
    Definition("Device.A.Channels", NEW, "readWrite", CHANNELS),
    Definition("Device.A.Mode", NEW, "readWrite", MODE),
    Definition("Device.A.Serial", NEW, "readOnly", Syntax()),
    Definition("Device.A.Once", NEW, "writeOnceReadOnly", Syntax()),
    Definition("Device.A.Grown", OLD, "readOnly", Syntax("boolean")),
    Definition("Device.A.Grown", NEW, "readWrite", Syntax("boolean")),
    Definition("InternetGatewayDevice.A.Mode", GATEWAY, "readWrite", Syntax(enumeration=("On",))),
    Definition("InternetGatewayDevice.B.Mode", GATEWAY, "readWrite", MODE),
    Definition(".Services.VoiceService.{i}.Enable", VOICE, "readWrite", Syntax("boolean")),
)
ALL = (NEW, OLD, GATEWAY, VOICE)
RIGHT: tuple[tuple[str, Entry], ...] = (
    ("Device.A.Name", Entry("short")),
    ("Device.A.Name", Entry("short", type="xsd:string")),
    ("Device.A.7.Count", Entry("100")),
    (".A.7.Count", Entry("1")),
    ("Device.A.Channels", Entry("1, 13")),
    ("Device.A.Mode", Entry("X_ACME_Sideways")),
    ("Device.A.Mode", Entry("{{ related.mode }}")),
    ("Device.A.Once", Entry("x")),
    ("Device.A.Serial", Entry(notify="active")),
    ("Device.T.", Entry(others="remove")),
    ("Device.R.", Entry(others="keep")),
    ("Device.T.[a.b].X_ACME_C", Entry("x")),
    # Right by one of those that tell of it.
    ("Device.A.Grown", Entry("true")),
    (".A.Mode", Entry("On")),
    (".A.Mode", Entry("Up")),
    (".B.Mode", Entry("Up")),
    # Nobody can tell.
    ("Device.X_ACME_B.C", Entry("x")),
    ("Device.A.X_ACME_C", Entry("x")),
    ("Device.Services.STBService.1.Enable", Entry("x")),
    ("Device.Services.VoiceService.1.Enable", Entry("1")),
    ("InternetGatewayDevice.Services.VoiceService.1.Enable", Entry("0")),
    (".Services.VoiceService.1.Enable", Entry("true")),
)
WRONG: tuple[tuple[str, Entry, str], ...] = (
    ("Device.A.Nome", Entry("x"), f"is no parameter of {NEW} or {OLD}"),
    ("Device.A.Count", Entry("x"), f"is no parameter of {NEW} or {OLD}"),
    ("Device.B.Mode", Entry(notify="off"), f"is no parameter of {NEW} or {OLD}"),
    (".A.Nome", Entry("x"), f"is no parameter of {NEW} or {OLD} or {GATEWAY}"),
    ("Device.Services.VoiceService.1.Enabled", Entry("1"), f"is no parameter of {VOICE}"),
    ("Device.U.", Entry(others="keep"), f"is no table of {NEW} or {OLD}"),
    ("Device.R.", Entry(others="remove"), f"has instances that cannot be removed, by {NEW}"),
    ("Device.A.[one].Count", Entry("x"), f"has a value that is no unsignedInt, by {NEW}"),
    ("Device.A.Serial", Entry("x"), f"cannot be set, by {NEW}"),
    ("Device.A.Serial", Entry("{{ device.id }}"), f"cannot be set, by {NEW}"),
    ("Device.A.1.Count", Entry("5", type="xsd:int"), f"has type xsd:int and not xsd:unsignedInt, by {NEW}"),
    ("Device.A.1.Count", Entry("x"), f"has a value that is no unsignedInt, by {NEW}"),
    ("Device.A.1.Count", Entry("101"), f"has a value that is not 1 to 100, by {NEW}"),
    ("Device.A.Channels", Entry("1,14"), f"has a value that is not 1 to 13, by {NEW}"),
    ("Device.A.Name", Entry("far too long"), f"has a value that is not at most 8 characters long, by {NEW}"),
    ("Device.A.Mode", Entry("up"), f"has a value that is none of Up, Down, by {NEW}"),
    (".B.Mode", Entry("up"), f"has a value that is none of Up, Down, by {GATEWAY}"),
    ("Device.A.Grown", Entry("yes"), f"has a value that is no boolean, by {NEW}"),
)


def mistakes(path: str, entry: Entry, models: Sequence[str] = ALL, by: Known = KNOWN) -> list[Mistake]:
    return check({path: entry}, models, by)


class CheckTests(SynchronousTestCase):
    def test_nothing_is_said_of_what_is_right_or_nobody_can_tell(self) -> None:
        for path, entry in RIGHT:
            self.assertEqual([], mistakes(path, entry), path)

    def test_what_is_wrong_is_said_with_the_path_and_by_whom(self) -> None:
        for path, entry, reason in WRONG:
            self.assertEqual([Mistake(path, reason)], mistakes(path, entry))

    def test_all_that_is_wrong_is_said_in_its_order(self) -> None:
        entries = {path: entry for path, entry, _ in WRONG}
        self.assertEqual(list(entries), [path for path, _ in check(entries, ALL, KNOWN)])

    def test_without_a_model_of_its_root_nothing_is_judged(self) -> None:
        for path, entry, _ in WRONG:
            for models in ((), ("STBService:1.4",)):
                self.assertEqual([], mistakes(path, entry, models, {}))
        self.assertEqual([], mistakes("InternetGatewayDevice.Nope.X", Entry("x"), (NEW, OLD)))

    def test_what_has_to_be_known_is_told(self) -> None:
        wanted = {
            "Device.A.{i}.Count",
            "InternetGatewayDevice.A.{i}.Count",
            ".Services.VoiceService.{i}.Enable",
        }
        paths = (".A.7.Count", "Device.Services.VoiceService.2.Enable", "Device.X_ACME.B", "Device.A.8.Count")
        self.assertEqual(wanted, patterns(paths, ALL))
        self.assertEqual({"Device.A.{i}.Count"}, patterns(paths, (NEW,)))
        self.assertEqual(set(), patterns(paths, ()))

    @given(st.lists(st.sampled_from([*RIGHT, *((path, entry) for path, entry, _ in WRONG)]), max_size=5))
    def test_each_entry_is_judged_by_itself(self, entries: list[tuple[str, Entry]]) -> None:
        document = dict(entries)
        each = [mistake for path, entry in document.items() for mistake in mistakes(path, entry)]
        self.assertEqual(each, check(document, ALL, KNOWN))

    @given(st.text("0123456789,-+ xX_", max_size=12))
    def test_a_list_is_right_where_each_of_its_items_is(self, value: str) -> None:
        by = known(
            Definition("Device.A", NEW, "readWrite", CHANNELS),
            Definition("Device.B", NEW, "readWrite", Syntax("unsignedInt", ranges=CHANNELS.ranges)),
        )
        items = [item.strip() for item in value.split(",") if item.strip()]
        each = [not mistakes("Device.B", Entry(item), by=by) for item in items]
        if not any(item.startswith("X_") for item in items):
            self.assertEqual(all(each), not mistakes("Device.A", Entry(value), by=by))
