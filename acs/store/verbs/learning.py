"""The verb by which the store learns what its devices say."""

from __future__ import annotations

from typing import Protocol


class Learning(Protocol):
    """A part of `acs.store.interface.Store`."""

    @property
    def has_learnt(self) -> bool:
        """Whether it has learnt anything that is worth keeping, ever."""

    async def learn_dialect(self) -> bool:
        """Train the compression on the newest conversations; whether that was worth keeping.  For some
        seconds a thread is busy."""
