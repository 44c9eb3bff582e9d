"""What a Range header asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

MOST = 16
"""Ranges that are served at once; who asks for more gets the whole file, as RFC 9110, 14.2 lets us."""

_UNIT = re.compile(r"bytes[ \t]*=", re.IGNORECASE)
_ONE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")


class Span(NamedTuple):
    """Bytes of a file, from ``start`` to before ``stop``."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.stop - self.start


class Unsatisfiable(Exception):
    """No byte of the file is in any of the ranges."""


def spans_of(header: str, size: int) -> list[Span] | None:
    """The bytes that are asked for, in that order; None where the header is to be ignored.

    That is nonsense, another unit, and what would cost more than the whole file.  Raises `Unsatisfiable`.
    """
    unit = _UNIT.match(header)
    if unit is None:
        return None
    found: list[Span] = []
    wanted = [each for each in (piece.strip(" \t") for piece in header[unit.end() :].split(",")) if each]
    for piece in wanted:
        given = _ONE.fullmatch(piece)
        if given is None or not (given[1] or given[2]):
            return None
        if given[1] and given[2] and int(given[1]) > int(given[2]):
            return None
        span = _span(given[1], given[2], size)
        if span.length > 0:
            found.append(span)
    if not wanted or len(found) > MOST or (len(found) > 1 and sum(each.length for each in found) > size):
        return None
    if not found:
        raise Unsatisfiable
    return found


def _span(first: str, last: str, size: int) -> Span:
    if not first:
        return Span(max(0, size - int(last)), size)
    return Span(int(first), min(int(last) + 1, size) if last else size)
