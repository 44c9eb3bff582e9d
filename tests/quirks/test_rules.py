"""Whose a quirk is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.quirks.catalogue import QUIRKS, SHIPPED
from acs.quirks.rules import Rule, Subject, deciding
from acs.quirks.selection import Selection

SPEEDTOUCH = Subject("00147F-SpeedTouch%20780-CP1", "THOMSON", "00147F", "SpeedTouch 780", "6.2.29.2")
OTHER = Subject("001CA8-Air-1", "AirTies", "001CA8", "Air", "1.0")


class RuleTests(SynchronousTestCase):
    def test_a_rule_matches_where_each_of_its_patterns_does(self) -> None:
        for rule, matches in (
            (Rule("x"), True),
            (Rule("x", manufacturer="THOMSON"), True),
            (Rule("x", manufacturer="thomson"), True),
            (Rule("x", manufacturer="THOM"), False),
            (Rule("x", manufacturer="THOM*"), True),
            (Rule("x", product_class="SpeedTouch ?80"), True),
            (Rule("x", product_class="SpeedTouch [67]80"), True),
            (Rule("x", product_class="SpeedTouch [56]80"), False),
            (Rule("x", software_version="6.2.*"), True),
            (Rule("x", manufacturer="THOMSON", software_version="6.1.*"), False),
            (Rule("x", oui="00147f"), True),
            (Rule("x", oui="00147F", device="another"), False),
            (Rule("x", device=SPEEDTOUCH.id), True),
        ):
            self.assertIs(matches, rule.matches(SPEEDTOUCH), rule)

    def test_the_most_particular_rule_decides_then_the_operator_s_then_the_newest(self) -> None:
        in_order = (
            Rule("x", manufacturer="*"),
            Rule("x", manufacturer="*", id=3),
            Rule("x", manufacturer="*", id=4),
            Rule("x", manufacturer="THOMSON", product_class="*"),
            Rule("x", device=SPEEDTOUCH.id, id=1),
        )
        for weaker, stronger in zip(in_order, in_order[1:], strict=False):
            for rules in permutations((weaker, stronger)):
                self.assertEqual({"x": stronger}, deciding(rules, SPEEDTOUCH))

    @given(st.text(max_size=30), st.text(max_size=30))
    def test_any_text_is_a_pattern(self, pattern: str, name: str) -> None:
        Rule("x", manufacturer=pattern).matches(Subject("", name, "", "", ""))

    def test_what_is_shipped_is_known_and_for_somebody(self) -> None:
        for rule in SHIPPED:
            self.assertIn(rule.quirk, QUIRKS)
            self.assertTrue(rule.enabled and rule.manufacturer, rule)
            self.assertEqual((0, ""), (rule.id, rule.device))


class SelectionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.own: Sequence[Rule] = ()
        self.selection = Selection(lambda: self.own)

    def names(self, subject: Subject = SPEEDTOUCH) -> tuple[str, ...]:
        return self.selection.of(subject).names

    def test_shipped_rules_are_in_force(self) -> None:
        self.assertEqual(("no-parameter-key",), self.names())
        self.assertTrue(self.selection.of(SPEEDTOUCH).adapter.forgets_parameter_key)
        self.assertEqual((), self.names(OTHER))

    def test_rules_add_up(self) -> None:
        self.own = (
            Rule("close-connection", oui="00147F", id=1),
            Rule("no-attributes", device=SPEEDTOUCH.id, id=2),
        )
        self.assertEqual(("close-connection", "no-attributes", "no-parameter-key"), self.names())
        adapter = self.selection.of(SPEEDTOUCH).adapter
        self.assertTrue(adapter.close and adapter.forgets_parameter_key and adapter.never)

    def test_an_operator_s_rule_may_say_no(self) -> None:
        self.own = (Rule("no-parameter-key", False, "THOMSON", product_class="*", id=1),)
        self.assertEqual((), self.names())

    def test_a_change_of_the_rules_counts_at_once(self) -> None:
        self.assertEqual((), self.names(OTHER))
        self.own = (Rule("close-connection", manufacturer="AirTies", id=1),)
        self.assertEqual(("close-connection",), self.names(OTHER))
        self.own = ()
        self.assertEqual((), self.names(OTHER))

    def test_a_rule_for_one_device_is_for_that_one(self) -> None:
        self.own = (Rule("close-connection", device=OTHER.id, id=1),)
        self.assertEqual(("close-connection",), self.names(OTHER))
        self.assertEqual((), self.names(Subject("001CA8-Air-2", *OTHER.__class__.__struct_fields__[1:])))

    def test_a_rule_for_a_quirk_that_is_no_more_does_nothing(self) -> None:
        self.own = (Rule("of-old", manufacturer="*", id=1),)
        self.assertEqual((), self.names(OTHER))

    def test_no_fleet_makes_it_remember_more_than_so_much(self) -> None:
        for number in range(10_000):
            self.names(Subject("", "A", "00", "C", str(number)))
        self.assertLessEqual(len(self.selection._known), 4096)
