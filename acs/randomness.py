"""Random bytes from the operating system, many at a time: asking costs more than the bytes do."""

from __future__ import annotations

from collections.abc import Callable

POOL = 4096
"""How many bytes are asked for at once."""


class Pool:
    """Gives each byte of ``source`` (such as `os.urandom`) away once.  For one thread."""

    def __init__(self, source: Callable[[int], bytes], size: int = POOL) -> None:
        self._source = source
        self._size = size
        self._bytes = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """So many random bytes."""
        end = self._at + count
        if end > len(self._bytes):
            self._bytes = self._source(max(self._size, count))
            self._at, end = 0, count
        taken = self._bytes[self._at : end]
        self._at = end
        return taken
