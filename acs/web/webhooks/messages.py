"""What webhooks are told of what happens, event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from acs.session.desired import Desired
from acs.store import ids
from acs.store.happenings import Happening, Topic
from acs.store.records import Device, Job, JobState, Session, SessionResult
from acs.store.records.alarms import Alarm
from acs.store.records.webhooks import Webhook, WebhookEvent
from acs.web.objects.events import show_event
from acs.web.objects.shapes import time
from acs.web.serving.schema import JSON

_OF_ALARMS = {"raised": WebhookEvent.ALARM, "ended": WebhookEvent.ALARM_ENDED}
_OF_JOBS = {JobState.DONE: WebhookEvent.JOB_DONE, JobState.FAILED: WebhookEvent.JOB_FAILED}
_TOLD = ("time", "device", "object", "fields", "formerly", "changes", "left_out")

_TOPICS = {"session": Topic.SESSION, "job": Topic.JOB, "alarm": Topic.ALARM}


def topic_of(event: str) -> Topic:
    """What an event happens to."""
    return _TOPICS.get(event.partition("_")[0], Topic.DEVICE)


def events_of(happening: Happening) -> Iterator[WebhookEvent]:
    """Which events it is, the one that says most first; none where nobody can want it."""
    match happening.record:
        case Session() as session if happening.what == "ended":
            if session.result is SessionResult.FAILED:
                yield WebhookEvent.SESSION_FAILED
            yield WebhookEvent.SESSION_ENDED
        case Job() as job if happening.what == job.state and job.state in _OF_JOBS:
            yield _OF_JOBS[job.state]
        case Alarm() if happening.what in _OF_ALARMS:
            yield _OF_ALARMS[happening.what]
        case Device() as device:
            yield from _of_device(happening, device)
        case None if happening.topic is Topic.DEVICE and happening.what == "deleted":
            yield WebhookEvent.DEVICE_DELETED


def _of_device(happening: Happening, device: Device) -> Iterator[WebhookEvent]:
    fields = happening.fields
    match happening.what:
        case "user_changed":
            yield WebhookEvent.USER_CHANGED
        case "added" if device.first_seen:
            yield WebhookEvent.DEVICE_SEEN
        case "changed":
            if "first_seen" in fields and device.first_seen:
                yield WebhookEvent.DEVICE_SEEN
            if "software_changed_at" in fields and device.previous_software_version:
                yield WebhookEvent.FIRMWARE_DONE
            if "config_problems" in fields and device.config_problems:
                yield WebhookEvent.CONFIGURATION_FAILED
            elif (
                "current_config_level" in fields and device.config_tried == device.current_config_level != ""
            ):
                yield WebhookEvent.LEVEL_REACHED


def message_of(happening: Happening, desired: Desired) -> dict[str, JSON] | None:
    """What is told of it, without secrets, but for what is a message's own; None where nothing is."""
    shown = show_event(happening, desired)
    return None if shown is None else {name: shown[name] for name in _TOLD}


def body_of(webhook: Webhook, number: int, event: str, message: dict[str, JSON]) -> bytes:
    """A message as it is sent to this webhook."""
    head = {"id": ids.as_text(number), "event": event, "webhook": ids.as_text(webhook.id)}
    return orjson.dumps(head | message)


def test_message(now: float) -> dict[str, JSON]:
    """What is told by somebody who wants to see whether it arrives."""
    empty: dict[str, Any] = {"fields": [], "changes": [], "left_out": []}
    return {"time": time(now), "device": None, "object": None, "formerly": None, **empty}


def wants(webhook: Webhook, device: Device | None, subject: str = "") -> bool:
    """Whether what it is told of is of a device that it wants to hear of.  Of what is no device's it hears
    where it wants to hear of all, or of the model that is the ``subject``."""
    if device is None:
        return not webhook.tags and (not webhook.models or subject in webhook.models)
    model = f"{device.manufacturer}/{device.product_class}"
    of_tag = not webhook.tags or not frozenset(webhook.tags).isdisjoint(device.tags)
    return of_tag and (not webhook.models or model in webhook.models)
