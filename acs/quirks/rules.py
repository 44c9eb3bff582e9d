"""Whose a quirk is: rules by patterns on what a device says it is.

Of several that match, the one of the greatest weight decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

__all__ = ["PATTERNS", "Make", "Rule", "Subject", "deciding"]

PATTERNS = ("manufacturer", "oui", "product_class", "software_version")
"""What a rule may go by: fields of the device."""


class Make(NamedTuple):
    """Devices of one make, by the patterns of a `Rule`."""

    manufacturer: str
    product_class: str = ""
    oui: str = ""
    software_version: str = ""


class Subject(Struct, frozen=True):
    """The device that rules are looked at for."""

    id: str
    manufacturer: str
    oui: str
    product_class: str
    software_version: str


class Rule(Struct, frozen=True):
    """A quirk is in force (or, not ``enabled``, is not) for the devices that all patterns match.

    Patterns are those of file names: ``*`` for anything, ``?`` for one character, ``[ab]`` for one of these;
    upper and lower case are the same; "" matches every device.  ``device`` is the id of the one device meant.
    ``id`` is 0 for a rule that is shipped.
    """

    quirk: str
    enabled: bool = True
    manufacturer: str = ""
    oui: str = ""
    product_class: str = ""
    software_version: str = ""
    device: str = ""
    note: str = ""
    id: int = 0

    def matches(self, subject: Subject) -> bool:
        """Whether it speaks of this device."""
        if self.device and self.device != subject.id:
            return False
        patterns = ((name, getattr(self, name)) for name in PATTERNS)
        return all(
            _compiled(pattern).match(getattr(subject, name)) is not None
            for name, pattern in patterns
            if pattern
        )

    @property
    def weight(self) -> tuple[bool, int, int]:
        """The rule of the greatest weight decides: one that names the device, then one with more patterns,
        then the newest, of which a shipped one never is."""
        patterns = sum(bool(getattr(self, name)) for name in PATTERNS)
        return bool(self.device), patterns, self.id


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern), re.IGNORECASE)


def deciding(rules: Iterable[Rule], subject: Subject) -> dict[str, Rule]:
    """For each quirk that a rule speaks of for this device, the rule that decides."""
    found: dict[str, Rule] = {}
    for rule in rules:
        if rule.matches(subject):
            other = found.get(rule.quirk)
            if other is None or rule.weight > other.weight:
                found[rule.quirk] = rule
    return found
