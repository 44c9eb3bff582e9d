"""Who has changed what: rows that are added, until they are forgotten with time."""

from __future__ import annotations

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.listing.deeds import AUDIT, AUDIT_SHAPE
from acs.store.listing.queries import Query
from acs.store.records import Page
from acs.store.records.audit import Audited

LONGEST_TARGET = 1024
"""Characters of a path that are kept: an index holds them."""

_ADD = f"INSERT INTO audit ({AUDIT_SHAPE.columns()}) VALUES ({AUDIT_SHAPE.marks})"


class Audit(Foundation):
    """The verbs about changes that people have made (`acs.store.verbs.audit.Auditing`)."""

    def add_audited(self, audited: Audited) -> None:
        """Keep it; on disk with the next `committed`, or when the store is closed."""
        self._groups.behind(Statement(_ADD, AUDIT_SHAPE.values(audited)))

    async def audited(self, query: Query) -> Page[Audited]:
        """Changes, the newest first where no order is asked for (`acs.store.listing.deeds.AUDIT`)."""
        asked, rows = await self._ask(AUDIT, query)
        return asked.page(rows, lambda row: Audited(**AUDIT_SHAPE.fields(row)))
