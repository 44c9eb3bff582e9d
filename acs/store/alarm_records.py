"""What the appliance keeps of alarms, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class AlarmKind(StrEnum):
    """What an `Alarm` is about: firmware that is wanted is not there; it never becomes the one that a device
    runs; a configuration is never reached; a campaign has stopped by its rule."""

    FIRMWARE_MISSING = "firmware_missing"
    FIRMWARE_FAILED = "firmware_failed"
    CONFIGURATION_FAILED = "configuration_failed"
    CAMPAIGN_STOPPED = "campaign_stopped"


class Alarm(Struct, frozen=True):
    """Something that a person has to look at, because nothing more is done about it.

    It is about a ``device`` (its id, "" for none), or a ``campaign`` (its number, None for none).  ``since``
    is when it was raised, ``ended`` when its cause was gone, ``acknowledged`` when a person,
    ``acknowledged_by``, said to know of it.
    """

    id: int
    kind: AlarmKind
    since: float
    device: str = ""
    campaign: int | None = None
    text: str = ""
    acknowledged: float | None = None
    acknowledged_by: str = ""
    ended: float | None = None
