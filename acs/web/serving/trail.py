"""Notes who has changed what, or was not allowed to."""

from __future__ import annotations

from collections.abc import Callable

from acs.store.interface import Store
from acs.store.records.audit import Audited
from acs.web.serving.differences import Sides, bounded

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


class Trail:
    """Writes into the store's audit log; ``now`` gives seconds since 1970."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def note(
        self, who: str, address: str, method: str, target: str, status: int, sides: Sides = (None, None)
    ) -> None:
        """Keep that; ``sides`` are what was there before and what is there since."""
        before, after = map(bounded, sides)
        what = who, address, method, target, status, before, after
        self._store.add_audited(Audited(self._store.new_id(), self._now(), *what))
