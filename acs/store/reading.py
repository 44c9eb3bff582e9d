"""A value of a parameter that is kept in its history."""

from __future__ import annotations

from msgspec import Struct


class Reading(Struct, frozen=True):
    """A value that a tracked parameter had."""

    name: str
    value: str
    time: float
