"""Messages to the operator's systems, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class WebhookEvent(StrEnum):
    """What a webhook may be told of."""

    DEVICE_SEEN = "device_seen"
    DEVICE_DELETED = "device_deleted"
    SESSION_ENDED = "session_ended"
    SESSION_FAILED = "session_failed"
    LEVEL_REACHED = "level_reached"
    CONFIGURATION_FAILED = "configuration_failed"
    USER_CHANGED = "user_changed"
    FIRMWARE_DONE = "firmware_done"
    JOB_DONE = "job_done"
    JOB_FAILED = "job_failed"
    ALARM = "alarm"
    ALARM_ENDED = "alarm_ended"


TEST = "test"
"""The event of a message that somebody sends to see whether it arrives."""


class DeliveryState(StrEnum):
    """It waits, or is tried again; it was taken; it was refused again and again."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(Struct, frozen=True):
    """Where messages go, and which: those of these ``events``, of devices with one of the ``tags`` (none: of
    all) that are of one of the ``models`` (``Manufacturer/ProductClass``; none: of any).  ``secret`` is what
    they are signed with."""

    id: int
    url: str
    secret: str
    events: tuple[str, ...]
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    created: float = 0.0
    created_by: str = ""


class Standing(Struct, frozen=True):
    """How a webhook fares.

    ``paused`` is since when nothing is sent, ``paused_because`` why; ``failing`` since when nothing was taken
    that was sent, ``failures`` how often in a row; ``due`` when it is tried next; ``dropped`` counts the
    messages that were given up because too many waited, since last none did; ``queued`` those that wait.
    """

    paused: float | None = None
    paused_because: str = ""
    failing: float | None = None
    failures: int = 0
    due: float = 0.0
    dropped: int = 0
    queued: int = 0


class Delivery(Struct, frozen=True):
    """A message: it tells the webhook of an ``event`` of a ``device`` (its id, "" for none), of the time
    ``created``.

    It was sent ``attempts`` times, at ``tried`` last, which took ``seconds``; ``status`` is the HTTP status
    that was answered then (0: none), ``detail`` more of that.
    """

    id: int
    webhook: int
    event: str
    device: str
    created: float
    body: bytes = b""
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    tried: float | None = None
    seconds: float = 0.0
    status: int = 0
    detail: str = ""
