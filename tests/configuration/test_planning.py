"""What has to be said to a device."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.composing import Scoped, compose
from acs.configuration.document import Entry
from acs.configuration.planning import Known, Plan, differing, plan
from acs.cwmp.values import ParameterValueStruct, SetParameterAttributesStruct
from acs.store.records import Parameter
from tests.configuration.strategies import NAMES, SCOPED, TYPES, VALUES

PATH = "Device.A"


class Held(Struct, frozen=True):
    """A parameter that a device has."""

    value: str | None = None
    type: str = ""
    writable: bool | None = None
    notification: int | None = None


def value(text: str, type_: str = "", path: str = PATH) -> ParameterValueStruct:
    """A value to be set."""
    return ParameterValueStruct(path, text, type_)


def attribute(notification: int) -> SetParameterAttributesStruct:
    """An attribute to be set."""
    return SetParameterAttributesStruct(PATH, True, notification, False, ())


class PlanTests(SynchronousTestCase):
    def plan(self, entry: Entry, held: Held | None = None, bootstrap: bool = False) -> Plan:
        return plan({PATH: entry}, {} if held is None else {PATH: held}, bootstrap)

    def test_only_what_differs_is_set(self) -> None:
        self.assertEqual(Plan(), self.plan(Entry("x"), Held("x")))
        self.assertEqual(Plan((value("y"),)), self.plan(Entry("y"), Held("x")))
        self.assertEqual(Plan((value(""),)), self.plan(Entry(""), Held("x")))

    def test_what_differs_is_for_the_type_to_say(self) -> None:
        self.assertEqual(Plan(), self.plan(Entry("true"), Held("1", "xsd:boolean")))
        self.assertEqual(Plan(), self.plan(Entry("true", type="xsd:boolean"), Held("1", "xsd:string")))
        self.assertEqual(
            Plan((value("true", "xsd:string"),)), self.plan(Entry("true"), Held("1", "xsd:string"))
        )

    def test_the_type_is_the_entry_s_or_the_device_s_or_has_to_be_asked_for(self) -> None:
        typed = Entry("y", type="xsd:int")
        self.assertEqual((value("y", "xsd:int"),), self.plan(typed, Held("x", "xsd:string")).values)
        self.assertEqual((value("y", "xsd:string"),), self.plan(Entry("y"), Held("x", "xsd:string")).values)
        self.assertEqual((value("y"),), self.plan(Entry("y"), Held("x")).values)

    def test_a_value_that_was_never_read_is_set(self) -> None:
        self.assertEqual(Plan((value("", "xsd:string"),)), self.plan(Entry(""), Held(None, "xsd:string")))

    def test_of_a_device_of_which_nothing_is_known_all_is_missing(self) -> None:
        self.assertEqual(Plan(missing=(PATH,)), self.plan(Entry("x", "active")))

    def test_a_value_for_the_first_start_is_for_that_alone(self) -> None:
        entry = Entry("x", "passive", bootstrap_only=True)
        held = Held("y", notification=1)
        self.assertEqual(Plan(), self.plan(entry, held))
        self.assertEqual(Plan((value("x"),)), self.plan(entry, held, bootstrap=True))
        for entry in (Entry("x"), Entry("x", bootstrap_only=False)):
            self.assertEqual(Plan((value("x"),)), self.plan(entry, held))

    def test_a_notification_is_not_for_the_first_start_alone(self) -> None:
        entry = Entry("x", "passive", bootstrap_only=True)
        self.assertEqual(Plan((), (attribute(1),)), self.plan(entry, Held("y", notification=0)))

    def test_notifications_are_set_where_they_differ(self) -> None:
        for number, notify in enumerate(("off", "passive", "active")):
            entry = Entry(notify=notify)
            self.assertEqual(Plan(), self.plan(entry, Held(notification=number)))
            for other in {None, 0, 1, 2, 6} - {number}:
                self.assertEqual(Plan((), (attribute(number),)), self.plan(entry, Held(notification=other)))
        self.assertEqual(Plan(), self.plan(Entry("x"), Held("x", notification=2)))

    def test_what_the_device_has_not_is_missing(self) -> None:
        known = {"Device.B": Held("x")}
        for entry in (Entry("x"), Entry(notify="off"), Entry("x", "off")):
            self.assertEqual(Plan(missing=(PATH,)), plan({PATH: entry}, known, False))

    def test_what_is_not_due_is_not_missing(self) -> None:
        known = {"Device.B": Held("x")}
        entry = Entry("x", bootstrap_only=True)
        self.assertEqual(Plan(), plan({PATH: entry}, known, False))
        self.assertEqual(Plan(missing=(PATH,)), plan({PATH: entry}, known, True))

    def test_what_cannot_be_set_is_told_where_it_differs(self) -> None:
        self.assertEqual(Plan(read_only=(PATH,)), self.plan(Entry("x"), Held("y", writable=False)))
        self.assertEqual(Plan(), self.plan(Entry("x"), Held("x", writable=False)))
        self.assertEqual(Plan((value("x"),)), self.plan(Entry("x"), Held("y", writable=True)))
        self.assertEqual(
            Plan((), (attribute(2),), (), (PATH,)), self.plan(Entry("x", "active"), Held("y", writable=False))
        )

    def test_a_secret_is_set_until_it_is_settled(self) -> None:
        for wanted, reported in (("x", ""), ("x", "y"), ("x", None), ("", "")):
            entries, known = {PATH: Entry(wanted, secret=True)}, {PATH: Held(reported)}
            self.assertEqual(Plan((value(wanted),)), plan(entries, known, False))
            self.assertEqual(Plan((value(wanted),)), plan(entries, known, False, {"Device.B"}))
            self.assertEqual(Plan(), plan(entries, known, False, {PATH}))

    def test_a_secret_that_the_device_tells_is_compared(self) -> None:
        self.assertEqual(Plan(), self.plan(Entry("x", secret=True), Held("x")))

    def test_only_secrets_are_settled(self) -> None:
        self.assertEqual(Plan((value("x"),)), plan({PATH: Entry("x")}, {PATH: Held("")}, False, {PATH}))

    def test_the_order_is_that_of_the_entries(self) -> None:
        paths = ["Device.A.2.X", "Device.A.10.X"]
        found = plan(dict.fromkeys(paths, Entry("x", "off")), dict.fromkeys(paths, Held()), False)
        self.assertEqual(paths, [each.Name for each in found.values])
        self.assertEqual(paths, [each.Name for each in found.attributes])

    def test_a_record_of_the_store_is_what_is_known(self) -> None:
        known: Mapping[str, Known] = {PATH: Parameter(PATH, "x", "xsd:string", True, 0)}
        self.assertEqual(
            Plan((value("y", "xsd:string"),), (attribute(1),)),
            plan({PATH: Entry("y", "passive")}, known, False),
        )

    def test_of_a_table_nothing_is_to_be_set(self) -> None:
        self.assertEqual(Plan(), plan({"Device.A.": Entry(others="remove")}, {}, False))

    def test_what_differs_is_all_but_what_nobody_can_see(self) -> None:
        paths = "same", "value", "notify", "lacking", "fixed", "secret"
        entries = dict.fromkeys(paths, Entry("x")) | {
            "notify": Entry(notify="active"),
            "secret": Entry("x", secret=True),
        }
        known = {
            "same": Held("x"), "value": Held("y"), "notify": Held("z", notification=0),
            "fixed": Held("y", writable=False), "secret": Held(""),
        }  # fmt: skip
        self.assertEqual({"value", "notify", "lacking", "fixed"}, differing(entries, known))


class RepeatedPlanTests(SynchronousTestCase):
    """A device that does what it is told has to be told it once."""

    held = st.builds(
        Held,
        st.none() | VALUES,
        TYPES,
        st.sampled_from([None, True, False]),
        st.sampled_from([None, 0, 1, 2]),
    )

    @given(SCOPED, st.dictionaries(NAMES.map("Device.".__add__), held), st.booleans())
    def test_after_it_was_carried_out_nothing_is_left(
        self, documents: list[Scoped], known: dict[str, Held], bootstrap: bool
    ) -> None:
        entries = compose(documents, "Device.").entries
        before = plan(entries, known, bootstrap)
        after, settled = self.carried_out(before, entries, known)
        again = plan(entries, after, bootstrap, settled)
        self.assertEqual(Plan((), (), before.missing, before.read_only), again)

    def carried_out(
        self, done: Plan, entries: Mapping[str, Entry], known: Mapping[str, Held]
    ) -> tuple[dict[str, Held], set[str]]:
        """What is known after the plan; secrets are read back as empty."""
        after = dict(known)
        settled = {each.Name for each in done.values if entries[each.Name].secret}
        for each in done.values:
            shown = "" if each.Name in settled else each.Value
            after[each.Name] = replace(after.get(each.Name, Held()), value=shown, type=each.Type)
        for each in done.attributes:
            after[each.Name] = replace(after.get(each.Name, Held()), notification=each.Notification)
        return after, settled
