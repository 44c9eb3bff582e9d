"""What the values mean by which lists are narrowed, for each kind of column."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from acs.store import ids
from acs.store.database import Statement
from acs.store.listing.lists import CROWD, Condition, Either, Meaning, Order, Test

# Numbers of sessions follow the clock to this many seconds, or are ahead of it where the clock went back.
_ID_SLACK = 600.0
_LAST = "\U0010ffff"


def equals(column: str, order: Order | None = None) -> Test:
    """The column has the value."""
    return lambda value, now: Condition(f"{column} = ?", (value,), order)


def is_equal(column: str, value: object, key: str) -> Condition:
    """The column has the value; an index has it with the key, and so these rows in the key's order.

    PostgreSQL would rather walk in the order of another index that has the key alone, and where those rows
    are the last, that is a walk through all others: it is not told that they have but one value.
    """
    leading = Condition(f"{column} >= ? AND {column} <= ?", (value, value))
    return Condition(f"{column} = ?", (value,), Order((column, key)), leading=leading)


def equals_by(column: str, key: str) -> Test:
    """The column has the value; see `is_equal`."""
    return lambda value, now: is_equal(column, value, key)


def true_or_false(column: str) -> Test:
    """The column is 1 for ``true``, 0 for ``false``."""
    return lambda value, now: Condition(f"{column} = ?", (flag(value),))


def true_or_not(condition: str) -> Test:
    """The condition holds for ``true``, and does not for ``false``."""
    return lambda value, now: Condition(condition if flag(value) else f"NOT ({condition})")


def one_of(column: str, choices: type[StrEnum], rare: frozenset[str] = frozenset(), key: str = "") -> Test:
    """The column has one of the values, separated by commas; of ``rare`` ones there are few rows.  ``key`` as
    for `is_equal`."""

    def condition(value: str, now: float) -> Condition:
        wanted = sorted({choices(word).value for word in value.split(",")})
        if len(wanted) == 1 and key:
            return is_equal(column, wanted[0], key)
        if len(wanted) == 1:
            return Condition(f"{column} = ?", wanted)
        # Several common values are most of the table: walk it in the list's order, and keep the index out of
        # it, which would have to sort them all.
        tested = column if rare.issuperset(wanted) else f"coalesce({column}, '')"
        return Condition(f"{tested} IN ({', '.join('?' * len(wanted))})", wanted)

    return condition


def of_device(column: str) -> Test:
    """The column is the key of the device of this id."""
    return lambda value, now: Condition(f"{column} = (SELECT key FROM devices WHERE id = ?)", (value,))


def moment(value: str) -> float:
    """An RFC 3339 time, as seconds since 1970; raises ValueError."""
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be an RFC 3339 time, such as 2026-11-23T19:30:00Z") from None
    if when.tzinfo is None:
        raise ValueError("lacks its time zone, such as Z")
    return when.timestamp()


def since(column: str, key: str) -> Test:
    """The column's time is that one or later, which the key tells too."""

    def condition(value: str, now: float) -> Condition:
        when = moment(value)
        return Condition(f"({column} >= ? AND {key} >= ?)", (when, ids.first_of(when - _ID_SLACK)))

    return condition


def until(column: str, key: str) -> Test:
    """The column's time is that one or earlier."""

    def condition(value: str, now: float) -> Condition:
        when = moment(value)
        if when < ids.EPOCH:
            return Condition(f"{column} <= ?", (when,))
        return Condition(f"({column} <= ? AND {key} < ?)", (when, ids.first_of(when + _ID_SLACK)))

    return condition


def flag(value: str) -> int:
    """1 for ``true``, 0 for ``false``; raises ValueError."""
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return int(value == "true")


def begins(column: str, prefix: str) -> Condition:
    """The column begins with this, which an index finds."""
    return Condition(f"{column} >= ? AND {column} < ?", (prefix, prefix + _LAST))


def begins_somewhere(table: str, column: str, alias: str) -> Meaning:
    """The column begins with the value, in rows that are listed by their id: few are found by the column's
    index and sorted, many are met on a walk."""

    def meaning(value: str, now: float) -> Either:
        found = begins(column, value)
        few = f"{alias}.id IN (SELECT id FROM {table} WHERE {found.sql})"
        many = Condition(f"substr({alias}.{column}, 1, ?) = ?", (len(value), value))
        probe = f"SELECT 1 FROM {table} WHERE {found.sql} LIMIT 1 OFFSET ?"
        return Either(Statement(probe, (*found.parameters, CROWD)), many, Condition(few, found.parameters))

    return meaning
