"""What is compared in queries, each with its like: texts, numbers, booleans, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TypeAlias

from acs.store.records import Parameter

Value: TypeAlias = str | float | int | bool | datetime | None

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{0,300})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
_EARLIEST = 1984
"""What is an earlier year is taken for no time: it is some other number."""
_WHOLE = frozenset(f"xsd:{name}" for name in ("int", "unsignedInt", "integer", "long", "unsignedLong"))
_LONGEST_NUMBER = 18


def number(text: str) -> float | int | None:
    """The number that a text writes."""
    if not _NUMBER.fullmatch(text):
        return None
    if len(text) <= _LONGEST_NUMBER and text.lstrip("+-").isdigit():
        return int(text)
    return float(text)


def moment(text: str) -> datetime | None:
    """The time that a text writes, such as ``2017-12-11 13:16:23 +0000``; UTC where it names no zone."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) < _EARLIEST:
        return None
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    micro = int((found[7] or "").ljust(6, "0")[:6])
    zone = (found[8] or "Z").replace("Z", "+0000").replace(":", "")
    try:
        naive = datetime.strptime(zone, "%z").tzinfo
        return datetime(year, month, day, hour, minute, second, micro, naive).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_of(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a time, to the millisecond; None for what is none."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def written(value: Value) -> str | float | int | bool | None:
    """A value as JSON has it: times as text, in UTC with milliseconds."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def value_of(parameter: Parameter, text: str | None) -> Value:
    """The value of a parameter, by its type; the text itself where it is none of that."""
    if text is None:
        return None
    read: Value = None
    if parameter.type == "xsd:boolean":
        read = {"1": True, "true": True, "0": False, "false": False}.get(text.strip())
    elif parameter.type in _WHOLE:
        read = number(text.strip())
    elif parameter.type == "xsd:dateTime":
        read = moment(text.strip())
    return text if read is None else read


def kind_of(value: Value) -> int:
    """Which values are its like; in lists those come in this order (MongoDB's)."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 3
    if isinstance(value, int | float):
        return 1
    return 2 if isinstance(value, str) else 4


def canonical(device_id: str) -> str:
    """A device's id as the appliance writes it: the OUI in upper case, whichever case the device tells it
    in."""
    oui, dash, rest = device_id.partition("-")
    return f"{oui.upper()}{dash}{rest}" if dash else device_id
