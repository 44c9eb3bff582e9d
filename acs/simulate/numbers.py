"""Numbers as they may stand on a command line, refused as `argparse` wants it."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentTypeError

LEAST, MOST = sys.float_info.min, sys.float_info.max
"""The ends of what is above 0, infinity left out."""


def whole(given: str) -> int:
    """A whole number from 1 on."""
    if not given.isdecimal() or not given.isascii() or not int(given):
        raise ArgumentTypeError(f"{given!r} is not a whole number from 1")
    return int(given)


def number(given: str, least: float, most: float, what: str) -> float:
    """A number between these two; ``what`` is what it is to be, in words."""
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not least <= found <= most:
        raise ArgumentTypeError(f"{given!r} is not {what}")
    return found
