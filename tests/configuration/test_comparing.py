"""What is the same value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration import comparing
from acs.configuration.comparing import same
from tests.configuration.strategies import TYPES, VALUES


class SameTests(SynchronousTestCase):
    def check(self, type_: str, wanted: bool, *pairs: tuple[str, str]) -> None:
        for one, other in pairs:
            self.assertIs(wanted, same(one, other, type_), (type_, one, other))
            self.assertIs(wanted, same(other, one, type_), (type_, one, other))

    def test_booleans_are_told_by_word_or_digit(self) -> None:
        self.check("xsd:boolean", True, ("1", "true"), ("TRUE", "True"), ("0", "false"), (" 0", "False"))
        self.check("xsd:boolean", False, ("1", "0"), ("true", "false"), ("1", "yes"), ("", "0"), ("2", "1"))

    def test_integers_are_told_by_number(self) -> None:
        for type_ in ("xsd:int", "xsd:unsignedInt", "xsd:long", "xsd:unsignedLong"):
            self.check(type_, True, ("7", "007"), ("+7", " 7 "), ("-0", "0"), ("-07", "-7"))
            self.check(
                type_, False, ("7", "-7"), ("7", "8"), ("", "0"), ("7", "0x7"), ("7", "7e0"), ("٧", "7")
            )
        self.check("xsd:unsignedInt", False, (60_000 * "1", 60_000 * "1" + "1"))

    @given(st.integers(1, 10**40), st.integers(1, 10**40))
    def test_numbers_as_they_are_mostly_written_are_the_same_for_no_type(self, one: int, other: int) -> None:
        for type_, meaning in comparing._MEANINGS.items():
            told = meaning(str(one)) == meaning(str(other))
            self.assertIs(told, same(str(one), str(other), f"xsd:{type_}"))

    def test_decimals_are_told_by_number(self) -> None:
        self.check("xsd:decimal", True, ("1", "1.0"), ("1.50", "01.5"))
        self.check("xsd:decimal", False, ("1", "1.1"), ("1.5", "1,5"))

    def test_times_are_told_by_instant(self) -> None:
        self.check(
            "xsd:dateTime",
            True,
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00.000Z"),
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00+00:00"),
            ("2026-11-23T19:30:00Z", "2026-11-23T21:30:00+02:00"),
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00"),
            ("2026-11-23T19:30:00.5Z", "2026-11-23T19:30:00.500000-00:00"),
        )
        self.check(
            "xsd:dateTime",
            False,
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00.5Z"),
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00+02:00"),
            ("0000-00-00T00:00:00Z", "0000-00-00T00:00:00.0Z"),
            ("2026-11-23T19:30:00Z", "2026-11-23T19:30:00+99:99"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
            ("2026-11-23", "20261123"),
            ("now", "NOW"),
        )

    def test_binaries_are_told_by_what_they_hold(self) -> None:
        self.check("xsd:hexBinary", True, ("aB", "Ab"))
        self.check("xsd:hexBinary", False, ("ab", "ac"))
        for type_ in ("xsd:base64", "xsd:base64Binary"):
            self.check(type_, True, ("YWJj\nZGVm", " YWJjZGVm "))
            self.check(type_, False, ("YWJj", "ywjj"))

    def test_all_else_is_text(self) -> None:
        for type_ in ("xsd:string", "", "xsd:thing"):
            self.check(type_, True, ("", ""), ("a", "a"))
            self.check(type_, False, ("a", "A"), ("1", "true"), ("1", "01"), ("a", "a "))

    def test_the_prefix_of_a_type_is_of_no_account(self) -> None:
        self.check("boolean", True, ("1", "true"))
        self.check("xs:boolean", True, ("1", "true"))

    @given(VALUES, VALUES, VALUES, TYPES)
    def test_to_be_the_same_is_an_equivalence(self, a: str, b: str, c: str, type_: str) -> None:
        self.assertTrue(same(a, a, type_))
        self.assertIs(same(a, b, type_), same(b, a, type_))
        if same(a, b, type_) and same(b, c, type_):
            self.assertTrue(same(a, c, type_))
