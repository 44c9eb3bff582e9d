"""The events of an Inform and what they ask of an ACS (TR-069 3.7.1.5, Table 8; checklist 6)."""

from __future__ import annotations

from collections.abc import Iterable

BOOTSTRAP = "0 BOOTSTRAP"

# What a CPE tells again of itself, or what tells nothing but that it called, may be lost with us; the rest
# may not.
_REPEATED = frozenset({"1", "2", "3", "6", "13", "14"})


def number_of(code: str) -> str:
    """The leading number (or letter) of an event code, which is all that devices agree on: "0" of "0
    BOOTSTRAP"."""
    return code.split(" ", 1)[0]


def has(events: Iterable[str], event: str) -> bool:
    """True where ``event`` is among the codes, however it is spelt after its number."""
    wanted = number_of(event)
    return any(number_of(code) == wanted for code in events)


def must_be_kept(events: Iterable[str]) -> bool:
    """True where the CPE forgets one of these once the Inform is answered, so that they must be on disk
    before."""
    return any(number_of(code) not in _REPEATED for code in events)
