"""Lists as comma-separated values (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from io import StringIO

from msgspec.structs import replace

from acs.store.interface import Query
from acs.web.objects.shapes import Shape
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Param
from acs.web.serving.downloads import PiecesBody
from acs.web.serving.routing import Content
from acs.web.serving.schema import JSON

MEDIA_TYPE = "text/csv"
CSV = Content({"type": "string"}, MEDIA_TYPE)
ACCEPT = Param("Accept", {"type": "string"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Page = tuple[Sequence[Mapping[str, JSON]], str | None]
"""Items, and the cursor behind them."""
Ask = Callable[[Query], Awaitable[Page]]


def columns_of(shape: Shape) -> Param:
    """The parameter that chooses the members of an object that become columns."""
    names = "|".join(member.name for member in shape.members)
    schema = {"type": "string", "maxLength": 2048, "pattern": f"^({names})(,({names}))*$"}
    return Param(
        "columns", schema, "As CSV: the members that become columns, with commas between; default: all."
    )


def wants_csv(accept: str) -> bool:
    """Whether a client would rather have CSV than JSON, by its Accept header."""
    given = dict(map(_kind, accept.split(",")))
    wild = max(given.get("application/*", 0.0), given.get("*/*", 0.0))
    return given.get(MEDIA_TYPE, 0.0) > given.get("application/json", wild)


def _kind(part: str) -> tuple[str, float]:
    kind, *parameters = (each.strip().lower() for each in part.split(";"))
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return kind, float(quality)
    except ValueError:
        return kind, 0.0


async def answer_csv(ask: Ask, query: Query, columns: Sequence[str], most: int | None, name: str) -> Answer:
    """All pages of a list from a query on, at most so many items, as a file of that name; raises
    `BadQuery`."""
    first = await ask(_next(query, query.cursor, most))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = PiecesBody(lambda: _pieces(ask, query, columns, most, first))
    return Answer(200, b"", f"{MEDIA_TYPE}; charset=utf-8; header=present", headers, body)


async def _pieces(
    ask: Ask, query: Query, columns: Sequence[str], left: int | None, page: Page
) -> AsyncIterator[bytes]:
    yield _lines([columns])
    while True:
        items, cursor = page
        yield _lines([_cell(item[name]) for name in columns] for item in items)
        left = None if left is None else left - len(items)
        if cursor is None or left == 0:
            return
        page = await ask(_next(query, cursor, left))


def _next(query: Query, cursor: str | None, left: int | None) -> Query:
    return replace(query, limit=query.limit if left is None else min(query.limit, left), cursor=cursor)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: JSON) -> str:
    """A value in one cell.  A device says what it likes: what a spreadsheet would take for a formula has a
    quote before it."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, Mapping):
        return _cell(value.get("value"))
    if isinstance(value, list):
        return _cell(", ".join(map(str, value)))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
