"""Zstandard at its quickest, with a trained dictionary: one that is shipped, or was learnt since.

What is long is packed with another one, if there is one: a text that is not trained, but whole, so that all
of a long message is a few references to it (`acs.store.phrases`).
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from zstandard import (
    ZstdCompressionDict,
    ZstdCompressionParameters,
    ZstdCompressor,
    ZstdDecompressor,
    ZstdError,
    train_dictionary,
)

_LEVEL = 1
SIZE = 65536
"""Bytes of a dictionary that is learnt.  Twice as many bring nothing more, half of them a sixth less for long
conversations."""
LONG_FROM = 40_000
"""From this number on a dictionary is for what is long."""
LONG = 32768
"""So many bytes are long."""
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


class _Packer:
    """Packs with one dictionary."""

    def __init__(self, number: int, dictionary: ZstdCompressionDict | None) -> None:
        self.number = number
        self._prefix = number.to_bytes(2, "big")
        if dictionary is None or number < LONG_FROM:
            if dictionary is not None:
                dictionary.precompute_compress(level=_LEVEL)
            self._compressor = ZstdCompressor(level=_LEVEL, dict_data=dictionary)
        else:
            parameters = _for_long(len(dictionary))
            dictionary.precompute_compress(compression_params=parameters)
            self._compressor = ZstdCompressor(dict_data=dictionary, compression_params=parameters)

    def pack(self, piece: bytes) -> bytes:
        """One: what several need takes 20 us of its own."""
        return self._prefix + self._compressor.compress(piece)

    def pack_all(self, pieces: list[Any]) -> list[bytes]:
        """Each of them."""
        if len(pieces) < 2:
            return list(map(self.pack, pieces))
        together: Any = self._compressor.multi_compress_to_buffer(pieces)
        return [self._prefix + one.tobytes() for one in together]


class Compression:
    """Packs bytes behind two bytes that tell which dictionary opens them: 0 for none, 65535 for not
    compressed.

    ``dictionaries`` are those for what is not long by number; the highest number packs, all of them unpack.
    """

    def __init__(self, dictionaries: Mapping[int, bytes]) -> None:
        self._trained = {number: ZstdCompressionDict(data) for number, data in dictionaries.items()}
        self._packer = _Packer(0, None)
        self._packer_of_long = self._packer
        self._long = sys.maxsize
        self.pack_with(max(self._trained, default=0))
        self._of_thread = _OfThread()

    def learn(self, number: int, dictionary: bytes) -> None:
        """Unpack with one more dictionary."""
        if number not in self._trained:
            self._trained[number] = ZstdCompressionDict(dictionary)

    @property
    def packs(self) -> int:
        """The number of the one that packs what is not long, 0 for none."""
        return self._packer.number

    @property
    def packs_long(self) -> int:
        """The number of the one that packs what is long, 0 where there is none for that."""
        return self._packer_of_long.number if self._long < sys.maxsize else 0

    def dictionary_for(self, long: bool) -> tuple[int, bytes | None]:
        """The one that packs what is long, or what is not, with its number."""
        packer = self._packer_of_long if long and self.packs_long else self._packer
        present = self._trained.get(packer.number)
        return packer.number, None if present is None else present.as_bytes()

    def pack_with(self, number: int) -> None:
        """Pack with this one from now on, which is known; 0 for none.  For the thread that packs."""
        packer = _Packer(number, self._trained.get(number))
        if number >= LONG_FROM:
            self._packer_of_long, self._long = packer, LONG
        else:
            self._packer = packer

    def pack(self, piece: bytes) -> bytes:
        """One that is no conversation in fewer bytes; a too short one as it is.  For one thread only."""
        return UNPACKED + piece if len(piece) < _PLAIN_BELOW else self._packer.pack(piece)

    def pack_all(self, pieces: Sequence[bytes | bytearray]) -> list[bytes]:
        """The same for several, such as conversations, of which long ones have their own dictionary.

        Together they take a third of the time: the compressor lets go of the interpreter's lock and takes it
        again but once, and finds its tables in the processor's cache.
        """
        long = self._long
        usual: list[Any] = [piece for piece in pieces if _PLAIN_BELOW <= len(piece) < long]
        packed = iter(self._packer.pack_all(usual))
        packed_long = iter(self._packer_of_long.pack_all([piece for piece in pieces if len(piece) >= long]))
        return [
            UNPACKED + piece
            if len(piece) < _PLAIN_BELOW
            else next(packed if len(piece) < long else packed_long)
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


def size_of(samples: Iterable[bytes], number: int, dictionary: bytes | None) -> int:
    """How many bytes these take, each packed by itself with the dictionary of that number."""
    packer = _Packer(number, None if dictionary is None else ZstdCompressionDict(dictionary))
    return sum(len(packer.pack(sample)) for sample in samples)


def _for_long(size: int) -> ZstdCompressionParameters:
    """So that all of a text of this size is found behind a long message, by a table that is no larger than
    need be: it is copied for each message."""
    places = min(18, max(13, (size // 8).bit_length()))
    return ZstdCompressionParameters.from_level(_LEVEL, window_log=21, hash_log=places)


def shipped_dictionaries() -> dict[int, bytes]:
    """The trained dictionaries of this release by their number: ``dictionaries/N.zstd-dict``."""
    found = {}
    directory = files("acs.store") / "dictionaries"
    for file in directory.iterdir() if directory.is_dir() else ():
        if match := _NAME.fullmatch(file.name):
            found[int(match[1])] = file.read_bytes()
    return found
