"""Tests of `acs.cwmp.lexical`: why a text is no value (which are, `tests.simulate.test_lexical` has)."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.lexical import objection
from acs.cwmp.modeltypes import Span, Syntax

WORDS = tuple("abcdefghijklmnop")
CASES: tuple[tuple[Syntax, str, str], ...] = (
    (Syntax("unsignedInt"), "a secret", "has a value that is no unsignedInt"),
    (Syntax("base64"), "a", "has a value that is no base64Binary"),
    (Syntax(sizes=(Span(None, 3),)), "abcd", "has a value that is not at most 3 characters long"),
    (Syntax(sizes=(Span(0, 0), Span(8, 63))), "ab", "has a value that is not 0 or 8 to 63 characters long"),
    (Syntax("hexBinary", sizes=(Span(5, 5),)), "ab", "has a value that is not 5 bytes long"),
    (Syntax("int", ranges=(Span(-1, None),)), "-2", "has a value that is not at least -1"),
    (Syntax(enumeration=("", "Up")), "up", 'has a value that is none of "", Up'),
    (Syntax(enumeration=WORDS), "z", f"has a value that is none of {', '.join(WORDS[:12])} and 4 more"),
)


class ObjectionTests(SynchronousTestCase):
    def test_it_is_said_what_would_be_right_and_never_what_was_given(self) -> None:
        for syntax, value, reason in CASES:
            self.assertEqual(reason, objection(syntax, value))

    def test_nothing_is_said_of_what_is_right(self) -> None:
        for syntax, value in ((Syntax(), "x"), (Syntax("int", ranges=(Span(1, 2), Span(7, 7))), "7")):
            self.assertEqual("", objection(syntax, value))
