"""Whoever listens is told that a device is here."""

from __future__ import annotations

from collections.abc import Callable

from acs.store.happenings import Happening, Topic
from acs.store.interface import Store
from acs.store.records import Session, SessionResult


def announce(store: Store, device_id: str, row: Callable[[SessionResult], Session], now: float) -> None:
    """Tell that its session has begun, if anybody wants to know; ``row`` gives that of the session."""
    if store.happenings.wanted:
        opened = row(SessionResult.OPEN)
        store.happenings.tell(Happening(Topic.SESSION, "opened", device_id, now, opened))
