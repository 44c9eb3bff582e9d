"""The verbs of the store about campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from acs.store.records import Device
from acs.store.records.campaigns import Campaign, CampaignState, Member, MemberState


class AllCampaigns(Protocol):
    """Campaigns, their devices, what has become of each."""

    async def add_campaign(self, campaign: Campaign, devices: Sequence[str]) -> None:
        """Keep a new one with these devices (ids), each once, in the order of their turns; on disk when this
        returns.  Those that are not known are left out, and not counted."""

    async def campaign(self, number: int) -> Campaign | None:
        """One of them."""

    async def campaigns(self) -> Sequence[Campaign]:
        """All of them, the newest first."""

    async def change_campaign(self, number: int, state: CampaignState, reason: str = "") -> bool:
        """Have it in another state, for this reason, unless it is over, or in that state; on disk when this
        returns.  False where it was not so changed."""

    async def see_to_campaigns(self, now: float, until: float) -> Sequence[Campaign]:
        """Those that are not over, which are this process's to see to ``until`` then; no other's before."""

    async def leave_campaign(self, number: int) -> None:
        """This process has seen to it, for the moment: any may next."""

    async def tally(self, number: int) -> Mapping[MemberState, int]:
        """How many of its devices are in each state."""

    async def outcomes(self, number: int, since: float, limit: int) -> Sequence[bool]:
        """Of its devices that have settled last, since then, the oldest first: whether each has failed."""

    async def members(self, number: int, state: str, after: int, limit: int) -> Sequence[Member]:
        """Its devices by place, behind the place ``after`` (-1: from the beginning); ``state``: "" for
        all."""

    async def members_to_look_at(
        self, number: int, state: MemberState, limit: int
    ) -> Sequence[tuple[Member, Device]]:
        """The same in one state, with what is known of each; those that were deleted are left out."""

    async def change_members(self, changed: Iterable[Member]) -> None:
        """Keep what has become of these; on disk when this returns."""

    async def forget_members(self, number: int) -> int:
        """Leave out devices that were deleted meanwhile; how many."""
