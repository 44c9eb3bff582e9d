"""Devices by words that something of theirs begins with: one of their facts, or the address they call from.

What a word finds stands in two indexes, in the order of what was found.  That is the order of the list where
words are all that is asked for: the longest one leads, the others are looked for in what it finds, so that a
page costs the same however many devices there are.  In another order, and beside other filters, what is found
is sorted where it is little, met on a walk where it is much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acs.store.database import Statement
from acs.store.facts import fold
from acs.store.listing.lists import Among, Condition, Order
from acs.store.listing.meanings import begins

_MOST = 8
BY_WORD = Order(("f.found", "f.device"))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a word is looked for: in the texts of a table that begin with ``prefix``."""

    table: str
    column: str
    prefix: str

    def of(self, alias: str) -> Condition:
        """The text of the row ``alias`` begins so, which an index finds."""
        return begins(f"{alias}.{self.column}", self.prefix)

    def of_its(self, device: str, more: str = "", parameters: Sequence[object] = ()) -> Condition:
        """A text of the device with that key, in the row ``g``, begins so, and ``more`` holds of it; looked
        up by the device alone."""
        its = begins(f"coalesce(g.{self.column}, '')", self.prefix)
        return Condition(
            _exists(f"{self.table} g", f"g.device = {device} AND {its.sql}{more}"),
            (*its.parameters, *parameters),
        )


def words(value: str, now: float) -> list[Among]:
    """Every word begins the address or one of the facts of the device."""
    found = value.split()
    if not 1 <= len(found) <= _MOST:
        raise ValueError(f"must be one to {_MOST} words")
    return [_word(word) for word in found]


def _word(word: str) -> Among:
    plain = word.lower()
    places = [_Place("facts", "value", form) for form in dict.fromkeys((plain, fold(word)))]
    places.append(_Place("presence", "client_ip", plain))
    among = [(place.table, place.of("a")) for place in places]
    return Among(
        "d.key",
        Statement(
            " UNION ALL ".join(f"SELECT a.device FROM {table} a WHERE {test.sql}" for table, test in among),
            [value for _, test in among for value in test.parameters],
        ),
        lambda device: _any_of_its(places, device),
        BY_WORD,
        len(word),
        lambda limit, behind, others: _in_order(places, limit, behind, others),
    )


def _any_of_its(places: Sequence[_Place], device: str) -> Condition:
    """The device with that key has one of these."""
    each = [place.of_its(device) for place in places]
    return Condition(
        f"({' OR '.join(test.sql for test in each)})", [value for test in each for value in test.parameters]
    )


def _in_order(
    places: Sequence[_Place],
    limit: int,
    behind: Sequence[object] | None,
    others: Sequence[tuple[Among, bool]],
) -> Condition:
    """So many devices, each at the first text of it that begins so, behind a text with its device, of those
    that are among the ``others`` too; True: these are many.

    Each place gives as many as are wanted: the first of them all are among these.
    """
    tests = [other.each("a.device") if many else other.collected("a.device") for other, many in others]
    few = not all(many for _, many in others)
    pieces = [_of_one_place(place, places, limit, behind, tests, few) for place in places]
    united = " UNION ALL ".join(f"SELECT * FROM ({piece.sql}) AS piece" for piece in pieces)
    first = (
        f"SELECT min(found) AS found, device FROM ({united}) AS pieces GROUP BY device ORDER BY 1, 2 LIMIT ?"
    )
    values = [value for piece in pieces for value in piece.parameters]
    return Condition("d.key = f.device", (*values, limit), BY_WORD, beside=f"({first}) AS f")


def _of_one_place(
    place: _Place,
    places: Sequence[_Place],
    limit: int,
    behind: Sequence[object] | None,
    others: Sequence[Condition],
    few: bool,
) -> Statement:
    """What a place finds, in the order of its index; where the others hold of ``few``, by these."""
    text = f"coalesce(a.{place.column}, '')" if few else f"a.{place.column}"
    tests = [begins(text, place.prefix), *others]
    if place.table == "facts":
        earlier = place.of_its("a.device", f" AND g.value < a.{place.column}")
        tests.append(Condition(f"NOT {earlier.sql}", earlier.parameters))
    if behind is not None:
        tests.append(Condition(f"({text}, a.device) > (?, ?)", behind))
        for other in places:
            # Such a device was on a page before.
            passed = other.of_its("a.device", f" AND (g.{other.column}, g.device) <= (?, ?)", behind)
            tests.append(Condition(f"NOT {passed.sql}", passed.parameters))
    where = " AND ".join(test.sql for test in tests)
    sql = (
        f"SELECT DISTINCT {text} AS found, a.device FROM {place.table} a WHERE {where}"
        f" ORDER BY {text}, a.device LIMIT ?"
    )
    return Statement(sql, (*(value for test in tests for value in test.parameters), limit))


def _exists(table: str, condition: str) -> str:
    """Looked up for each row: PostgreSQL makes no join of a SELECT with OFFSET."""
    return f"EXISTS (SELECT 1 FROM {table} WHERE {condition} LIMIT 1 OFFSET 0)"
