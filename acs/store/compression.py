"""Zstandard at its quickest, with the newest trained dictionary that is shipped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, ZstdError

_LEVEL = 1
_PLAIN = 0xFFFF
_UNPACKED = _PLAIN.to_bytes(2, "big")
_PLAIN_BELOW = 100
_NAME = re.compile(r"(\d{1,4})\.zstd-dict")


class Damaged(ValueError):
    """The bytes are not what `Compression.pack_all` made, or need a dictionary that is not there."""


class Compression:
    """Packs bytes behind two bytes that tell which dictionary opens them: 0 for none, 65535 for not
    compressed.

    ``dictionaries`` are trained ones by number, and all of them unpack; ``packing`` is the number of the one
    that packs: 0 for none, the highest where none is said.
    """

    def __init__(self, dictionaries: Mapping[int, bytes], packing: int | None = None) -> None:
        self._trained = {number: ZstdCompressionDict(data) for number, data in dictionaries.items()}
        number = max(self._trained, default=0) if packing is None else packing
        if number:
            self._trained[number].precompute_compress(level=_LEVEL)
        self._compressor = ZstdCompressor(level=_LEVEL, dict_data=self._trained.get(number))
        self._prefix = number.to_bytes(2, "big")

    def pack_all(self, pieces: Sequence[bytes]) -> list[bytes]:
        """Each of them in fewer bytes; too short ones as they are.  For one thread only.

        Together they take a third of the time: the compressor lets go of the interpreter's lock and takes it
        again but once, and finds its tables in the processor's cache.
        """
        long: list[Any] = [piece for piece in pieces if len(piece) >= _PLAIN_BELOW]
        packed = iter(self._compressor.multi_compress_to_buffer(long) if long else ())
        return [
            _UNPACKED + piece if len(piece) < _PLAIN_BELOW else self._prefix + next(packed).tobytes()
            for piece in pieces
        ]

    def unpack(self, packed: bytes) -> bytes:
        """What was packed; raises `Damaged`.  For any thread."""
        number = int.from_bytes(packed[:2], "big")
        if number == _PLAIN:
            return packed[2:]
        if number and number not in self._trained:
            raise Damaged(f"dictionary {number} is not here")
        try:
            return ZstdDecompressor(dict_data=self._trained.get(number)).decompress(packed[2:])
        except ZstdError as error:
            raise Damaged(str(error)) from error


def shipped_dictionaries() -> dict[int, bytes]:
    """The trained dictionaries of this release by their number: ``dictionaries/N.zstd-dict``."""
    found = {}
    directory = files("acs.store") / "dictionaries"
    for file in directory.iterdir() if directory.is_dir() else ():
        if match := _NAME.fullmatch(file.name):
            found[int(match[1])] = file.read_bytes()
    return found
