"""Which events somebody wants, as is said in a request, or by one process to the others."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

LONGEST_WORDS = 6000
"""Bytes of what a process says that it wants; where that is longer, it wants all."""


class Wanted(Struct, frozen=True):
    """Events of these types (none: of all), of this device ("": of all)."""

    types: frozenset[str] = frozenset()
    device: str = ""

    def has(self, type_: str, device: str, formerly: str = "") -> bool:
        """Whether an event is one of them: its type, the id of its device, the id that this had before."""
        if self.types and type_ not in self.types:
            return False
        return not self.device or self.device in (device, formerly)

    def includes(self, other: Wanted) -> bool:
        """Whether all that the other wants is wanted here."""
        types = not self.types or (bool(other.types) and other.types <= self.types)
        return types and self.device in ("", other.device)


class Interests:
    """What several want together."""

    def __init__(self, wanted: Iterable[Wanted] = ()) -> None:
        self._of_all: list[Wanted] = []
        self._of_one: dict[str, list[Wanted]] = {}
        for each in wanted:
            (self._of_one.setdefault(each.device, []) if each.device else self._of_all).append(each)

    def has(self, type_: str, device: str, formerly: str = "") -> bool:
        """Whether one of them wants such an event; quickly where there are many who want one device's."""
        for each in self._of_all:
            if each.has(type_, device, formerly):
                return True
        if not self._of_one:
            return False
        about = (*self._of_one.get(device, ()), *(self._of_one.get(formerly, ()) if formerly else ()))
        return any(each.has(type_, device, formerly) for each in about)


class Said(Struct, frozen=True):
    """What a process (the number of its node) says that it wants."""

    node: int
    wanted: list[Wanted]


def write(node: int, wanted: Iterable[Wanted]) -> str:
    """What to say."""
    words = msgspec.json.encode(Said(node, list(wanted)))
    if len(words) > LONGEST_WORDS:
        words = msgspec.json.encode(Said(node, [Wanted()]))
    return words.decode()


def read(words: str) -> Said:
    """What another process has said; raises msgspec.DecodeError."""
    return msgspec.json.decode(words, type=Said)
