"""Zstandard at its quickest, with a trained dictionary: one that is shipped, or was learnt since."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, ZstdError, train_dictionary

_LEVEL = 1
SIZE = 65536
"""Bytes of a dictionary that is learnt.  Twice as many bring nothing more, half of them a sixth less for long
conversations."""
_PIECE = 16384
_PLAIN = 0xFFFF
UNPACKED = _PLAIN.to_bytes(2, "big")
"""What stands before bytes that are not compressed."""
_PLAIN_BELOW = 100
_NAME = re.compile(r"(\d{1,4})\.zstd-dict")


class Damaged(ValueError):
    """The bytes are not what `Compression.pack_all` made, or need a dictionary that is not there."""


class _OfThread(threading.local):
    """What each thread has for itself."""

    def __init__(self) -> None:
        self.decompressors: dict[int, ZstdDecompressor] = {}


class Compression:
    """Packs bytes behind two bytes that tell which dictionary opens them: 0 for none, 65535 for not
    compressed.

    ``dictionaries`` are trained ones by number; the highest number packs, all of them unpack.

    :ivar packs: the number of the one that packs, 0 for none.
    """

    def __init__(self, dictionaries: Mapping[int, bytes]) -> None:
        self._trained = {number: ZstdCompressionDict(data) for number, data in dictionaries.items()}
        self.pack_with(max(self._trained, default=0))
        self._of_thread = _OfThread()

    def learn(self, number: int, dictionary: bytes) -> None:
        """Unpack with one more dictionary."""
        if number not in self._trained:
            self._trained[number] = ZstdCompressionDict(dictionary)

    @property
    def dictionary(self) -> bytes | None:
        """The one that packs."""
        present = self._trained.get(self.packs)
        return None if present is None else present.as_bytes()

    def pack_with(self, number: int) -> None:
        """Pack with this one from now on, which is known; 0 for none.  For the thread that packs."""
        dictionary = self._trained.get(number)
        if dictionary is not None:
            dictionary.precompute_compress(level=_LEVEL)
        self._compressor = ZstdCompressor(level=_LEVEL, dict_data=dictionary)
        self._prefix = number.to_bytes(2, "big")
        self.packs = number

    def pack_all(self, pieces: Sequence[bytes]) -> list[bytes]:
        """Each of them in fewer bytes; too short ones as they are.  For one thread only.

        Together they take a third of the time: the compressor lets go of the interpreter's lock and takes it
        again but once, and finds its tables in the processor's cache.
        """
        long: list[Any] = [piece for piece in pieces if len(piece) >= _PLAIN_BELOW]
        packed = iter(self._compressed(long))
        return [
            UNPACKED + piece if len(piece) < _PLAIN_BELOW else self._prefix + next(packed) for piece in pieces
        ]

    def _compressed(self, pieces: list[Any]) -> list[bytes]:
        if len(pieces) == 1:  # what several need takes 20 us of its own
            return [self._compressor.compress(pieces[0])]
        together: Any = self._compressor.multi_compress_to_buffer(pieces) if pieces else ()
        return [one.tobytes() for one in together]

    def unpack(self, packed: bytes) -> bytes:
        """What was packed; raises `Damaged`.  For any thread."""
        number = int.from_bytes(packed[:2], "big")
        if number == _PLAIN:
            return packed[2:]
        if number and number not in self._trained:
            raise Damaged(f"dictionary {number} is not here")
        try:
            return self._decompressor(number).decompress(packed[2:])
        except ZstdError as error:
            raise Damaged(str(error)) from error

    def _decompressor(self, number: int) -> ZstdDecompressor:
        """A thread's own, kept: to make one takes longer than to unpack most of what is packed."""
        kept = self._of_thread.decompressors
        if number not in kept:
            kept[number] = ZstdDecompressor(dict_data=self._trained.get(number))
        return kept[number]


def learnt_from(samples: Sequence[bytes]) -> bytes | None:
    """A dictionary for what is like these; None where they do not make one.  Blocks for a second or so."""
    pieces: list[Any] = [
        sample[at : at + _PIECE] for sample in samples for at in range(0, len(sample), _PIECE)
    ]
    try:
        return train_dictionary(SIZE, pieces, level=_LEVEL).as_bytes()
    except ZstdError:  # too few, or nothing that is alike
        return None


def size_of(samples: Iterable[bytes], dictionary: bytes | None) -> int:
    """How many bytes these take, each packed by itself with that."""
    data = None if dictionary is None else ZstdCompressionDict(dictionary)
    compressor = ZstdCompressor(level=_LEVEL, dict_data=data)
    return sum(len(compressor.compress(sample)) for sample in samples)


def shipped_dictionaries() -> dict[int, bytes]:
    """The trained dictionaries of this release by their number: ``dictionaries/N.zstd-dict``."""
    found = {}
    directory = files("acs.store") / "dictionaries"
    for file in directory.iterdir() if directory.is_dir() else ():
        if match := _NAME.fullmatch(file.name):
            found[int(match[1])] = file.read_bytes()
    return found
