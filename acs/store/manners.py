"""What many sessions have in common is kept once as a manner, of which each of them has the number.

What a session is like beside its times and its device (`acs.store.listing.listings.MANNER`: how it was
verified, what it was about, which versions, which quirks) most others are like too, and it is more than half
of a row.  What comes often becomes a manner.  A session has its number once that is on disk; until then, and
where there are `MOST` of them, it stands in its own row.  So no device can make them grow, and they need not
be forgotten.
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from acs.store.database import Row, Statement
from acs.store.foundation import Parts
from acs.store.interface import StoreError
from acs.store.listing.listings import MANNER, MANNER_SHAPE
from acs.store.neighbours import Neighbours
from acs.store.records import Session

OFTEN = 16
"""What has come so often becomes a manner."""
MOST = 2048
"""So many there are at most: each takes half a kilobyte of memory, or less."""
LONGEST = 512
"""Characters that all its texts have at most."""
_CANDIDATES = 1024

_MANNERS = "manners"
_ALL = f"SELECT number, {MANNER_SHAPE.columns()} FROM manners ORDER BY number LIMIT ?"
# Another node may have made the same one, which is then ours too.
_ADD = (
    f"INSERT INTO manners (number, {MANNER_SHAPE.columns()})"
    f" SELECT coalesce(max(number), 0) + 1, {MANNER_SHAPE.marks} FROM manners WHERE TRUE"
    f" ON CONFLICT ({MANNER_SHAPE.columns()}) DO UPDATE SET last_rpc = excluded.last_rpc RETURNING number"
)
_manner_of = attrgetter(*MANNER)


class Manners(Neighbours):
    """What the rows of sessions are made of."""

    log = Logger()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._manners: dict[Row, int] = {}
        self._seen: Counter[Row] = Counter()
        self._shared[_MANNERS] = self._read_manners

    def _in_manner(self, session: Session) -> tuple[Any, ...]:
        """The columns of a session that a manner may stand for: its number alone, or NULL and all of them."""
        manner: Row = _manner_of(session)
        number = self._manners.get(manner)
        if number is not None:
            return (number,)
        self._note_manner(manner, session)
        return (None, *MANNER_SHAPE.values(session))

    def _note_manner(self, manner: Row, session: Session) -> None:
        """Count it, and make a manner of it when it has come often."""
        if len(self._manners) >= MOST:
            return
        if len(self._seen) >= _CANDIDATES:
            self._seen.clear()
        self._seen[manner] += 1
        if self._seen[manner] == OFTEN:
            del self._seen[manner]
            values = MANNER_SHAPE.values(session)
            if sum(map(len, values)) <= LONGEST:
                ensureDeferred(self._add_manner(manner, values)).addErrback(
                    lambda failure: self.log.failure("what sessions have in common is not kept", failure)
                )

    async def _add_manner(self, manner: Row, values: list[Any]) -> None:
        try:
            ((number,),) = await self._groups.write(Statement(_ADD, values))
        except StoreError:
            return  # two nodes at once, or the database is away: it will come often again
        self._manners[manner] = number

    async def _read_manners(self) -> None:
        for number, *row in await self._rows(_ALL, MOST):
            manner = MANNER_SHAPE.fields(row)
            self._manners[tuple(manner[name] for name in MANNER)] = number
