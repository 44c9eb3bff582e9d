"""Values come through a statement as they were, whatever is in them and however the server reads texts."""

from __future__ import annotations

import math

import psycopg2
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.store.postgresql.literals import filled
from tests.support import postgres

KINDS = {str: "text", bytes: "bytea", int: "bigint", float: "float8"}
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.text("'\\\"%s?;-$E\n")
values = (
    texts
    | st.binary()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.sampled_from(["\\'; DROP TABLE x; --", "\\", "'", "\\'", "''\\\\'", b"", b"\\'", -0.0, 0, ""])
)


def refused(value: object) -> str:
    raise AssertionError(f"not one of ours: {value!r}")


class LiteralTests(SynchronousTestCase):
    skip = postgres.SKIP or None

    def setUp(self) -> None:
        self.connection = psycopg2.connect(postgres.shared().url("postgres"))
        self.addCleanup(self.connection.close)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()

    def back(self, value: object) -> object:
        sql = filled(f"SELECT CAST(%s AS {KINDS[type(value)]})", (value,), refused)
        self.cursor.execute(sql.encode())
        (found,) = self.cursor.fetchone()
        return bytes(found) if isinstance(found, memoryview) else found

    def assert_kept(self, value: object) -> None:
        for setting in ("on", "off"):
            self.cursor.execute(f"SET standard_conforming_strings = {setting}")
            found = self.back(value)
            if isinstance(value, float) and math.isnan(value):
                self.assertTrue(math.isnan(found))  # type: ignore[arg-type]
            else:
                self.assertEqual(value, found)

    def test_every_value_comes_back_as_it_was(self) -> None:
        @settings(max_examples=300, deadline=None)
        @given(values)
        def examples(value: object) -> None:
            self.assert_kept(value)

        examples()

    def test_none_is_null_and_a_minus_makes_no_comment(self) -> None:
        self.cursor.execute(filled("SELECT %s IS NULL, 1 -%s, 1 -%s", (None, -1, -0.5), refused))
        self.assertEqual((True, 2, 1.5), self.cursor.fetchone())

    def test_what_it_does_not_know_is_left_to_others(self) -> None:
        self.assertEqual("SELECT <(1, 2)>", filled("SELECT %s", ((1, 2),), lambda value: f"<{value}>"))

    def test_a_text_with_nul_would_end_the_statement_and_is_refused(self) -> None:
        self.assertRaises(ValueError, filled, "SELECT %s", ("a\0b",), refused)
