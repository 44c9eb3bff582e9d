"""The verbs of the store about alarms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from acs.store.records.alarms import Alarm, AlarmKind, Late


class Alarming(Protocol):
    """What people have to look at (`acs.store.interface.Store` lists it)."""

    def raise_alarm(
        self, kind: AlarmKind, text: str, device: str = "", campaign: int | None = None, subject: str = ""
    ) -> None:
        """Raise it for a device, a campaign or what else; where one of this kind is open, it says this from
        now on."""

    def end_alarm(
        self, kind: AlarmKind, device: str = "", campaign: int | None = None, subject: str = ""
    ) -> None:
        """Its cause is gone, which is told once that is on disk; nothing where none is open."""

    async def open_subjects(self) -> Collection[tuple[AlarmKind, str]]:
        """What is open about what is neither device nor campaign: kind and subject of each."""

    async def open_alarm_counts(self) -> Mapping[AlarmKind, int]:
        """How many of each kind are open; every kind is there."""

    # what is looked at from time to time

    async def take_turn(self, what: str, now: float, until: float) -> bool:
        """Do something that one process does for all; False where one has, or does, and its time is
        not over."""

    async def late_devices(self, now: float, times: float, interval: int, since: float) -> Sequence[Late]:
        """The devices of each model that have called since then, and how many of them have not for longer
        than so many ``times`` their interval, which is ``interval`` where they do not tell it."""

    async def session_counts(self, since: float) -> tuple[int, int]:
        """How many sessions that began since then have gone well, and how many have failed."""

    async def alarm(self, number: int) -> Alarm | None:
        """One alarm."""

    async def acknowledge_alarm(self, number: int, by: str, when: float | None) -> Alarm | None:
        """A person has seen it, or with None wants it to be seen again; on disk when this returns.  None
        where there is no such alarm."""
