"""The verbs of the store about who has changed what."""

from __future__ import annotations

from typing import Protocol

from acs.store.listing.queries import Query
from acs.store.records import Page
from acs.store.records.audit import Audited


class Auditing(Protocol):
    """What people and programs have changed (`acs.store.interface.Store`)."""

    def add_audited(self, audited: Audited) -> None:
        """Keep it; on disk with the next `committed`, or when the store is closed."""

    async def audited(self, query: Query) -> Page[Audited]:
        """Filters: who, target (what it begins with), since, until (RFC 3339).  Sort: -id (default), id."""
