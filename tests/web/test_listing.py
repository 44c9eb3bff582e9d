"""The order of lists, and their pieces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.store.interface import BadQuery
from acs.web.serving.calls import Call, read_query
from acs.web.serving.listing import PAGE, natural, piece

NAMES = st.text(st.sampled_from("a.B019 é"), max_size=6)


def call(**query: object) -> Call:
    """A request for a piece of a list."""
    return Call("/list", {}, query={"limit": 100, **query})


class PieceTests(SynchronousTestCase):
    def test_numbers_count_as_numbers(self) -> None:
        names = ["a.10", "a.9", "a.09", "a", "b.1.x", "a.9.b", "1" * 5000]
        self.assertEqual(
            ["1" * 5000, "a", "a.09", "a.9", "a.9.b", "a.10", "b.1.x"], sorted(names, key=natural)
        )

    @settings(max_examples=150, deadline=None)
    @given(st.sets(NAMES.filter(bool)), st.integers(1, 5))
    def test_pieces_make_the_whole_whatever_their_size(self, names: set[str], limit: int) -> None:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = piece(call(limit=limit, cursor=cursor), names, str)
            self.assertLessEqual(len(page.items), limit)
            found += page.items
            cursor = page.next
        self.assertEqual(sorted(names, key=natural), found)

    def test_a_piece_that_is_the_whole_has_no_next(self) -> None:
        self.assertIsNone(piece(call(limit=2), ("a", "b"), str).next)
        self.assertIsNotNone(piece(call(limit=1), ("a", "b"), str).next)

    def test_a_cursor_that_nobody_gave_out_is_refused(self) -> None:
        for cursor in ("a", "_w", "_" * 4096):
            with self.assertRaises(BadQuery):
                piece(call(cursor=cursor), ("a", "b"), str)


class LinkTests(SynchronousTestCase):
    def test_the_next_piece_is_asked_for_with_the_same_filters(self) -> None:
        query, given = read_query("limit=5&cursor=old", PAGE)
        asked = Call("/api/v1/devices/a%252Fb/parameters", {}, query=query, given=given)
        self.assertEqual(
            "/api/v1/devices/a%252Fb/parameters?limit=5&cursor=a%26%22%3E%C3%A9", asked.reference('a&">é')
        )

    def test_what_stands_in_a_path_cannot_end_the_link(self) -> None:
        self.assertEqual("/a%3E%22?cursor=x", Call('/a>"', {}).reference("x"))
