"""What the events of an Inform ask of an ACS (TR-069 3.7.1.5, Table 8, checklist 6)."""

from __future__ import annotations

from collections.abc import Iterable

from acs.cwmp.messages import Inform

# What a CPE tells again of itself, or what tells nothing but that it called, may be lost with us; the rest
# may not.
_REPEATED = frozenset({"1", "2", "3", "6", "13", "14"})


class Events:
    """The event codes of one Inform.

    Of a code only the leading number (or letter) counts, which is all that devices agree on.
    """

    __slots__ = ("boot", "bootstrap", "called", "codes", "diagnosed", "must_be_kept", "transferred")

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        numbers = {code.split(" ", 1)[0] for code in self.codes}
        self.bootstrap = "0" in numbers
        """True where the CPE is new, or like new: ``0 BOOTSTRAP``."""
        self.boot = "1" in numbers
        """True where the CPE has just started: ``1 BOOT``."""
        self.called = "6" in numbers
        """True where the CPE calls because it was called: ``6 CONNECTION REQUEST``."""
        self.transferred = "7" in numbers
        """True where a transfer has ended, and the CPE will say which: ``7 TRANSFER COMPLETE``."""
        self.diagnosed = "8" in numbers
        """True where a diagnostic has ended: ``8 DIAGNOSTICS COMPLETE``."""
        self.must_be_kept = not numbers <= _REPEATED
        """True where the CPE forgets one of these once the Inform is answered, so that they must be on disk
        before."""


PERIODIC = Events(("2 PERIODIC",))
"""Those of a CPE that calls because it is time, and for nothing else."""


def events_of(inform: Inform) -> Events:
    """The events of an Inform."""
    told = inform.Event
    if len(told) == 1 and told[0].EventCode == PERIODIC.codes[0]:
        return PERIODIC
    return Events([event.EventCode for event in told])
