"""A long message without its ID, to know it by when it comes again.

The names and the attributes of a device's parameters are those of all devices of its model, in each of their
sessions: two messages of 50 and 80 kB that differ in their IDs alone.
"""

from __future__ import annotations

import re

from msgspec import Struct

SHORTEST = 4096
"""How many characters a message has that is worth it."""
_HEAD = 2048
# The text of an ID that is nothing but a text, and behind it the beginning of such an answer.  Whether it is
# the header's is for who remembers the answer to see.
_BEFORE = re.compile(
    r"[:<]ID(?:\s[^<>]{0,200})?>([A-Za-z0-9._-]{1,64})</(?=.{0,512}?[:<]GetParameter(?:Names|Attributes)Response)",
    re.S,
)


class Cut(Struct, frozen=True):
    """``key`` is the text but for its ID, with the place where that stood: whatever has the same key is the
    same text with another ``id``."""

    key: str
    id: str


def cut(text: str) -> Cut | None:
    """A text that holds no NUL without its ID, where it seems to be such an answer."""
    found = _BEFORE.search(text, 0, _HEAD) if len(text) >= SHORTEST else None
    if found is None:
        return None
    start, end = found.span(1)
    return Cut(f"\0{start}\0{text[:start]}{text[end:]}", found[1])


def with_id(text: str, cut: Cut, other: str) -> str:
    """The text that was cut, with another ID in that place."""
    start = int(cut.key.split("\0", 2)[1])
    return text[:start] + other + text[start + len(cut.id) :]
