"""Answers a query to a collection that is small enough to be in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from acs.web.nbi.finding import Wanted, in_order
from acs.web.nbi.projections import Projection
from acs.web.nbi.queries import LONGEST, order_of, read_query, sort_key
from acs.web.nbi.values import Value, moment
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param

JSON = Any
MOST = 10_000
"""Items of a collection that are looked at."""

_COUNT = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
_TEXT = {"type": "string", "maxLength": LONGEST}
QUERY = (
    Param("query", _TEXT),
    Param("projection", _TEXT),
    Param("sort", _TEXT),
    Param("limit", _COUNT),
    Param("skip", _COUNT),
)
"""What every collection can be asked with."""


def wanted_of(call: Call) -> tuple[Wanted, Projection]:
    """What a call asks for; raises `BadFilter`."""
    asked: Mapping[str, JSON] = call.query
    test, order = read_query(asked.get("query", "")), order_of(asked.get("sort", ""))
    limit = asked.get("limit") or None
    return Wanted(test, order, asked.get("skip", 0), limit), Projection(asked.get("projection", ""))


class Item:
    """A document, as a query sees it (`acs.web.nbi.queries.Subject`)."""

    def __init__(self, document: Mapping[str, JSON]) -> None:
        self.document = document

    def found(self, name: str) -> Sequence[Value]:
        """The values of a field, of lists those of all their items."""
        at: JSON = self.document
        for part in name.split("."):
            if not isinstance(at, Mapping) or part not in at:
                return ()
            at = at[part]
        values = at if isinstance(at, list) else [at]
        return tuple(_read(name, each) for each in values if not isinstance(each, list | Mapping))


def _read(name: str, value: JSON) -> Value:
    read: Value = moment(value) if name in ("timestamp", "uploadDate", "expiry") and value else value
    return read


def answer_collection(call: Call, documents: Iterable[Mapping[str, JSON]]) -> Answer:
    """What of these is asked for; raises `BadFilter`."""
    wanted, projection = wanted_of(call)
    found = [
        ([sort_key(Item(each).found(name)) for name, _ in wanted.order], each)
        for each in documents
        if wanted.test.holds(Item(each))
    ]
    ordered = in_order(found, wanted.order)
    return answer_list([projection.of(each) for each in wanted.piece(ordered)], len(ordered))


def answer_list(documents: Sequence[JSON], total: int) -> Answer:
    """These documents, of so many."""
    return Answer(200, orjson.dumps(documents), "application/json", {"total": str(total)})


def one_of(documents: Iterable[Mapping[str, JSON]], name: str) -> Mapping[str, JSON]:
    """The document of this ``_id``; raises LookupError."""
    for each in documents:
        if each["_id"] == name:
            return each
    raise LookupError(name)
