"""Tables that line up and fit, and JSON that is whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.tables import (
    NARROWEST,
    SAMPLE,
    WIDEST,
    Column,
    fitted,
    members,
    write_fields,
    write_json_array,
    write_table,
)
from acs.ctl.text import width

COLUMNS = (Column("ID", "id", whole=True), Column("NAME", "name"), Column("NOTE", "note"))


def written(write: Callable[[], object]) -> list[str]:
    """The lines that a call prints."""
    output = io.StringIO()
    with redirect_stdout(output):
        write()
    return output.getvalue().splitlines()


def table(items: Iterable[dict[str, object]], budget: int | None = None) -> list[str]:
    """The lines of a table of these items."""
    return written(lambda: write_table(COLUMNS, items, budget))


class TableTests(SynchronousTestCase):
    def test_columns_line_up_whatever_the_width_of_their_letters(self) -> None:
        lines = table(
            [{"id": "1", "name": "漢字", "note": "x"}, {"id": "22", "name": "long one", "note": "y"}]
        )
        self.assertEqual(["ID  NAME      NOTE", "1   漢字      x", "22  long one  y"], lines)

    def test_an_empty_list_is_a_heading(self) -> None:
        self.assertEqual(["ID  NAME  NOTE"], table([]))

    def test_nothing_is_cut_without_a_budget(self) -> None:
        self.assertIn("n" * 500, table([{"id": "1", "name": "n" * 500}])[1])

    def test_a_long_cell_in_a_file_does_not_push_the_others_away(self) -> None:
        lines = table([{"id": "1", "name": "n" * 500, "note": "a"}, {"id": "2", "name": "x", "note": "b"}])
        self.assertTrue(lines[1].endswith("n  a"))
        self.assertEqual(4 + WIDEST + 2 + 1, len(lines[2]))

    def test_lines_fit_a_terminal(self) -> None:
        lines = table([{"id": "1", "name": "n" * 100, "note": "o" * 100}], budget=60)
        self.assertEqual(60, max(map(width, lines)))
        self.assertIn("…", lines[1])

    def test_a_column_that_must_stay_whole_does_so_on_the_narrowest_terminal(self) -> None:
        lines = table([{"id": "i" * 50, "name": "n" * 100, "note": "x"}], budget=20)
        self.assertEqual(["ID", "i" * 50], lines)

    def test_the_last_columns_are_left_out_where_cutting_is_not_enough(self) -> None:
        lines = table([{"id": "i" * 50, "name": "n" * 100, "note": "o" * 100}], budget=70)
        self.assertEqual("i" * 50 + "  " + "n" * 17 + "…", lines[1])

    def test_rows_after_the_sample_are_written_as_they_come(self) -> None:
        lines = table({"id": str(number)} for number in range(SAMPLE + 10))
        self.assertEqual(SAMPLE + 11, len(lines))

    def test_terminal_commands_in_a_cell_are_shown(self) -> None:
        self.assertIn(r"\x1b[31mred\n", table([{"id": "1", "name": "\x1b[31mred\n"}])[1])

    def test_what_a_column_makes_of_an_item_is_shown_as_harmlessly(self) -> None:
        columns = (Column("BY", lambda item: f"by {item['name']}"),)
        lines = written(lambda: write_table(columns, [{"name": "\x1b[31mred"}], None))
        self.assertEqual(r"by \x1b[31mred", lines[1])

    @given(
        st.lists(st.tuples(st.integers(0, 80), st.booleans()), min_size=1, max_size=8), st.integers(1, 200)
    )
    @settings(max_examples=200, deadline=None)
    def test_columns_fit_or_only_the_first_is_left_and_none_is_cut_to_nothing(
        self, columns: list[tuple[int, bool]], budget: int
    ) -> None:
        wanted, whole = zip(*columns, strict=True)
        widths = fitted(wanted, whole, budget)
        self.assertTrue(sum(widths) + 2 * (len(widths) - 1) <= budget or widths == [wanted[0]])
        for asked, fixed, got in zip(wanted, whole, widths, strict=False):
            self.assertTrue(got == asked if fixed else min(asked, NARROWEST) <= got <= asked)


class FieldTests(SynchronousTestCase):
    def test_members_come_in_the_order_asked_for_then_in_their_own(self) -> None:
        fields = members({"b": 1, "a": 2, "c": None}, ["c", "missing"])
        self.assertEqual(["c  -", "b  1", "a  2"], written(lambda: write_fields(fields)))


class JsonTests(SynchronousTestCase):
    def test_an_array_is_json_whatever_its_length(self) -> None:
        for count in range(3):
            items = [{"n": number} for number in range(count)]
            lines = written(lambda items=items: write_json_array(items))  # type: ignore[misc]
            self.assertEqual(items, json.loads("\n".join(lines)))

    def test_json_is_harmless_to_a_terminal(self) -> None:
        text = "\n".join(written(lambda: write_json_array([{"name": "\x1b[2J\x9b\ud800"}])))
        self.assertTrue(text.replace("\n", "").isprintable() and text.isascii())
