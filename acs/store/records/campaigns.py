"""Campaigns, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct


class CampaignState(StrEnum):
    """It goes on; a person has halted it; its rule has; a person has ended it; all its devices have had their
    turn."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ABORTED = "aborted"
    ENDED = "ended"

    @property
    def over(self) -> bool:
        """True where it never goes on."""
        return self in (CampaignState.ABORTED, CampaignState.ENDED)


class MemberState(StrEnum):
    """A device in a campaign: its turn has not come; it is to get it; it has it; it cannot be brought to it;
    it has not called for too long; the campaign has left it as it was."""

    WAITING = "waiting"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    LEFT = "left"

    @property
    def settled(self) -> bool:
        """True where nothing more comes of it."""
        return self not in (MemberState.WAITING, MemberState.OFFERED)


class Campaign(Struct, frozen=True):
    """Something that many devices are to get: a ``software_version``, or a ``config_level``.

    ``plan`` says how, as JSON (`acs.session.campaigns.Plan`); ``devices`` is how many there are;
    ``state_reason`` is why it was stopped.
    """

    id: int
    name: str
    state: CampaignState
    software_version: str = ""
    config_level: str = ""
    plan: Mapping[str, Any] = {}
    devices: int = 0
    created: float = 0.0
    created_by: str = ""
    changed: float = 0.0
    state_reason: str = ""


class Member(Struct, frozen=True):
    """A device of a campaign: ``place`` says when it has its turn, ``changed`` when its state was last
    another, ``before`` what it had when it was offered something else."""

    campaign: int
    place: int
    device: str
    state: MemberState = MemberState.WAITING
    changed: float = 0.0
    detail: str = ""
    before: str = ""


class Progress(Struct, frozen=True):
    """How far a campaign has come: how many of its devices are in each state."""

    campaign: Campaign
    tally: Mapping[MemberState, int]
