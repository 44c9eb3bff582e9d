"""The areas that a token may be confined to."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Area(StrEnum):
    """What a route is about.  A token's scope is an area, with what may be done there behind a colon: read,
    or write, which has reading in it."""

    DEVICES = "devices"
    JOBS = "jobs"
    SESSIONS = "sessions"
    EVENTS = "events"
    CONFIGURATIONS = "configurations"
    FIRMWARE = "firmware"
    SYSTEM = "system"
    EVERYBODY = "everybody"


SCOPES = tuple(f"{area}:{what}" for area in Area if area is not Area.EVERYBODY for what in ("read", "write"))
"""All that a token may have."""


def within(scopes: Sequence[str], area: Area, method: str) -> bool:
    """Whether somebody with these scopes (none: all) may ask that there."""
    if not scopes or area is Area.EVERYBODY or f"{area}:write" in scopes:
        return True
    return method in ("GET", "HEAD") and f"{area}:read" in scopes
