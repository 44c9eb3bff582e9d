"""The events of an Inform and what they ask of an ACS (TR-069 3.7.1.5, Table 8; checklist 6)."""

from __future__ import annotations

from collections.abc import Iterable

BOOTSTRAP = "0 BOOTSTRAP"

# What a CPE tells again of itself, or what tells nothing but that it called, may be lost with us; the rest
# may not.
_REPEATED = frozenset({"1", "2", "3", "6", "13", "14"})


class Events:
    """The event codes of one Inform.

    Of a code only the leading number (or letter) counts, which is all that devices agree on.
    """

    __slots__ = ("codes", "_numbers")

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        self._numbers = {_number_of(code) for code in self.codes}

    def __contains__(self, event: str) -> bool:
        return _number_of(event) in self._numbers

    @property
    def must_be_kept(self) -> bool:
        """True where the CPE forgets one of these once the Inform is answered, so that they must be on disk
        before."""
        return not self._numbers <= _REPEATED


def _number_of(code: str) -> str:
    return code.split(" ", 1)[0]
