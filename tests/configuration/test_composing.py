"""Documents laid over each other."""

from __future__ import annotations

from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.composing import SCOPES, Composed, Origin, Origins, Scoped, compose
from acs.configuration.document import Entry
from acs.configuration.levels import level_at
from tests.configuration.strategies import SCOPED

OLD, NEW = level_at(1), level_at(2)
ROOT = "Device."


class ComposingTests(SynchronousTestCase):
    def composed(self, *documents: Scoped) -> Composed:
        """The composition, which is the same in every order of the documents."""
        (found,) = {
            repr(composed): composed
            for order in permutations(documents)
            for composed in [compose(order, ROOT)]
        }.values()
        return found

    def entry(self, *entries: Entry) -> tuple[Entry, Origins]:
        """What becomes of a parameter of which one scope after the other says this."""
        documents = (
            Scoped(scope, "", OLD, {".A": entry}) for scope, entry in zip(SCOPES, entries, strict=False)
        )
        found = self.composed(*documents)
        return found.entries["Device.A"], found.origins["Device.A"]

    def test_nothing_applies(self) -> None:
        self.assertEqual(Composed(), self.composed())

    def test_later_scopes_win(self) -> None:
        documents = [Scoped(scope, "", OLD, {".A": Entry(scope)}) for scope in SCOPES]
        for count, scope in enumerate(SCOPES, 1):
            found = compose(reversed(documents[:count]), ROOT)
            self.assertEqual(Entry(scope), found.entries["Device.A"])
            self.assertEqual(Origins(Origin(scope, "")), found.origins["Device.A"])

    def test_of_one_scope_the_newer_wins_then_the_name(self) -> None:
        for names, levels, winner in (
            (("a", "b"), (NEW, OLD), "a"),
            (("a", "b"), (OLD, NEW), "b"),
            (("a", "b"), (OLD, OLD), "b"),
        ):
            found = self.composed(
                *(Scoped("tag", n, level, {".A": Entry(n)}) for n, level in zip(names, levels, strict=True))
            )
            self.assertEqual(Entry(winner), found.entries["Device.A"])

    def test_a_value_for_unverified_devices_is_not_so_when_another_stands_before_it(self) -> None:
        entry, _ = self.entry(Entry("x", unverified=True), Entry("y"))
        self.assertEqual(Entry("y"), entry)
        entry, _ = self.entry(Entry("x", unverified=True), Entry(notify="active"))
        self.assertEqual(Entry("x", "active", unverified=True), entry)

    def test_one_with_two_roots_gets_what_is_below_either(self) -> None:
        other = "InternetGatewayDevice."
        documents = [
            Scoped("all", "", OLD, {".A": Entry("x"), f"{other}B": Entry("y"), "Device.C": Entry("z")})
        ]
        found = compose(documents, ROOT, (other, ROOT))
        self.assertEqual(["Device.A", "Device.C", f"{other}B"], sorted(found.entries))
        self.assertEqual((f"{other}B",), compose(documents, ROOT).elsewhere)

    def test_what_is_called_as_secrets_are_is_one(self) -> None:
        found = self.composed(Scoped("all", "", OLD, {".A.Password": Entry("x"), ".B.Password": Entry("")}))
        self.assertEqual(Entry("x", secret=True), found.entries["Device.A.Password"])
        self.assertEqual(Entry(""), found.entries["Device.B.Password"])

    def test_the_last_to_say_what_becomes_of_others_is_heard(self) -> None:
        documents = (
            Scoped("all", "", OLD, {".A.": Entry(others="remove")}),
            Scoped("tag", "t", OLD, {".A.": Entry(others="keep")}),
        )
        found = self.composed(*documents)
        self.assertEqual(Entry(others="keep"), found.entries["Device.A."])
        self.assertEqual(Origins(Origin("tag", "t")), found.origins["Device.A."])

    def test_a_scope_that_there_is_not_is_an_error(self) -> None:
        self.assertRaises(ValueError, compose, [Scoped("planet", "", OLD, {})], ROOT)

    def test_a_notification_alone_leaves_the_value(self) -> None:
        self.assertEqual(
            (
                Entry("x", "active", None, True, "", "xsd:string"),
                Origins(Origin("all", ""), Origin("category", "")),
            ),
            self.entry(Entry("x", secret=True, type="xsd:string"), Entry(notify="active")),
        )

    def test_a_value_alone_leaves_the_notification(self) -> None:
        found = self.entry(Entry("x", "active"), Entry("y"))
        self.assertEqual(
            (Entry("y", "active"), Origins(Origin("category", ""), Origin("all", ""))),
            found,
        )

    def test_value_type_and_secrecy_go_together(self) -> None:
        self.assertEqual(Entry("y"), self.entry(Entry("x", secret=True, type="xsd:string"), Entry("y"))[0])

    def test_the_rest_stays_until_something_else_is_said(self) -> None:
        first = Entry("x", bootstrap_only=True, owner="subscriber")
        self.assertEqual(Entry("y", "", True, False, "subscriber"), self.entry(first, Entry("y"))[0])
        self.assertEqual(
            Entry("y", "", False, False, "operator"),
            self.entry(first, Entry("y", bootstrap_only=False, owner="operator"))[0],
        )

    def test_where_the_notification_comes_from_is_told_where_it_is_another_document(self) -> None:
        self.assertEqual(Origins(Origin("all", "")), self.entry(Entry("x", "off"))[1])
        self.assertEqual(Origins(None, Origin("all", "")), self.entry(Entry(notify="off"))[1])
        self.assertEqual(
            Origins(Origin("category", "")), self.entry(Entry(notify="off"), Entry("x", "off"))[1]
        )

    def test_a_relative_path_is_the_same_parameter_as_the_absolute_one(self) -> None:
        found = self.composed(
            Scoped("all", "", OLD, {"Device.A": Entry("1")}), Scoped("device", "", OLD, {".A": Entry("2")})
        )
        self.assertEqual({"Device.A": Entry("2")}, found.entries)

    def test_within_a_document_what_is_said_of_this_root_alone_wins(self) -> None:
        for entries in (
            {".A": Entry("1", "off"), "Device.A": Entry("2")},
            {"Device.A": Entry("2"), ".A": Entry("1", "off")},
        ):
            found = self.composed(Scoped("all", "", OLD, entries))
            self.assertEqual({"Device.A": Entry("2", "off")}, found.entries)

    def test_paths_below_another_root_are_left_out_but_told(self) -> None:
        entries = {
            "InternetGatewayDevice.B": Entry(""),
            "InternetGatewayDevice.A": Entry(""),
            ".C": Entry(""),
        }
        document = Scoped("all", "", OLD, entries)
        found = compose([document], ROOT)
        self.assertEqual(["Device.C"], list(found.entries))
        self.assertEqual(("InternetGatewayDevice.A", "InternetGatewayDevice.B"), found.elsewhere)
        found = compose([document], "InternetGatewayDevice.")
        self.assertEqual(["A", "B", "C"], [path.rpartition(".")[2] for path in found.entries])
        self.assertEqual((), found.elsewhere)

    def test_a_device_that_never_told_its_root_is_wanted_nothing_of(self) -> None:
        entries = {".A": Entry(""), "Device.A": Entry("")}
        self.assertEqual(Composed(level=OLD), compose([Scoped("all", "", OLD, entries)], ""))

    def test_a_name_is_a_path_before_scopes_are_weighed(self) -> None:
        names = {"a.b": ".A", "c.d": "Device.C", "e.f": "InternetGatewayDevice.E"}
        documents = (
            Scoped("all", "", OLD, {"Device.A": Entry("all"), "c.d": Entry("c"), "x.y": Entry("x")}),
            Scoped("vendor", "v", NEW, {"a.b": Entry("vendor"), "e.f": Entry("e"), "g.h": Entry("g")}),
        )
        found = compose(documents, ROOT, names=names)
        self.assertEqual({"Device.A": Entry("vendor"), "Device.C": Entry("c")}, found.entries)
        self.assertEqual(Origin("vendor", "v"), found.origins["Device.A"].value)
        self.assertEqual(("g.h", "x.y"), found.unmapped)
        self.assertEqual(("InternetGatewayDevice.E",), found.elsewhere)

    def test_in_one_document_the_less_general_way_to_write_a_path_wins(self) -> None:
        names = {"a.b": ".A"}
        entries = {"Device.A": Entry("3"), "a.b": Entry("1", owner="operator"), ".A": Entry("2", "off")}
        for count, value in ((1, "1"), (2, "2"), (3, "3")):
            said = {path: entries[path] for path in ("a.b", ".A", "Device.A")[:count]}
            for ordered in permutations(said):
                document = Scoped("all", "", OLD, {path: said[path] for path in ordered})
                (entry,) = compose([document], ROOT, names=names).entries.values()
                self.assertEqual((value, "operator"), (entry.value, entry.owner))

    def test_paths_are_in_natural_order(self) -> None:
        paths = [f".A.{number}.X" for number in (10, 9, 1)]
        found = self.composed(Scoped("all", "", OLD, dict.fromkeys(paths, Entry(""))))
        self.assertEqual(["Device.A.1.X", "Device.A.9.X", "Device.A.10.X"], list(found.entries))
        self.assertEqual(list(found.entries), list(found.origins))

    def test_the_level_is_that_of_the_newest_document_though_it_says_nothing(self) -> None:
        documents = Scoped("all", "", NEW, {}), Scoped("device", "", OLD, {".A": Entry("")})
        self.assertEqual(NEW, self.composed(*documents).level)

    @given(SCOPED, st.randoms(use_true_random=False))
    def test_the_order_in_which_documents_come_is_of_no_account(
        self, documents: list[Scoped], chance: Random
    ) -> None:
        shuffled = list(documents)
        chance.shuffle(shuffled)
        one, other = compose(documents, ROOT), compose(shuffled, ROOT)
        self.assertEqual(one, other)
        self.assertEqual(list(one.entries), list(other.entries))
        self.assertTrue(all(path.startswith(ROOT) for path in one.entries))
