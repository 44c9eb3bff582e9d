"""A memo that nobody can fill: bounded by bytes, closed to what is seen only once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")

LIMIT = 16 * 2**20
"""How many bytes of memory a memo may hold."""
NOTED = 4096
"""How many keys that were seen once are remembered, by their hashes."""


class Memo(Generic[V]):
    """What was worked out for a key; the least recently used is forgotten first."""

    def __init__(self, limit: int = LIMIT, noted: int = NOTED) -> None:
        self._limit = limit
        self._noted = noted
        self._kept: OrderedDict[str, tuple[V, int]] = OrderedDict()
        self._bytes = 0
        self._once: OrderedDict[int, None] = OrderedDict()

    def get(self, key: str) -> V | None:
        """What is kept for a key."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def wants(self, key: str) -> bool:
        """Whether a value is to be kept: the key has none, and was asked about before."""
        if key in self._kept:
            return False
        number = hash(key)
        if number in self._once:
            return True
        self._once[number] = None
        if len(self._once) > self._noted:
            self._once.popitem(last=False)
        return False

    def keep(self, key: str, value: V, size: int) -> None:
        """Keep a value that takes so many bytes with its key, and forget others to make room for it."""
        self._once.pop(hash(key), None)
        self._bytes += size - self._kept.pop(key, (value, 0))[1]
        self._kept[key] = value, size
        while self._bytes > self._limit:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed
