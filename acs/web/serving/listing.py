"""Lists, given in pieces where they are long, each with the link to the next."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeVar

from acs.store.interface import BadQuery, Query
from acs.store.listing.lists import Filter, Kind, Listing
from acs.store.records import Page
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Call, Param
from acs.web.serving.routing import Content
from acs.web.serving.schema import FLAG, JSON, TIME, Schema, line

T = TypeVar("T")

PAGE = (
    Param(
        "limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "How many items at most."
    ),
    Param(
        "cursor",
        {"type": "string", "maxLength": 4096, "pattern": "^[A-Za-z0-9_-]*$"},
        "The `next` of the piece before; empty: from the beginning.",
    ),
)
"""The parameters of every list."""
_NUMBER = re.compile(r"([0-9]{1,18})")
_NO_FILTERS = frozenset({"limit", "cursor", "sort", "secrets", "columns"})


def params_of(listing: Listing) -> tuple[Param, ...]:
    """The parameters of a list of the store: its filters, its orders, and those of every list."""
    signs = ("-", "") if listing.default.descending else ("", "-")
    orders: Schema = {"type": "string", "enum": [sign + name for name in listing.sorts for sign in signs]}
    newest = "`-id`: the newest first, which is the default."
    about = newest if listing.default.descending else "A member to sort by; with `-` before it, backwards."
    filters = (Param(name, _looks(each), each.about) for name, each in listing.filters.items())
    return (*filters, Param("sort", orders, about), *PAGE)


def params_of_device(listing: Listing) -> tuple[Param, ...]:
    """The same for a list of what belongs to the device in the path, which is no filter of it."""
    return tuple(param for param in params_of(listing) if param.name != "device")


def _looks(by: Filter) -> Schema:
    """The schema of a filter's value."""
    match by.kind:
        case Kind.FLAG:
            return FLAG
        case Kind.TIME:
            return TIME
        case Kind.ID:
            return {"type": "string", "pattern": "^[0-7][0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{12}$"}
        case Kind.WORD:
            return {"type": "string", "enum": list(by.choices)}
        case Kind.WORDS:
            one = f"({'|'.join(by.choices)})"
            return {"type": "string", "maxLength": by.longest, "pattern": f"^{one}(,{one})*$"}
        case _:
            return line(by.longest)


def list_of(item: Schema) -> Content:
    """What a list carries."""
    properties = {
        "items": {"type": "array", "items": item},
        "next": {"type": ["string", "null"], "description": "The cursor of the next piece; null at the end."},
    }
    return Content({"type": "object", "properties": properties, "required": ["items", "next"]})


def query_of(call: Call, **filters: str) -> Query:
    """What the store is asked: the filters of the call, with those given here in their place, among the
    devices that are there for who asks."""
    asked = {name: _text(value) for name, value in call.query.items() if name not in _NO_FILTERS}
    return Query(
        filters=asked | filters,
        sort=call.query.get("sort", ""),
        limit=call.query["limit"],
        cursor=call.query.get("cursor") or None,
        only=call.principal.only,
    )


def _text(value: JSON) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def answer_list(call: Call, items: Sequence[JSON], following: str | None) -> Answer:
    """A piece of a list, with the way to the next (RFC 8288)."""
    answer = of_json({"items": items, "next": following})
    if following is None:
        return answer
    return replace(answer, headers={"Link": f'<{call.reference(following)}>; rel="next"'})


def piece(call: Call, items: Iterable[T], name: Callable[[T], str]) -> Page[T]:
    """The piece that is asked for of a list that is there as a whole, in the natural order of its items'
    unique names; raises `BadQuery`."""
    ordered = sorted(((natural(name(item)), item) for item in items), key=itemgetter(0))
    if cursor := call.query.get("cursor"):
        ordered = ordered[bisect_right(ordered, natural(_named_by(cursor)), key=itemgetter(0)) :]
    limit = call.query["limit"]
    found = tuple(item for _, item in ordered[:limit])
    return Page(found, _cursor_behind(name(found[-1])) if len(ordered) > limit else None)


def _cursor_behind(name: str) -> str:
    # Letters and digits only: a name written out in percent-escapes could be too long for a request line.
    return urlsafe_b64encode(name.encode()).rstrip(b"=").decode()


def _named_by(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise BadQuery("cursor", "was not given out by this appliance") from None


def natural(name: str) -> tuple[list[str | int], str]:
    """A key by which ``Host.2`` comes before ``Host.10``."""
    parts: list[str | int] = [*_NUMBER.split(name)]
    parts[1::2] = map(int, parts[1::2])
    return parts, name
