"""Makes screenshots small: a palette of their 256 most frequent colours in place of true colour.

What is rarer, the shades at the edges of letters, becomes the nearest of these.  Written for what Chromium
writes: eight bits to a channel, not interlaced (PNG, RFC 2083).  Usage: ``pictures.py FROM TO``.
"""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import pack, unpack

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
"""Bytes to a pixel by the kind of colour: RGB, with alpha or not, which is passed over."""
MOST = 256


def shrunk(picture: bytes) -> bytes:
    """The picture with a palette; raises `ValueError` where it is of another kind."""
    chunks = dict(_joined(picture))
    width, height, depth, colour, _, _, interlaced = unpack(">IIBBBBB", chunks[b"IHDR"])
    if depth != 8 or colour not in _CHANNELS or interlaced:
        raise ValueError("no picture of eight bits to a channel, or one that is interlaced")
    rows = list(_rows(zlib.decompress(chunks[b"IDAT"]), width, _CHANNELS[colour]))
    counts = Counter(pixel for row in rows for pixel in row)
    palette = [pixel for pixel, _ in counts.most_common(MOST)]
    places = {pixel: _nearest(pixel, palette) for pixel in counts}
    data = b"".join(b"\0" + bytes(places[pixel] for pixel in row) for row in rows)
    head = pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(*part) for part in parts)


def _joined(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Chunks by their kind; of several of a kind what they hold together."""
    if not picture.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    found: dict[bytes, bytes] = {}
    place = len(_SIGNATURE)
    while place < len(picture):
        length, kind = unpack(">I4s", picture[place : place + 8])
        found[kind] = found.get(kind, b"") + picture[place + 8 : place + 8 + length]
        place += length + 12
    yield from found.items()


def _rows(data: bytes, width: int, channels: int) -> Iterator[list[bytes]]:
    """The pixels of each row, as three bytes each."""
    length = width * channels
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        row = bytearray(data[start + 1 : start + 1 + length])
        _unfilter(data[start], row, above, channels)
        yield [bytes(row[place : place + 3]) for place in range(0, length, channels)]
        above = row


def _unfilter(how: int, row: bytearray, above: bytearray, channels: int) -> None:
    """Undo a filter (RFC 2083, 6)."""
    for place in range(len(row)):
        left, corner = (row[place - channels], above[place - channels]) if place >= channels else (0, 0)
        upper = above[place]
        guess = (0, left, upper, (left + upper) // 2, _paeth(left, upper, corner))[how]
        row[place] = (row[place] + guess) & 0xFF


def _paeth(left: int, upper: int, corner: int) -> int:
    guess = left + upper - corner
    return min(
        (abs(guess - left), 0, left), (abs(guess - upper), 1, upper), (abs(guess - corner), 2, corner)
    )[2]


def _nearest(pixel: bytes, palette: Sequence[bytes]) -> int:
    return min(
        range(len(palette)),
        key=lambda place: sum((one - other) ** 2 for one, other in zip(pixel, palette[place], strict=True)),
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(shrunk(Path(sys.argv[1]).read_bytes()))
