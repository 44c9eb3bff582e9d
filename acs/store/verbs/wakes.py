"""The verbs of the store about waking devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acs.store.records import Job
from acs.store.records.wakes import Binding, Wake, Waking


class Wakes(Protocol):
    """What devices are woken with, where they are found, what came of it (`acs.store.interface.Store` lists
    that)."""

    async def waking(self, device_id: str) -> Waking | None:
        """What the device is woken with; None where it was never given anything."""

    async def put_waking(self, device_id: str, waking: Waking) -> None:
        """Keep that; on disk when this returns.  LookupError for an unknown device."""

    async def put_waking_instead(self, device_id: str, before: Waking, waking: Waking) -> bool:
        """Keep that where it is still what it was before, on disk when this returns; whether it was."""

    async def known_to_stun(self, username: str) -> tuple[str, str] | None:
        """The id and the password of the device whose STUN requests have this user name."""

    async def binding(self, device_id: str) -> Binding | None:
        """Where the device's NAT was last seen to let UDP in."""

    def keep_binding(self, device_id: str, binding: Binding) -> None:
        """Note that; nothing where there is no such device."""

    def add_wake(self, wake: Wake) -> None:
        """Note what came of a ConnectionRequest; nothing where there is no such device."""

    async def due_wakes(self, now: float, until: float, limit: int) -> Sequence[Job]:
        """Queued jobs whose devices are to be woken by now, which are this process's to see to ``until``
        then: to no other process are they due before."""

    async def jobs_accepted(self, device_id: str) -> None:
        """Wait until the jobs are in memory that are being accepted for a resident device, wherever that is:
        it calls for the sake of one."""

    async def accounts_left(self, limit: int) -> Sequence[str]:
        """User names of XMPP accounts whose devices are no more."""

    async def account_gone(self, username: str) -> None:
        """Forget one of them: the server has it no more."""
