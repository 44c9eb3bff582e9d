"""Whether a text is a value of a parameter, by what its data model says."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from acs.cwmp.modeltypes import Span, Syntax

__all__ = ["has_form", "items_of", "objection"]

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}\Z")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_BOUNDS = {
    "int": range(-(2**31), 2**31),
    "unsignedInt": range(2**32),
    "long": range(-(2**63), 2**63),
    "unsignedLong": range(2**64),
}
_BINARY = ("base64Binary", "hexBinary")
_MOST_WORDS = 12
"""How many of the words that are allowed are told."""


def has_form(kind: str, value: str) -> bool:
    """Whether a text is written as a value of this XML Schema type, such as "unsignedInt"; any is, of a type
    that is not known here."""
    if kind in _BOUNDS:
        return _NUMBER.match(value) is not None and int(value) in _BOUNDS[kind]
    form = _FORMS.get(kind)
    return form is None or form(value)


def items_of(syntax: Syntax, value: str) -> list[str]:
    """The items of a list; the value itself where it is none."""
    if not syntax.list:
        return [value]
    return [item.strip() for item in value.split(",") if item.strip()]


def objection(syntax: Syntax, value: str) -> str:
    """Why a text is no value of this syntax, as a clause that does not show it; "" where it is one."""
    if not has_form(syntax.xsd, value):
        return f"has a value that is no {syntax.xsd}"
    if syntax.sizes and not any(_length(syntax, value) in span for span in syntax.sizes):
        unit = "bytes" if syntax.xsd in _BINARY else "characters"
        return f"has a value that is not {_either(syntax.sizes)} {unit} long"
    items = items_of(syntax, value)
    if syntax.enumeration and not set(items) <= set(syntax.enumeration):
        return f"has a value that is none of {_words(syntax.enumeration)}"
    if syntax.ranges and syntax.type in _BOUNDS and not all(_in_ranges(syntax, item) for item in items):
        return f"has a value that is not {_either(syntax.ranges)}"
    return ""


def _is_date_time(value: str) -> bool:
    if not _DATE_TIME.match(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    try:
        binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except ValueError:
        return False
    return True


def _is_hex(value: str) -> bool:
    return re.fullmatch(r"([0-9A-Fa-f]{2})*", value) is not None


_FORMS: Mapping[str, Callable[[str], bool]] = {
    "boolean": lambda value: value in ("0", "1", "false", "true"),
    "dateTime": _is_date_time,
    "base64Binary": _is_base64,
    "hexBinary": _is_hex,
}


def _in_ranges(syntax: Syntax, item: str) -> bool:
    return _NUMBER.match(item) is not None and any(int(item) in span for span in syntax.ranges)


def _length(syntax: Syntax, value: str) -> int:
    if syntax.xsd == "hexBinary":
        return len(value) // 2
    return len(binascii.a2b_base64(value)) if syntax.xsd in _BINARY else len(value)


def _either(spans: Sequence[Span]) -> str:
    return " or ".join(map(_said, spans))


def _said(span: Span) -> str:
    if span.minimum is None:
        return f"at most {span.maximum}"
    if span.maximum is None:
        return f"at least {span.minimum}"
    return f"{span.minimum}" if span.minimum == span.maximum else f"{span.minimum} to {span.maximum}"


def _words(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    return ", ".join(word or '""' for word in words[:_MOST_WORDS]) + more
