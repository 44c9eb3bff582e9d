"""The verbs of the store about alarms."""

from __future__ import annotations

from typing import Protocol

from acs.store.alarm_records import Alarm, AlarmKind


class Alarming(Protocol):
    """What people have to look at (`acs.store.interface.Store` lists it)."""

    def raise_alarm(self, kind: AlarmKind, text: str, device: str = "", campaign: int | None = None) -> None:
        """Raise it for a device or a campaign; where one of this kind is open, it says this from now on."""

    def end_alarm(self, kind: AlarmKind, device: str = "", campaign: int | None = None) -> None:
        """Its cause is gone; nothing where none is open."""

    async def alarm(self, number: int) -> Alarm | None:
        """One alarm."""

    async def acknowledge_alarm(self, number: int, by: str, when: float | None) -> Alarm | None:
        """A person has seen it, or with None wants it to be seen again; on disk when this returns.  None
        where there is no such alarm."""
