"""Whoever listens is told that a device is here."""

from __future__ import annotations

from acs.session.conversation import Conversation
from acs.store.happenings import Happening, Topic
from acs.store.interface import Store
from acs.store.records import SessionResult


def announce(cpe: Conversation, store: Store, now: float) -> None:
    """Tell that its session has begun, if anybody wants to know."""
    if store.happenings.wanted:
        row = cpe.record.row(SessionResult.OPEN)
        store.happenings.tell(Happening(Topic.SESSION, "opened", cpe.device_id, now, row))
