"""What the database must not show to who reads its files: compressed, then sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from acs.store.compression import UNPACKED, Compression, Damaged
from acs.store.ids import as_text
from acs.store.interface import StoreError
from acs.store.seal import Seal, SealBroken

_VERSION = b"\1"


class Vault:
    """Puts away bytes and JSON documents.  ``purpose`` and ``number`` say whose they are (see
    `acs.store.seal.Seal`)."""

    def __init__(self, seal: Seal, compression: Compression) -> None:
        self._seal = seal
        self._compression = compression

    def dictionary_for(self, long: bool) -> tuple[int, bytes | None]:
        """What it compresses long things with, or others, and the number of that."""
        return self._compression.dictionary_for(long)

    def learn(self, number: int, dictionary: bytes) -> None:
        """Know one more dictionary of that number."""
        self._compression.learn(number, dictionary)

    def pack_with(self, number: int) -> None:
        """Compress with that one from now on."""
        self._compression.pack_with(number)

    def close(self, data: bytes, purpose: str, number: int) -> bytes:
        """The bytes, compressed and sealed."""
        return self.seal(self._compression.pack(data), purpose, number)

    def close_plain(self, data: bytes, purpose: str, number: int) -> bytes:
        """The bytes, sealed alone: what no dictionary is needed for."""
        return self.seal(UNPACKED + data, purpose, number)

    def close_all(self, pieces: Sequence[tuple[int, bytes | bytearray]], purpose: str) -> list[bytes]:
        """The bytes of each, compressed and sealed, with the number whose they are."""
        packed = self._compression.pack_all([data for _, data in pieces])
        return [self.seal(data, purpose, number) for (number, _), data in zip(pieces, packed, strict=True)]

    def open(self, closed: bytes, purpose: str, number: int) -> bytes:
        """What was put away; raises `SealBroken`."""
        return self.unpack(self.unseal(closed, purpose, number), purpose, number)

    def unseal(self, closed: bytes, purpose: str, number: int) -> bytes:
        """What was put away, still compressed; raises `SealBroken`."""
        if closed[:1] != _VERSION:
            raise SealBroken(purpose, number)
        return self._seal.open(closed[1:], purpose, number)

    def seal(self, packed: bytes, purpose: str, number: int) -> bytes:
        """What `unseal` opened, in this vault or in another, sealed under this one's key."""
        return _VERSION + self._seal.close(packed, purpose, number)

    def unpack(self, packed: bytes, purpose: str, number: int) -> bytes:
        """The bytes that `unseal` left compressed; raises `StoreError` where that is not what they are."""
        try:
            return self._compression.unpack(packed)
        except Damaged as error:
            raise StoreError(f"the {purpose} of {as_text(number)}: {error}") from error

    def close_document(self, document: object, purpose: str, number: int) -> bytes:
        """A JSON value, compressed and sealed; raises `StoreError` where it is not JSON."""
        return self.close(json_bytes(document), purpose, number)

    def open_document(self, closed: bytes, purpose: str, number: int) -> Any:
        """The JSON value that was put away; raises `SealBroken`."""
        return orjson.loads(self.open(closed, purpose, number))

    def derive(self, purpose: str, data: bytes = b"") -> bytes:
        """32 bytes for a purpose, and for data where there is some, that whoever has the key has, and nobody
        else."""
        return self._seal.derive(purpose, data)

    def fingerprint(self, document: object) -> bytes:
        """16 bytes that are the same for equal JSON values, and tell nothing about them without the key."""
        return self._seal.derive("fingerprint", json_bytes(document, orjson.OPT_SORT_KEYS))[:16]

    @property
    def key_fingerprint(self) -> bytes:
        """16 bytes that tell this secret key from others, and nothing about it."""
        return self.fingerprint("secret key")


def json_bytes(document: object, option: int = 0) -> bytes:
    """The JSON form of a value; raises `StoreError` where it has none."""
    try:
        return orjson.dumps(document, default=_plain, option=option)
    except orjson.JSONEncodeError as error:
        raise StoreError(f"cannot be kept as JSON: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
