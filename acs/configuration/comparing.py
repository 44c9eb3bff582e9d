"""Whether two texts are the same value, which their type decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

__all__ = ["same"]

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_NUMBERS = (
    ("int", "unsignedInt", "long", "unsignedLong", "short", "unsignedShort", "byte", "unsignedByte")
    + ("integer", "decimal")
)  # fmt: skip
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}

Meaning = Callable[[str], Hashable]
"""What a text means, to be held against what another means; the text itself where it means nothing."""


def same(value: str, other: str, type: str) -> bool:
    """Whether both mean the same as values of this type, such as ``xsd:boolean``; "" is as text."""
    if value == other:
        return True
    if _is_canonical(value) and _is_canonical(other):
        # Whatever their type is.  A full session asks this of each of a score of counters.
        return False
    meaning = _MEANINGS.get(type.rpartition(":")[2])
    return meaning is not None and meaning(value) == meaning(other)


def _is_canonical(text: str) -> bool:
    """Whether it is a number above 0 as it is mostly written, which means the same as no other such text."""
    return text.isdigit() and text.isascii() and text[0] != "0"


def _boolean(text: str) -> Hashable:
    return _BOOLEANS.get(text.strip().lower(), text)


def _number(text: str) -> Hashable:
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else text


def _instant(text: str) -> Hashable:
    """A time without a zone is one in UTC (TR-106 3.2)."""
    stripped = text.strip()
    if not _DATE_TIME.fullmatch(stripped):
        return text
    try:
        time = datetime.fromisoformat(stripped)
    except ValueError:
        return text
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _hexadecimal(text: str) -> Hashable:
    return text.strip().lower()


def _base64(text: str) -> Hashable:
    return "".join(text.split())


_MEANINGS: Mapping[str, Meaning] = {
    "boolean": _boolean,
    **dict.fromkeys(_NUMBERS, _number),
    "dateTime": _instant,
    "hexBinary": _hexadecimal,
    "base64": _base64,
    "base64Binary": _base64,
}
