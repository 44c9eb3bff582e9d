"""How a list is asked for: a query becomes one SELECT that an index answers.

A query has filters, a sort order and a cursor.

`understand` says what the filters mean; `ask` makes the SELECT of it all.  Where a filter means an `Among`,
its ``probe`` has to be asked before; where all are such and no order is asked for, `ask_along` makes it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import TypeVar

import orjson
from msgspec.structs import replace

from acs.store.database import Row, Statement
from acs.store.interface import BadQuery, Query
from acs.store.records import Page
from acs.store.shapes import storable

T = TypeVar("T")
Sign = Callable[[bytes], bytes]

MAX_LIMIT = 1000
CROWD = 5000
"""Found rows above which they are quicker met on a walk than collected and sorted: where both take equally
long among 100,000 devices."""
_CURSOR_VERSION = 1
_MAC_BYTES = 10


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: by these columns, all the same way; together they are unique.  ``name``: the clause
    of other columns with the same values, so that a cursor of the one order is one of the other."""

    columns: tuple[str, ...]
    descending: bool = False
    name: str = ""

    @property
    def clause(self) -> str:
        """What follows ORDER BY."""
        way = " DESC" if self.descending else ""
        return ", ".join(column + way for column in self.columns)

    def behind(self, values: Sequence[object]) -> Condition:
        """What holds of the rows behind the one that has these values."""
        sign = "<" if self.descending else ">"
        marks = ", ".join("?" * len(self.columns))
        return Condition(f"({', '.join(self.columns)}) {sign} ({marks})", values)


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a WHERE clause; ``order`` is the one to choose where nobody asks for another, since its index
    has it; ``leading`` says the same so that no other index has that order.  ``beside`` is a table that it
    speaks of and the listing's ``source`` does not.  ``aside``: it has no say in the order."""

    sql: str
    parameters: Sequence[object] = ()
    order: Order | None = None
    beside: str = ""
    leading: Condition | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """``column`` is one of ``keys``, a SELECT which may name one of them twice.  ``each`` says the same of a
    column by itself, so that many are found by a walk in the list's order instead of being sorted into it.
    ``along`` makes a condition of so many of them, behind the row with these values, of those that are among
    others too (True: which are many), in ``order``, which an index has: the one to choose where nobody asks
    for another, and nothing else is asked for; the one of the greatest ``weight`` leads."""

    column: str
    keys: Statement
    each: Callable[[str], Condition]
    order: Order
    weight: int
    along: Callable[[int, Sequence[object] | None, Sequence[tuple[Among, bool]]], Condition]

    @property
    def probe(self) -> Statement:
        """Has a row if there are many."""
        sql = f"SELECT 1 FROM ({self.keys.sql}) AS found LIMIT 1 OFFSET ?"
        return Statement(sql, (*self.keys.parameters, CROWD))

    def condition(self, many: bool) -> Condition:
        """The quicker of the two."""
        return self.each(self.column) if many else self.collected(self.column)

    def collected(self, column: str) -> Condition:
        """That column is one of them, which are all collected before."""
        return Condition(f"{column} IN ({self.keys.sql})", self.keys.parameters)


@dataclass(frozen=True, slots=True)
class Either:
    """``walk`` where ``probe`` has a row, else ``quick``, which means the same."""

    probe: Statement
    walk: Condition
    quick: Condition

    def condition(self, many: bool) -> Condition:
        """The one to choose."""
        return self.walk if many else self.quick


Test = Callable[[str, float], Condition]
"""What a filter's value means at the time now; raises ValueError with the reason where it means nothing."""
Meaning = Test | Callable[[str, float], Either | Condition] | Callable[[str, float], Sequence[Among]]
"""The same, or one of two, or several that all have to hold."""


class Kind(StrEnum):
    """What a filter's value has to look like: one line of text; ``true`` or ``false``; an RFC 3339 time; one
    word out of some, or several with commas between; the number of a thing as `acs.store.ids.as_text` writes
    it."""

    TEXT = "text"
    FLAG = "flag"
    TIME = "time"
    WORD = "word"
    WORDS = "words"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Filter:
    """By what a list may be narrowed: what a value means; for those who ask, what it looks like (``longest``:
    so many characters of text; ``choices``: the words) and ``about``, a sentence on what is found."""

    meaning: Meaning
    kind: Kind = Kind.TEXT
    about: str = ""
    longest: int = 64
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, as data: its columns, ``source`` (``FROM ... WHERE ...``), filters and sort orders by name, and
    the order where none is asked for.

    ``device`` is the column with the key of the device that a row belongs to, "" where the list is of no
    devices; ``settled`` holds of all rows when the list is read, and is what indexes are told by.
    """

    name: str
    columns: str
    source: str
    device: str
    filters: Mapping[str, Filter]
    sorts: Mapping[str, tuple[str, ...]]
    default: Order
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that makes sense: the statement for it, whose rows `page` takes."""

    statement: Statement
    limit: int
    order: Order
    place: str
    sign: Sign

    def page(self, rows: Sequence[Row], make: Callable[[Row], T]) -> Page[T]:
        """The page that these rows are, each made a record by ``make``."""
        items = tuple(make(row) for row in rows[: self.limit])
        if len(rows) <= self.limit:
            return Page(items)
        return Page(
            items, write_cursor(self.place, rows[self.limit - 1][-len(self.order.columns) :], self.sign)
        )


def understand(listing: Listing, query: Query, now: float) -> list[Condition | Among | Either]:
    """What the filters of a query mean at the time now; raises `BadQuery`."""
    for name, value in query.filters.items():
        if name not in listing.filters:
            raise BadQuery(name, "there is no such filter")
        if value != storable(value):
            raise BadQuery(name, "is not text")
    found: list[Condition | Among | Either] = []
    for name, each in listing.filters.items():
        if name in query.filters:
            try:
                meant = each.meaning(query.filters[name], now)
            except ValueError as error:
                raise BadQuery(name, str(error)) from None
            found.extend([meant] if isinstance(meant, Condition | Either) else meant)
    return found


def ask(listing: Listing, query: Query, conditions: Sequence[Condition], sign: Sign) -> Asked:
    """The statement for a query whose filters mean these ``conditions``; raises `BadQuery`.

    One row more than wanted is asked for, to know whether there is a next page, and behind the listing's
    columns stand those of the order.  ``sign`` makes cursors ours: what it returns must not be known to
    clients.
    """
    if not 1 <= query.limit <= MAX_LIMIT:
        raise BadQuery("limit", f"must be 1 to {MAX_LIMIT}")
    order = _order(listing, query.sort, conditions)
    place = f"{listing.name} {order.name or order.clause}"
    conditions = [each.leading if each.leading and each.order == order else each for each in conditions]
    if query.cursor is not None:
        conditions = (*conditions, order.behind(read_cursor(query.cursor, place, sign)))
    where = "".join(f" AND {condition.sql}" for condition in conditions)
    columns = f"{listing.columns}, {', '.join(order.columns)}"
    sql = f"SELECT {columns} {_source(listing, conditions)}{where} ORDER BY {order.clause} LIMIT ?"
    parameters = [value for condition in conditions for value in condition.parameters]
    return Asked(Statement(sql, (*parameters, query.limit + 1)), query.limit, order, place, sign)


def count(listing: Listing, conditions: Sequence[Condition]) -> Statement:
    """The statement for how many rows there are of which these hold."""
    where = "".join(f" AND {condition.sql}" for condition in conditions)
    parameters = [value for condition in conditions for value in condition.parameters]
    return Statement(f"SELECT count(*) {_source(listing, conditions)}{where}", parameters)


def _source(listing: Listing, conditions: Sequence[Condition]) -> str:
    tables = "".join(f", {condition.beside}" for condition in conditions if condition.beside)
    return listing.source.replace(" WHERE ", f"{tables} WHERE ", 1)


def ask_along(
    listing: Listing, query: Query, leader: Among, others: Sequence[tuple[Among, bool]], sign: Sign
) -> Asked:
    """The same for a query of which these are all, in the order in which the ``leader`` finds."""
    place = f"{listing.name} {leader.order.clause}"
    behind = None if query.cursor is None else read_cursor(query.cursor, place, sign)
    along = leader.along(query.limit + 1, behind, others)
    return ask(listing, replace(query, cursor=None), [along], sign)


def _order(listing: Listing, sort: str, conditions: Sequence[Condition]) -> Order:
    name = sort.removeprefix("-")
    if name in listing.sorts:
        return Order(listing.sorts[name], sort.startswith("-"))
    if sort:
        raise BadQuery("sort", f"there is none by {name!r}")
    suggested = [condition.order for condition in conditions if not condition.aside]
    return next(iter(suggested), None) or listing.default if all(suggested) else listing.default


def write_cursor(place: str, values: Sequence[object], sign: Sign) -> str:
    """A cursor behind the row with these values, for use in the same list in the same order."""
    content = orjson.dumps([_CURSOR_VERSION, place, list(values)])
    return base64.urlsafe_b64encode(sign(content)[:_MAC_BYTES] + content).rstrip(b"=").decode()


def read_cursor(cursor: str, place: str, sign: Sign) -> list[object]:
    """The values that `write_cursor` wrote; raises `BadQuery`."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadQuery("cursor", "was not given out by this appliance") from None
    mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not compare_digest(mac, sign(content)[:_MAC_BYTES]):
        raise BadQuery("cursor", "was not given out by this appliance")
    version, written_for, values = orjson.loads(content)
    if (version, written_for) != (_CURSOR_VERSION, place):
        raise BadQuery("cursor", "belongs to another list or another order")
    assert isinstance(values, list)
    return values
