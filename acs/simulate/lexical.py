"""Whether a value may be given to a parameter.

Its type, its lexical form and what the model allows decide that.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from acs.cwmp.modeltypes import Syntax
from acs.simulate.model import Entry

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}\Z")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_BOUNDS = {
    "int": range(-(2**31), 2**31),
    "unsignedInt": range(2**32),
    "long": range(-(2**63), 2**63),
    "unsignedLong": range(2**64),
}
_BINARY = ("base64Binary", "hexBinary")

WRONG_TYPE = 9006
WRONG_VALUE = 9007


def refusal(entry: Entry, declared: str, value: str) -> int | None:
    """The fault code for a value; None where it may be set.

    ``declared`` is the type that came with it, such as ``xsd:string``, "" where none came.
    """
    if declared and declared.rpartition(":")[2] != entry.type:
        return WRONG_TYPE
    allowed = _has_form(entry.type, value) and (entry.syntax is None or _is_allowed(entry.syntax, value))
    return None if allowed else WRONG_VALUE


def _has_form(kind: str, value: str) -> bool:
    if kind in _BOUNDS:
        return _NUMBER.match(value) is not None and int(value) in _BOUNDS[kind]
    form = _FORMS.get(kind)
    return form is None or form(value)


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


def _is_allowed(syntax: Syntax, value: str) -> bool:
    """Whether one of the sizes, of the ranges, and the enumeration have it; items of a list each."""
    if syntax.sizes and not any(_length(syntax, value) in span for span in syntax.sizes):
        return False
    items = [item.strip() for item in value.split(",") if item.strip()] if syntax.list else [value]
    if syntax.enumeration and not set(items) <= set(syntax.enumeration):
        return False
    numbers = syntax.ranges and syntax.type in _BOUNDS
    return not numbers or all(_NUMBER.match(item) and _in_ranges(syntax, int(item)) for item in items)


def _in_ranges(syntax: Syntax, number: int) -> bool:
    return any(number in span for span in syntax.ranges)


def _length(syntax: Syntax, value: str) -> int:
    if syntax.xsd == "hexBinary":
        return len(value) // 2
    return len(binascii.a2b_base64(value)) if syntax.xsd in _BINARY else len(value)
