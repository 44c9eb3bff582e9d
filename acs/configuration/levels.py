"""Configuration levels, which tell generations of a configuration apart.

A level is the time of a change in UTC, ``2026-11-23T19:30:00.123456Z``, always to the microsecond: so levels
are in the order of their texts, and fit into a ParameterKey, which has 32 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

__all__ = ["is_level", "level_at", "level_of", "newest"]

_LEVEL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def level_at(seconds: float) -> str:
    """The level of this time, in seconds since 1970.  Raises `ValueError` outside of the years 1 to 9999."""
    try:
        return level_of(_EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        raise ValueError("a time outside of the years 1 to 9999") from None


def level_of(time: datetime) -> str:
    """The level of this time, which has a zone."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def newest(levels: Iterable[str]) -> str:
    """The newest of them; "" where there is none."""
    return max(levels, default="")


def is_level(text: str) -> bool:
    """Whether this is a level, as no other program's ParameterKey should be."""
    if not _LEVEL.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
