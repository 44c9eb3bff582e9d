"""What the appliance keeps of alarms, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct


class AlarmKind(StrEnum):
    """What an `Alarm` is about; `MEANINGS` says when each is raised."""

    FIRMWARE_MISSING = "firmware_missing"
    FIRMWARE_FAILED = "firmware_failed"
    CONFIGURATION_FAILED = "configuration_failed"
    CAMPAIGN_STOPPED = "campaign_stopped"
    DEVICES_LATE = "devices_late"
    SESSIONS_FAILING = "sessions_failing"
    STORE_SLOW = "store_slow"
    CERTIFICATE_ENDING = "certificate_ending"
    DISK_FULL = "disk_full"
    WEBHOOK_PAUSED = "webhook_paused"
    WEBHOOK_DROPPED = "webhook_dropped"


class Meaning(NamedTuple):
    """For people: what an alarm of a kind is about, and when it is raised."""

    about: str
    raised_when: str


MEANINGS: Mapping[AlarmKind, Meaning] = {
    AlarmKind.FIRMWARE_MISSING: Meaning("a device", "there is no image of the version that it is to run"),
    AlarmKind.FIRMWARE_FAILED: Meaning(
        "a device", "it never runs the version that it is to run; it is given up"
    ),
    AlarmKind.CONFIGURATION_FAILED: Meaning("a device", "its level is not reached in eight tries"),
    AlarmKind.CAMPAIGN_STOPPED: Meaning("a campaign", "its rule has stopped it"),
    AlarmKind.DEVICES_LATE: Meaning(
        "a model, or all", "too many of its devices have not called for three times their interval"
    ),
    AlarmKind.SESSIONS_FAILING: Meaning("all", "too many sessions of the last ten minutes failed"),
    AlarmKind.STORE_SLOW: Meaning(
        "a node", "what is written takes its database long, on average of a minute"
    ),
    AlarmKind.CERTIFICATE_ENDING: Meaning(
        "a node and a file", "a certificate of a tls table ends within 14 days, or has ended"
    ),
    AlarmKind.DISK_FULL: Meaning(
        "a node and a folder", "the disk of the state folder, or of the files, is nearly full"
    ),
    AlarmKind.WEBHOOK_PAUSED: Meaning("a webhook", "it has taken nothing for a day"),
    AlarmKind.WEBHOOK_DROPPED: Meaning(
        "a webhook", "too many messages waited for it: the oldest are given up"
    ),
}
"""Of every kind; the numbers are the defaults of ``[alarms]``."""


class Alarm(Struct, frozen=True):
    """Something that a person has to look at, because nothing more is done about it.

    It is about a ``device`` (its id, "" for none), a ``campaign`` (its number, None for none), or some other
    ``subject`` ("" for none): a model, a webhook, a node, something on a node.  ``since`` is when it was
    raised, ``ended`` when its cause was gone, ``acknowledged`` when a person, ``acknowledged_by``, said to
    know of it.
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
    subject: str = ""


class Late(Struct, frozen=True):
    """How many ``devices`` of a model (``Manufacturer/ProductClass``) there are, and how many ``late``."""

    model: str
    devices: int
    late: int
