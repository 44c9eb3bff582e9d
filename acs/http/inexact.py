"""Bodies whose Content-Length is off by a little: some clients count characters, others a line end too many.

Such a body ends where its envelope does.  That is a second reading of the same bytes, which a proxy in front
of us does not share; so it is for clients that have been seen to miscount (`Miscounting`), and for
connections that are theirs alone.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

OFF_BY = 4096
"""By how many bytes a length may be too short: a full tree may have so many umlauts."""
SHORT_BY = 64
"""By how many it may be too long."""
DAY = 86_400.0
MANY = 10_000
"""How many addresses are remembered."""

_OPENING = re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_CLOSING = re.compile(rb"</(?:[\w.-]+:)?Envelope\s*>")
_LAST = re.compile(_CLOSING.pattern + rb"\s*\Z")
_LONGEST = 200
"""Bytes that the closing tag may take."""


def end_of_body(buffer: bytes | bytearray, at: int, length: int) -> int | None:
    """Where a body ends that begins ``at`` and says to be ``length`` bytes long; None where more has to come.

    Exactly there, unless that is within an envelope: then that is waited for; or unless the envelope is whole
    and only a little is missing.
    """
    said, come = at + length, len(buffer)
    if come < said:
        short = 0 < said - come <= SHORT_BY
        return come if short and is_whole(bytes(buffer[at:come])) else None
    body = bytes(buffer[at:said])
    if not miscounted(body):
        return said
    end = _CLOSING.search(buffer, max(at, said - _LONGEST), said + OFF_BY)
    if end is not None:
        return end.end()
    # Characters that were counted for bytes: where all are single bytes, there is no more to come.
    return None if come < said + OFF_BY and not body.isascii() else said


def miscounted(body: bytes) -> bool:
    """Whether a body that cannot be read is an envelope that was cut off."""
    return _OPENING.search(body, 0, 2048) is not None and _CLOSING.search(body[-2 * _LONGEST :]) is None


def is_whole(body: bytes) -> bool:
    """Whether an envelope has come to its end."""
    return _LAST.search(body[-_LONGEST:]) is not None


class Miscounting:
    """The addresses whose clients were seen to miscount, for a day after the last time.

    :param now: the time, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until: OrderedDict[str, float] = OrderedDict()

    def note(self, address: str) -> None:
        """A client there has miscounted."""
        self._until[address] = self._now() + DAY
        self._until.move_to_end(address)
        if len(self._until) > MANY:
            self._until.popitem(last=False)

    def __len__(self) -> int:
        return len(self._until)

    def __contains__(self, address: str) -> bool:
        """Whether that was so within the last day."""
        return self._until.get(address, 0.0) > self._now()
