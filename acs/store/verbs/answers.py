"""The verbs of the store about answers that may be asked for again."""

from __future__ import annotations

from typing import Protocol

from acs.store.records.answers import Answered


class Answering(Protocol):
    """What was answered to requests that had a key (`acs.store.interface.Store`)."""

    async def claim_answer(self, claim: Answered, most: int) -> Answered | None:
        """Take a key for a request that is to be answered now; the one of the last day that has it already,
        None where it was free.  On disk when this returns.

        Raises `TooManyKeys` where the same asker has ``most`` of them.
        """

    async def keep_answer(self, number: int, status: int, answer: bytes) -> None:
        """Keep what was answered, on disk when this returns."""

    def forget_answer(self, number: int) -> None:
        """Let the key go: nothing was done."""
