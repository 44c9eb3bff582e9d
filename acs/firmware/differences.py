"""What differs between two versions of a text, as ``diff -u`` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeAlias

LONGEST = 1 << 20
"""Bytes that either may have."""
MOST_LINES = 5_000
"""Lines that may be left of either, without what both begin and end with."""

AROUND = 3
"""Lines around what differs, by which it is found."""

Opcode: TypeAlias = tuple[str, int, int, int, int]
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NotComparable(Exception):
    """They are no texts, or too long; the text says which."""


def difference(old: bytes, new: bytes, old_name: str, new_name: str) -> str:
    """The lines that differ, with three around them; "" where none does.  Raises `NotComparable`.

    Takes seconds at worst, and belongs in a thread.
    """
    before, after = _lines(old), _lines(new)
    opcodes = _opcodes(before, after)
    groups = _Grouping(opcodes).get_grouped_opcodes(AROUND)
    told = [line for group in groups for line in _hunk(group, before, after)]
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


def _opcodes(before: list[str], after: list[str]) -> list[Opcode]:
    """What becomes of which lines; what both begin and end with is not looked at closely."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(old), len(new)) > MOST_LINES:
        raise NotComparable(f"they differ in more than {MOST_LINES} lines")
    middle = SequenceMatcher(None, old, new).get_opcodes()
    if not middle:
        return []
    found = [
        ("equal", 0, start, 0, start),
        *((tag, a + start, b + start, c + start, d + start) for tag, a, b, c, d in middle),
        ("equal", len(before) - end, len(before), len(after) - end, len(after)),
    ]
    return [each for each in found if each[1] < each[2] or each[3] < each[4]]


class _Grouping(SequenceMatcher[str]):
    """Puts together what belongs into one hunk each, with the lines around it."""

    def __init__(self, opcodes: list[Opcode]) -> None:
        super().__init__()
        self._opcodes = opcodes

    def get_opcodes(self) -> Any:
        return self._opcodes


def _hunk(group: Sequence[Opcode], before: list[str], after: list[str]) -> Iterator[str]:
    yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield from (" " + line for line in before[a:b])
        else:
            yield from ("-" + line for line in before[a:b])
            yield from ("+" + line for line in after[c:d])


def _range(start: int, stop: int) -> str:
    """As ``diff`` tells lines: the first of them, counted from 1, and how many; of none, the one before."""
    count = stop - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"
