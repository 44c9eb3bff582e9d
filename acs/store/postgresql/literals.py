"""Values as PostgreSQL reads them in a statement, whatever its setting of standard_conforming_strings.

psycopg2's own quoting looks up an adapter for each value, and takes longer over the rows of a group than all
else that is done with them here.  What is not of these few types is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from types import NoneType
from typing import Any

Otherwise = Callable[[object], str]


def filled(sql: str, parameters: Sequence[object], otherwise: Otherwise) -> str:
    """The statement with these values for each ``%s``; ``otherwise`` writes those of other types.

    Raises ValueError for a text with NUL in it.
    """
    said = sql % tuple([_WRITERS.get(type(value), otherwise)(value) for value in parameters])
    if "\0" in said:
        raise ValueError("a text cannot hold NUL")
    return said


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    if "\\" in quoted:
        escaped = quoted.replace("\\", "\\\\")
        return f" E'{escaped}'"
    return f"'{quoted}'"


def _bytes(value: bytes) -> str:
    return f" E'\\\\x{value.hex()}'::bytea"


def _whole(value: int) -> str:
    # A space, lest a minus before it and its own make a comment.
    return f" {value}"


def _float(value: float) -> str:
    if not isfinite(value):
        return f"'{value}'::float8"
    return f" {value!r}"


def _nothing(value: None) -> str:
    return "NULL"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    bytes: _bytes,
    int: _whole,
    float: _float,
    NoneType: _nothing,
}
