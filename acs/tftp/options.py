"""What comes of the options of a request (RFC 2347): blksize, tsize, timeout, windowsize.

A value that a server may answer with a smaller one is made smaller; one that is out of range, and an option
that nobody knows, are passed over: the transfer is then as it would be without.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from acs.tftp.codec import Options

BLOCK = 512
"""The bytes of a block where nothing else is agreed on (RFC 1350)."""
MOST_BLOCK = 1468
"""The longest that goes through an Ethernet in one piece; what comes in pieces is lost with any of them."""
MOST_WINDOW = 16
"""Blocks to a window at most, so that what is kept of each transfer is little."""

_LEAST_BLOCK = 8
_MOST_SECONDS = 255


class Terms(Struct, frozen=True):
    """How a file is sent: bytes to a block, blocks to a window, seconds until something is repeated (0: as
    this side likes); ``said`` is what the client is told of that, nothing where it is told nothing."""

    block: int = BLOCK
    window: int = 1
    seconds: int = 0
    said: Options = ()


def negotiate(options: Options, size: int | None) -> Terms:
    """What is agreed on with a client that asks for these options.

    :param size: of the file, in bytes; None where it is not known how many will be sent.

    An option that comes twice counts as it came first.  A size of 0 is not told, as there are clients
    (curl) that take it for a mistake.
    """
    known: dict[str, Callable[[int], int | None]] = {
        "blksize": lambda value: min(value, MOST_BLOCK) if value >= _LEAST_BLOCK else None,  # RFC 2348
        "windowsize": lambda value: min(value, MOST_WINDOW) if value >= 1 else None,  # RFC 7440
        "timeout": lambda value: value if 1 <= value <= _MOST_SECONDS else None,  # RFC 2349
        "tsize": lambda value: size or None,  # RFC 2349
    }
    agreed: dict[str, int] = {}
    said: list[tuple[str, str]] = []
    for name, text in options:
        decide = known.pop(name.lower(), None)
        value = _number(text)
        decided = decide(value) if decide is not None and value is not None else None
        if decided is not None:
            agreed[name.lower()] = decided
            said.append((name, str(decided)))
    return Terms(
        agreed.get("blksize", BLOCK), agreed.get("windowsize", 1), agreed.get("timeout", 0), tuple(said)
    )


def _number(text: str) -> int | None:
    """A value as it has to be written, in decimal digits; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None
