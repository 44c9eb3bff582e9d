"""The verbs of the store about views of lists that people keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class View(Struct, frozen=True):
    """A list as somebody wants to see it again: the ``query`` of its page.  ``owner`` is a principal, as
    ``user:anna``."""

    owner: str
    name: str
    query: str
    changed: float = 0.0


class KnownViews(Protocol):
    """What people have kept (`acs.store.interface.Store`)."""

    async def put_view(self, view: View) -> None:
        """Keep it, instead of the owner's one of that name; on disk when this returns."""

    async def views(self, owner: str) -> Sequence[View]:
        """All of somebody's, by name."""

    async def remove_view(self, owner: str, name: str) -> bool:
        """Forget one; False where there is none."""
