"""What devices say alike in long conversations, for the compression to refer to.

A device that is read as a whole says 190 kB, nearly all of it word for word what the others of its model have
said.  What of that was said by several devices is kept as one text; what only one or two have said, as their
keys and addresses, is not in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

MOST = 2**20
"""Bytes of such a text: the models that are heard of most in them, five or so."""
DEVICES = 3
"""What so many have said is common."""
_NEW = 0.2
"""A conversation brings something where so much of it is not there yet."""
_PIECE = re.compile(rb"[^<>]*[<>]")
_SHORTEST = 10
"""So long are pieces on average, at least, in what is worth it."""


def in_common(samples: Mapping[int, bytes]) -> bytes:
    """The text, of a conversation from each of some devices.  Blocks: some milliseconds for each."""
    once: dict[bytes, bytes] = {}  # so that what all say is one object, not thirty: 20 MB less
    pieces = {
        device: [once.setdefault(piece, piece) for piece in _pieces(sample)]
        for device, sample in samples.items()
    }
    told: Counter[bytes] = Counter()
    for some in pieces.values():
        told.update(set(some))
    common = {piece for piece, devices in told.items() if devices >= DEVICES}
    text, there = bytearray(), set[bytes]()
    for some in pieces.values():
        shared = [piece for piece in some if piece in common]
        brings = sum(len(piece) for piece in shared if piece not in there)
        size = sum(map(len, shared))
        if brings > _NEW * size and len(text) + size <= MOST:
            text += b"".join(shared)
            there.update(shared)
    return bytes(text)


def _pieces(sample: bytes) -> Iterable[bytes]:
    """What stands before each bracket; nothing where these are closer than in any device's words."""
    if sample.count(b"<") + sample.count(b">") > len(sample) / _SHORTEST:
        return ()
    return (found[0] for found in _PIECE.finditer(sample))
