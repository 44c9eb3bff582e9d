"""What differs between two versions of a text, as ``diff -u`` writes it."""

from __future__ import annotations

import re
from difflib import unified_diff

LONGEST = 1 << 20
"""Bytes that either may have."""
MOST_LINES = 5_000
"""Lines that may be left of either, without what both begin and end with."""

_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NotComparable(Exception):
    """They are no texts, or too long; the text says which."""


def difference(old: bytes, new: bytes, old_name: str, new_name: str) -> str:
    """The lines that differ, with three around them; "" where none does.  Raises `NotComparable`.

    Takes seconds at worst, and belongs in a thread.
    """
    before, after = _lines(old), _lines(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    if max(len(before), len(after)) - start - end > MOST_LINES:
        raise NotComparable(f"they differ in more than {MOST_LINES} lines")
    # Of what both have alike some is kept, so that there is something around what differs.
    first, last = max(0, start - 3), max(0, end - 3)
    some = unified_diff(before[first : len(before) - last], after[first : len(after) - last], lineterm="")
    told = [_moved(line, first) for line in list(some)[2:]]
    return "\n".join([f"--- {old_name}", f"+++ {new_name}", *told, ""]) if told else ""


def _lines(content: bytes) -> list[str]:
    if len(content) > LONGEST:
        raise NotComparable(f"a file is longer than {LONGEST} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if _NO_TEXT.search(text):
        raise NotComparable("a file is no text")
    return text.replace("\r\n", "\n").split("\n")


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    both = min(len(one), len(other))
    return next((number for number in range(both) if one[number] != other[number]), both)


def _moved(line: str, by: int) -> str:
    """A line of the outcome, its place as it is in the whole text."""
    found = re.fullmatch(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@", line)
    if found is None:
        return line
    return f"@@ -{int(found[1]) + by}{found[2] or ''} +{int(found[3]) + by}{found[4] or ''} @@"
