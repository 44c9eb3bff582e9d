"""What the appliance keeps of alarms, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class AlarmKind(StrEnum):
    """What an `Alarm` is about: firmware that is wanted is not there; it never becomes the one that a device
    runs; a configuration is never reached; a campaign has stopped by its rule.  Then what is looked at from
    time to time: too many devices of a model, or of all, do not call when they should; too many sessions
    fail; a node's database takes long; a certificate is near its end; a node's disk is nearly full; nothing
    is sent to a webhook any more; messages to one were given up."""

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
