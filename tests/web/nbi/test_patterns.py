"""Regular expressions: they find what Python's own find, in time in proportion to the text."""

from __future__ import annotations

import re
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.web.nbi.expressions import DEEPEST, LONGEST
from acs.web.nbi.patterns import pattern, wildcards

ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "A",
        ".",
        r"\d",
        r"\w",
        r"\S",
        r"\.",
        r"\-",
        "[ab]",
        "[^a]",
        "[a-c0-9]",
        r"[\d_]",
        "-",
    ]
)
ENDS = st.sampled_from(["^", "$"])
SIGNS = st.sampled_from(["", "", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{1,3}", "{0}"])


def repeated(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Some of these, each as often as is said behind it."""
    return st.lists(ENDS | st.tuples(atoms, SIGNS).map("".join), max_size=4).map("".join)


def grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Alternatives, as a group."""
    return st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})")


EXPRESSIONS = repeated(st.recursive(ATOMS, lambda inner: grouped(repeated(inner)), max_leaves=6))
TEXTS = st.text(alphabet="abcAB01_-.\n ", max_size=12)


def spend(steps: int) -> None:
    """Costs nothing."""


def found(expression: str, text: str, flags: str = "") -> bool:
    """Whether it matches somewhere."""
    return pattern(expression, spend, flags).found_in(text)


def in_python(expression: str) -> str:
    """The same for Python, whose ``$`` matches before a line's end at the end of the text too."""
    return re.sub(r"(?<!\\)\$", r"\\Z", expression)


class PatternTests(SynchronousTestCase):
    """`acs.web.nbi.patterns` against `re`."""

    @settings(max_examples=200, deadline=None)
    @given(EXPRESSIONS, TEXTS, st.sampled_from(["", "i", "s", "is"]))
    def test_it_finds_what_python_finds(self, expression: str, text: str, flags: str) -> None:
        how = (re.IGNORECASE if "i" in flags else 0) | (re.DOTALL if "s" in flags else 0)
        expected = re.search(in_python(expression), text, how | re.ASCII) is not None
        self.assertEqual(expected, found(expression, text, flags), (expression, text, flags))

    def test_what_programs_ask_for_is_found(self) -> None:
        for expression, text, flags in (
            ("ZTE", "00D09E-ZTE%20F660-1", ""),
            ("^00D09E-", "00D09E-ZTE%20F660-1", ""),
            ("zte.*\\-1$", "00D09E-ZTE%20F660-1", "i"),
            ("(?:ZTE|HUAWEI)", "HUAWEI", ""),
            ("^(20|AC):2B(:[0-9A-F]{2}){4}$", "20:2B:C1:E0:06:65", ""),
            ("", "", ""),
            ("caf\u00e9", "CAF\u00c9", "i"),
        ):
            self.assertTrue(found(expression, text, flags), expression)
        self.assertFalse(found("^2B", "20:2B:C1"))

    def test_what_python_would_never_end_is_answered_at_once(self) -> None:
        for expression in (
            "(a+)+$",
            "(a|aa)+$",
            "(a*)*b",
            "(.*)*x",
            "(a|b|ab)*c",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
        ):
            begun = process_time()
            self.assertFalse(found(expression, "a" * 4000 + "!"), expression)
            self.assertLess(process_time() - begun, 2.0, expression)

    def test_what_it_costs_is_told(self) -> None:
        told: list[int] = []
        expression = pattern("(a|b)*a(a|b){12}c", told.append)
        expression.found_in("ab" * 500)
        dear = sum(told)
        expression.found_in("ab" * 500)
        self.assertGreater(dear, 500)
        self.assertLess(sum(told) - dear, 200)

    def test_what_cannot_be_done_so_is_refused_with_its_reason(self) -> None:
        for expression, reason in (
            (r"(a)\1", r"\\1 is not known"),
            (r"\bword", r"\\b is not known"),
            ("(?=a)", "only \\(\\?:...\\) is known"),
            ("(?P<a>b)", "only"),
            ("(a", "no end"),
            ("a)", "too many"),
            ("[a", "no end"),
            ("[z-a]", "goes from"),
            ("[\\D]", "can be no"),
            ("*a", "nothing that"),
            ("a**", "cannot be repeated"),
            ("a{x}", "braces"),
            ("a{1000}", "more than"),
            ("a{3,1}", "least first"),
            ("a\\", "ends in a backslash"),
            ("(((a{60}){60}){60})", "too large"),
            ("(" * (DEEPEST + 2) + "a" + ")" * (DEEPEST + 2), "in each other"),
            ("a" * (LONGEST + 1), "longer than"),
        ):
            with self.assertRaisesRegex(ValueError, reason, msg=expression):
                pattern(expression, spend)
        with self.assertRaisesRegex(ValueError, "flag 'm'"):
            pattern("a", spend, "im")

    @given(TEXTS, TEXTS)
    def test_a_star_stands_for_anything_and_nothing_else_means_more_than_itself(
        self, one: str, two: str
    ) -> None:
        self.assertTrue(wildcards(f"{one}*{two}", spend).found_in(f"{one}[anything]\n.{two}"))
        self.assertTrue(wildcards("*", spend).found_in(one))
        self.assertFalse(wildcards(f"{one}*", spend).found_in(f"x{one}") and not f"x{one}".startswith(one))

    def test_what_has_no_star_has_to_be_all_of_it(self) -> None:
        self.assertFalse(wildcards("a.c*", spend).found_in("abc"))
        self.assertFalse(wildcards("*bc", spend).found_in("abcd"))
