"""What rows come to, whatever their order.

That is how many they are, and a digest of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct, msgpack

from acs.store.database import Row

_BYTES = 32
_ALL = (1 << 8 * _BYTES) - 1


class Total(Struct, frozen=True, array_like=True):
    """What a `Tally` has come to; ``digest`` has 32 bytes."""

    rows: int
    digest: bytes


class Tally:
    """Counts rows, and adds up their BLAKE2b-256 digests modulo 2**256."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0
        self._encoder = msgpack.Encoder()

    def add(self, rows: Iterable[Row]) -> None:
        """Count these too."""
        for row in rows:
            digest = blake2b(self._encoder.encode(row), digest_size=_BYTES).digest()
            self._sum = self._sum + int.from_bytes(digest, "big") & _ALL
            self._rows += 1

    @property
    def total(self) -> Total:
        """What it has come to."""
        return Total(self._rows, self._sum.to_bytes(_BYTES, "big"))
