"""How much of a file is sent at what time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from acs.web.files.pacing import Bucket, Pieces
from acs.web.files.transfers import Transfer


class Pace(Protocol):
    """Says how much and when, and is told what becomes of it."""

    @property
    def held(self) -> int:
        """Bytes of the next piece, where we hold it in memory until it is gone."""

    @property
    def unheld(self) -> int:
        """Bytes of the next piece, where we do not."""

    def wait(self, count: int) -> float:
        """Seconds until so many bytes may go out."""

    def went(self, count: int, seconds: float) -> None:
        """A piece went out, in so many seconds after it had been written."""

    def moved(self, count: int) -> None:
        """So many bytes went out."""

    def ours(self, ours: bool) -> None:
        """Whether it is us now who take our time, and not the client."""


class Unhurried:
    """As fast as it goes."""

    held = unheld = Pieces.MOST

    def wait(self, count: int) -> float:
        """Never."""
        return 0.0

    def went(self, count: int, seconds: float) -> None:
        """Nobody measures."""

    def moved(self, count: int) -> None:
        """Nobody counts."""

    def ours(self, ours: bool) -> None:
        """Nobody looks."""


class Measured:
    """The pace of a transfer among others, limited by buckets: its own, and everybody's."""

    def __init__(self, transfer: Transfer, transfers: Callable[[], int], buckets: Sequence[Bucket]) -> None:
        self._transfer = transfer
        self._pieces = Pieces(transfers)
        self._buckets = buckets
        self.moved = transfer.moved

    @property
    def held(self) -> int:
        """No more than is good for all."""
        return self._limited(self._pieces.size)

    @property
    def unheld(self) -> int:
        """As much as is worth the way to a thread."""
        return self._limited(Pieces.MOST)

    def _limited(self, size: int) -> int:
        for bucket in self._buckets:
            size = bucket.piece(size)
        return size

    def wait(self, count: int) -> float:
        """Until the last of the buckets lets it through."""
        return max((bucket.take(count) for bucket in self._buckets), default=0.0)

    def went(self, count: int, seconds: float) -> None:
        """Learn of it."""
        self.moved(count)
        self._pieces.went(seconds)

    def ours(self, ours: bool) -> None:
        """The table wants to know."""
        self._transfer.ours = ours
