"""The verbs of the store about what is done to many devices."""

from __future__ import annotations

from typing import Protocol

from acs.store.listing.queries import Query
from acs.store.records import Page
from acs.store.records.bulks import Bulk, BulkState


class Bulking(Protocol):
    """What was done to many devices at once, and how far that has come."""

    async def add_bulk(self, bulk: Bulk) -> None:
        """Keep a new one; on disk when this returns."""

    async def save_bulk(self, bulk: Bulk) -> BulkState:
        """Keep how far it has come, on disk when this returns; its state then, which is ``STOPPING`` where
        somebody has said so and it still runs."""

    async def stop_bulk(self, number: int) -> bool:
        """Say that it is to stop, to whatever process carries it out; False where it does not run."""

    async def bulk(self, number: int) -> Bulk | None:
        """One of them."""

    async def bulks(self, query: Query) -> Page[Bulk]:
        """All of them.  Sort: -id (default), id."""
