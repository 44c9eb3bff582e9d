"""Tests of `acs.simulate.lexical`: which values a parameter takes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.modeltypes import Span, Syntax
from acs.simulate.lexical import WRONG_TYPE, WRONG_VALUE, refusal
from acs.simulate.model import Entry

GOOD = {
    "string": ("", "ä <&>", "x" * 1000),
    "int": ("0", "-5", "+5", "05", "2147483647", "-2147483648"),
    "unsignedInt": ("0", "4294967295"),
    "long": ("-9223372036854775808",),
    "unsignedLong": ("18446744073709551615",),
    "boolean": ("0", "1", "true", "false"),
    "dateTime": (
        "0001-01-01T00:00:00Z",
        "2026-11-30T12:00:00.5+01:00",
        "9999-12-31T23:59:59Z",
        "0001-01-03T03:04:05",
    ),
    "base64Binary": ("", "YQ==", "YW Jj\n"),
    "hexBinary": ("", "0aFF"),
}
BAD = {
    "int": ("", "1.5", "2147483648", "x", " 1", "1\n", "\u0661"),
    "unsignedInt": ("-1", "4294967296", "9" * 30),
    "boolean": ("", "yes", "TRUE", "2"),
    "dateTime": ("", "2026-11-30", "2026-13-01T00:00:00Z", "2026-11-30T12:00Z", "now"),
    "base64Binary": ("YQ", "=", "Y!=="),
    "hexBinary": ("0", "0g", "00\n"),
}


class LexicalTests(SynchronousTestCase):
    def test_values_in_the_form_of_their_type_are_taken(self) -> None:
        for kind, values in GOOD.items():
            for value in values:
                self.assertIsNone(refusal(Entry(type=kind), f"xsd:{kind}", value), (kind, value))

    def test_others_are_wrong_values(self) -> None:
        for kind, values in BAD.items():
            for value in values:
                self.assertEqual(refusal(Entry(type=kind), f"xsd:{kind}", value), WRONG_VALUE, (kind, value))

    def test_another_type_is_a_wrong_type_whatever_the_value(self) -> None:
        self.assertEqual(refusal(Entry(type="unsignedInt"), "xsd:int", "1"), WRONG_TYPE)
        self.assertEqual(refusal(Entry(type="string"), "xsd:boolean", "1"), WRONG_TYPE)

    def test_a_value_without_a_type_is_judged_by_its_form(self) -> None:
        self.assertIsNone(refusal(Entry(type="unsignedInt"), "", "1"))
        self.assertEqual(refusal(Entry(type="unsignedInt"), "", "x"), WRONG_VALUE)


class SyntaxTests(SynchronousTestCase):
    def takes(self, syntax: Syntax, value: str) -> bool:
        return refusal(Entry(type=syntax.xsd, syntax=syntax), "", value) is None

    def test_the_length_is_of_characters_or_bytes(self) -> None:
        three = (Span(0, 3),)
        self.assertTrue(self.takes(Syntax("string", sizes=three), "äöü"))
        self.assertFalse(self.takes(Syntax("string", sizes=three), "abcd"))
        self.assertTrue(self.takes(Syntax("hexBinary", sizes=three), "aabbcc"))
        self.assertFalse(self.takes(Syntax("hexBinary", sizes=three), "aabbccdd"))
        self.assertTrue(self.takes(Syntax("base64", sizes=three), "YWJj"))
        self.assertFalse(self.takes(Syntax("base64", sizes=three), "YWJjZA=="))

    def test_one_of_several_ranges_is_enough(self) -> None:
        syntax = Syntax("int", ranges=(Span(-1, -1), Span(10, None)))
        self.assertEqual(
            [self.takes(syntax, value) for value in ("-1", "0", "10", "99")], [True, False, True, True]
        )

    def test_an_enumeration_is_all_there_is(self) -> None:
        syntax = Syntax("string", enumeration=("Up", "Down"))
        self.assertEqual([self.takes(syntax, value) for value in ("Up", "up", "")], [True, False, False])

    def test_of_a_list_each_item_is_judged(self) -> None:
        words = Syntax("string", list=True, enumeration=("b", "g", "n"))
        self.assertEqual([self.takes(words, value) for value in ("b, g", "b,x", "")], [True, False, True])
        numbers = Syntax("unsignedInt", list=True, ranges=(Span(1, 13),))
        self.assertEqual([self.takes(numbers, value) for value in ("1,13", "0,1", "x")], [True, False, False])
