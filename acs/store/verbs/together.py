"""The verbs of the store by which several processes on one database get along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from acs.store.records import Node


class Together(Protocol):
    """What nodes know of each other, do for each other, say to each other."""

    @property
    def node(self) -> int:
        """The number of this process among those on the database, 0 to 255."""

    def derive(self, purpose: str) -> bytes:
        """32 bytes for a purpose, which all processes on the database have and nobody else."""

    async def nodes(self) -> Sequence[Node]:
        """All nodes that are registered, by number; none on a database that has one process only."""

    def neighbours(self) -> Sequence[int]:
        """The numbers of the other nodes that were registered a short while ago."""

    def address_of(self, node: int) -> str:
        """Where a node takes requests that others pass on to it; "" where it does not, or is not known."""

    def watch(self, moved: Callable[[str], None], buried: Callable[[], None]) -> None:
        """Have ``moved`` called with the id of each device that has called another node, and ``buried`` where
        the others have taken this process for dead, which must then end."""

    def tell(self, topic: str, words: str) -> None:
        """Say something to the other nodes, of which nothing is kept: who is not there, misses it.

        Raises ValueError where it is longer than some 7000 bytes.
        """

    def listen(self, topic: str, heard: Callable[[str], None]) -> None:
        """Have ``heard`` called with what other nodes say of a topic (a word)."""

    async def beat(self) -> Sequence[int]:
        """Say that this process lives, every few seconds; returns the numbers of nodes that do not any more,
        what they left being this one's to settle (`jobs_left_sent`, `bury`)."""

    async def bury(self, node: int) -> None:
        """Settle what a dead node left, but for its jobs, and forget it."""
