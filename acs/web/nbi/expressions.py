"""Reads a regular expression into the states that a search goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LONGEST = 512
"""Characters of an expression."""
MOST_STATES = 300
DEEPEST = 20
"""Groups in each other."""
MOST_TIMES = 64
"""The largest number in braces."""

_DIGITS = ("0", "9")
_WORD = (("a", "z"), ("A", "Z"), _DIGITS, ("_", "_"))
_BLANK = ((" ", " "), ("\t", "\r"))
_KINDS = {"d": (_DIGITS,), "w": _WORD, "s": _BLANK}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}

Ranges: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Char:
    """One character of some ranges, or with ``others`` any but these."""

    ranges: Ranges
    others: bool = False
    then: int = -1

    def takes(self, char: str) -> bool:
        """Whether it is such a character."""
        return any(first <= char <= last for first, last in self.ranges) != self.others


@dataclass(slots=True)
class Any:
    """Any character, that which ends a line only with ``every``."""

    every: bool
    then: int = -1

    def takes(self, char: str) -> bool:
        """Whether it is such a character."""
        return self.every or char != "\n"


@dataclass(slots=True)
class Split:
    """Either way."""

    first: int
    second: int = -1


@dataclass(slots=True)
class Begin:
    """Only at the beginning."""

    then: int = -1


@dataclass(slots=True)
class End:
    """Only at the end."""

    then: int = -1


@dataclass(slots=True)
class Matched:
    """It is found."""


State: TypeAlias = Char | Any | Split | Begin | End | Matched
_Part: TypeAlias = tuple[int, list[tuple[int, str]]]
"""Where a part begins, with the members of states that are to lead to what follows it."""


def read_expression(text: str, ignore_case: bool, every: bool) -> tuple[list[State], int]:
    """The states, and the first of them; raises ValueError."""
    if len(text) > LONGEST:
        raise ValueError(f"the expression is longer than {LONGEST} characters")
    reader = _Reader(text, ignore_case, every)
    begin, ends = reader.alternatives()
    if reader.at < len(text):
        raise ValueError(f"there is a {text[reader.at]!r} too many in the expression")
    reader.lead(ends, reader.add(Matched()))
    return reader.states, begin


class _Reader:
    """Goes through the text once, but for what is to be there several times."""

    def __init__(self, text: str, ignore_case: bool, every: bool) -> None:
        self.text, self.at = text, 0
        self.states: list[State] = []
        self._ignore_case, self._every = ignore_case, every
        self._depth = 0

    def add(self, state: State) -> int:
        if len(self.states) >= MOST_STATES:
            raise ValueError("the expression is too large")
        self.states.append(state)
        return len(self.states) - 1

    def lead(self, ends: list[tuple[int, str]], to: int) -> None:
        for number, member in ends:
            setattr(self.states[number], member, to)

    def alternatives(self) -> _Part:
        begin, ends = self._sequence()
        while self._next("|"):
            other, more = self._sequence()
            begin, ends = self.add(Split(begin, other)), ends + more
        return begin, ends

    def _sequence(self) -> _Part:
        whole: _Part | None = None
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part = self._repeated()
            whole = part if whole is None else self._followed(whole, part)
        return whole if whole is not None else self._nothing()

    def _followed(self, one: _Part, other: _Part) -> _Part:
        self.lead(one[1], other[0])
        return one[0], other[1]

    def _nothing(self) -> _Part:
        number = self.add(Split(-1, -1))
        return number, [(number, "first"), (number, "second")]

    def _repeated(self) -> _Part:
        begun = self.at
        part = self._atom()
        ended = self.at
        if (times := self._times()) is None:
            return part
        self._next("?")  # the least instead of the most: it is found or not all the same
        if self.at < len(self.text) and self.text[self.at] in "*+?{":
            raise ValueError("what is repeated cannot be repeated")
        return self._several(part, begun, ended, *times)

    def _several(self, part: _Part, begun: int, ended: int, least: int, most: int | None) -> _Part:
        if most is None and least == 0:
            return self._any_number(part)
        whole = None
        for number in range(max(least, most or 0, 1)):
            each = part if number == 0 else self._anew(begun, ended)
            if number >= least:
                each = self._perhaps(each)
            elif most is None and number == least - 1:
                each = self._again(each)
            whole = each if whole is None else self._followed(whole, each)
        return self._nothing() if whole is None or most == 0 else whole

    def _anew(self, begun: int, ended: int) -> _Part:
        """The same part once more."""
        resumed, self.at = self.at, begun
        part = self._atom()
        assert self.at == ended
        self.at = resumed
        return part

    def _perhaps(self, part: _Part) -> _Part:
        number = self.add(Split(part[0]))
        return number, [*part[1], (number, "second")]

    def _again(self, part: _Part) -> _Part:
        """Once or more."""
        number = self.add(Split(part[0]))
        self.lead(part[1], number)
        return part[0], [(number, "second")]

    def _any_number(self, part: _Part) -> _Part:
        number = self.add(Split(part[0]))
        self.lead(part[1], number)
        return number, [(number, "second")]

    def _times(self) -> tuple[int, int | None] | None:
        """How often, at least and at most; None where nothing is said."""
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._next(sign):
                return times
        return self._braces() if self._next("{") else None

    def _braces(self) -> tuple[int, int | None]:
        inside, closed, _ = self.text[self.at :].partition("}")
        least, comma, most = inside.partition(",")
        numbers = [each for each in (least, most) if each]
        if not closed or not least or not all(each.isascii() and each.isdigit() for each in numbers):
            raise ValueError("braces hold how often: {2}, {2,} or {2,5}")
        if any(len(each) > 3 or int(each) > MOST_TIMES for each in numbers):
            raise ValueError(f"nothing is repeated more than {MOST_TIMES} times")
        self.at += len(inside) + 1
        if most and int(most) < int(least):
            raise ValueError("braces hold the least first")
        return int(least), int(most) if most else None if comma else int(least)

    def _atom(self) -> _Part:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            return self._group()
        if char in "*+?{":
            raise ValueError(f"there is nothing that {char!r} could repeat")
        simple: dict[str, State] = {".": Any(self._every), "^": Begin(), "$": End()}
        state = simple.get(char) or self._char(char)
        number = self.add(state)
        return number, [(number, "then")]

    def _group(self) -> _Part:
        if self._next("?") and not self._next(":"):
            raise ValueError("of groups with (? only (?:...) is known")
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} groups are in each other")
        part = self.alternatives()
        if not self._next(")"):
            raise ValueError("a group has no end")
        self._depth -= 1
        return part

    def _char(self, char: str) -> Char:
        if char == "[":
            return self._class()
        if char == "\\":
            ranges, others = self._escaped()
            return Char(ranges, others)
        return Char(self._folded(((char, char),)))

    def _folded(self, ranges: Ranges) -> Ranges:
        """For any case the text is in lower case: with the ranges of letters, those of small ones."""
        if not self._ignore_case:
            return ranges
        small = [
            (max(first, "A").lower(), min(last, "Z").lower())
            for first, last in ranges
            if max(first, "A") <= min(last, "Z")
        ]
        single = [
            (first.lower(), first.lower())
            for first, last in ranges
            if first == last and len(first.lower()) == 1
        ]
        return (*ranges, *small, *single)

    def _escaped(self) -> tuple[Ranges, bool]:
        """What stands behind a backslash."""
        if self.at >= len(self.text):
            raise ValueError("the expression ends in a backslash")
        char = self.text[self.at]
        self.at += 1
        if char.lower() in _KINDS:
            return _KINDS[char.lower()], char.isupper()
        char = _CONTROLS.get(char, char)
        if char.isalnum():
            raise ValueError(f"\\{char} is not known")
        return ((char, char),), False

    def _class(self) -> Char:
        others = self._next("^")
        ranges: list[tuple[str, str]] = []
        first = True
        while first or not self._next("]"):
            ranges += self._range()
            first = False
        return Char(self._folded(tuple(ranges)), others)

    def _range(self) -> Ranges:
        one = self._member()
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return one
        self.at += 1
        other = self._member()
        if len(one) != 1 or len(other) != 1 or one[0][0] > other[0][0]:
            raise ValueError("a range in brackets goes from a character to a later one")
        return ((one[0][0], other[0][1]),)

    def _member(self) -> Ranges:
        if self.at >= len(self.text):
            raise ValueError("brackets have no end")
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return ((char, char),)
        ranges, others = self._escaped()
        if others:
            raise ValueError("in brackets there can be no \\D, \\W or \\S")
        return ranges

    def _next(self, sign: str) -> bool:
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False
