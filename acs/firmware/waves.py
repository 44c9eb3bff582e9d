"""The rules of a campaign: in which waves devices are offered something, when, until what.

All of it is arithmetic: nothing here knows a device, the time or the store.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

MINUTES = 24 * 60


class Wave(Struct, frozen=True):
    """So many devices, or such a share (percent) of all of the campaign's, counted from its beginning."""

    devices: int = 0
    percent: float = 0.0

    def up_to(self, count: int) -> int:
        """How many of ``count`` devices have their turn by the end of this wave; at least one."""
        wanted = self.devices if self.devices else -(-count * self.percent // 100)
        return min(count, max(1, int(wanted)))


ALL = Wave(percent=100.0)
CAREFUL = (Wave(devices=1), Wave(percent=1.0), Wave(percent=10.0), ALL)
"""What is done where nobody says otherwise."""


class Rule(Struct, frozen=True):
    """Stops a campaign: so many failures among so many of the last outcomes, or such a share (percent) of all
    outcomes failed, of which there have to be ``least`` before that counts.  0: no such rule."""

    failures: int = 0
    of_last: int = 0
    percent: float = 0.0
    least: int = 10

    def why_stop(self, failed: Sequence[bool]) -> str:
        """Why it is to stop after these outcomes, the oldest first, of which True has failed; "" to go on."""
        last = sum(failed[-self.of_last :]) if self.of_last else 0
        if self.failures and last >= self.failures:
            return f"{last} of the last {min(self.of_last, len(failed))} have failed"
        share = 100.0 * sum(failed) / len(failed) if failed else 0.0
        if self.percent and len(failed) >= self.least and share >= self.percent:
            return f"{share:.0f} % of {len(failed)} have failed"
        return ""


class Window(Struct, frozen=True):
    """Minutes after midnight between which devices may be disturbed, in their own time; it may go over
    midnight; equal ones are no restriction."""

    begins: int = 0
    ends: int = 0

    def is_open(self, minute: int) -> bool:
        """Whether it is open at this minute of a device's day."""
        if self.begins == self.ends:
            return True
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


def turns(waves: Sequence[Wave], count: int) -> list[int]:
    """How many devices have had their turn by the end of each wave, of ``count``: never fewer than by the one
    before, and all of them by the last."""
    reached = 0
    found: list[int] = []
    for wave in (*waves, ALL):
        reached = max(reached, wave.up_to(count)) if count else 0
        if not found or reached > found[-1]:
            found.append(reached)
    return found


def wave_of(place: int, limits: Sequence[int]) -> int:
    """The number, from 0, of the wave in which a device has its turn that is at this place, from 0."""
    return next((number for number, limit in enumerate(limits) if place < limit), len(limits))
