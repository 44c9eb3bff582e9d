"""Answers that were given before: for a while, up to a number."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 20_000


class Remembered(Generic[T]):
    """The last answers by what was asked; the oldest go first.  Time is an argument, in seconds."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[float, T]] = {}

    def keep(self, key: Hashable, value: T, now: float) -> None:
        """Remember an answer that was given now."""
        self._kept.pop(key, None)
        self._kept[key] = now, value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def forget(self, key: Hashable) -> None:
        """Remember it no longer."""
        self._kept.pop(key, None)

    def of(self, key: Hashable, now: float, seconds: float) -> tuple[T, float] | None:
        """The last answer with its age, if that is below ``seconds``."""
        kept = self._kept.get(key)
        if kept is None or now - kept[0] >= seconds:
            return None
        return kept[1], now - kept[0]
