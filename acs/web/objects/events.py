"""What happens, as the stream of events tells it.

An event is short, whatever it is about: the stream is for pages that show what they have been told, not for
whatever a device may have answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from acs.session.desired import Desired
from acs.store.happenings import Happening, Topic, UserChange
from acs.store.records import Device, Job, JobState, Session
from acs.store.records.alarms import Alarm
from acs.store.records.campaigns import CampaignState, Progress
from acs.store.records.files import FileTransfer
from acs.web.hiding.redaction import masked_json
from acs.web.hiding.secrets import MASK, masked
from acs.web.objects.campaigns import CAMPAIGN, show_campaign
from acs.web.objects.shapes import KNOWN, LIST, OPTIONAL, TEXT, TIME, Kind, Member, Shape, one_of
from acs.web.objects.things import ALARM, DEVICE, JOB, SESSION, show_device
from acs.web.objects.transfers import TRANSFER
from acs.web.serving.schema import JSON

LONGEST = 6000
"""Bytes of an event's JSON, which has to fit into what nodes say to each other."""
LONGEST_VALUE = 200
"""Characters of a parameter's value; what is longer ends in an ellipsis."""
HEAVY = 4000
"""Characters of what a job asked for, or had for an answer, from which on that is not even looked through for
secrets."""

_HEAVY_MEMBERS = ("arguments", "result", "fault")
_HAPPENS = tuple(
    dict.fromkeys(
        (
            "opened", "ended", "refused",
            "added", "changed", "level_reached", "configuration_failed", "renamed", "deleted", "user_changed",
            *JobState,
            "raised",
            *CampaignState, "progressed",
            "began",
        )
    )
)  # fmt: skip
_SHOWN = {member.name for member in DEVICE.members}
_TOLD = (SESSION, DEVICE, JOB, ALARM, CAMPAIGN, TRANSFER)
_OBJECTS: Mapping[str, JSON] = {
    "type": ["object", "null"],
    "anyOf": [*(shape.reference for shape in _TOLD), {"type": "null"}],
}

USER_CHANGE = Shape(
    "UserChange",
    (
        Member("name", TEXT, description="Full path of the parameter."),
        Member("owner", KNOWN, description="Whose change of it counts; null: nobody was named."),
        Member("old", OPTIONAL, description="The value before; null where it was not known."),
        Member("new", OPTIONAL, description="The value since; null where the device does not tell it."),
    ),
)
_CHANGES = Kind(
    {"type": "array", "items": USER_CHANGE.reference}, lambda changes: list(map(_show_change, changes))
)

EVENT = Shape(
    "Event",
    (
        Member("id", TEXT, lambda happening: "", "To be given as Last-Event-ID, to go on from there."),
        Member("type", one_of(*Topic), "topic"),
        Member("what", one_of(*_HAPPENS), description="What has happened to it; of a job, its state."),
        Member("device", KNOWN, description="The device's id; null where a message did not tell it."),
        Member("time", TIME),
        Member(
            "object",
            Kind(_OBJECTS, lambda value: value),
            "record",
            "What it has happened to, as it is now, but for `left_out`; null: it is no more.",
        ),
        Member(
            "left_out",
            LIST,
            lambda happening: (),
            "Members of the object, or of this, that are too long to be told; ask for it.",
        ),
        Member("fields", LIST, description="Of a device: the members that have changed."),
        Member("formerly", KNOWN, description="Of a device that is renamed: the id that it had."),
        Member("changes", _CHANGES, description="What its user has changed on the device itself."),
    ),
)


def show_event(happening: Happening, desired: Desired) -> dict[str, JSON] | None:
    """A happening as an event that has no id yet; None where nothing of it is shown."""
    fields = _shown_fields(happening.fields)
    if happening.fields and not fields:
        return None
    shown, left_out = _object(happening, desired)
    event = EVENT.write(happening, what=_what(happening), object=shown, left_out=left_out, fields=fields)
    _shorten(event)
    return event


def _shown_fields(fields: tuple[str, ...]) -> list[str]:
    """The names that the API has for fields of a device's record, of those that it has."""
    own = ["desired_config_level"] if "own_config_level" in fields else []
    return [*own, *(name for name in fields if name in _SHOWN)]


def _what(happening: Happening) -> str:
    """What has happened, where a change means more than that."""
    device, fields = happening.record, happening.fields
    if isinstance(device, Device) and happening.what == "changed":
        if "config_problems" in fields and device.config_problems:
            return "configuration_failed"
        if "current_config_level" in fields and device.config_tried == device.current_config_level != "":
            return "level_reached"
    return happening.what


def _object(happening: Happening, desired: Desired) -> tuple[JSON, list[str]]:
    match happening.record:
        case Session() as session:
            return SESSION.write(session), []
        case Job() as job:
            return _job(job)
        case Device() as device:
            return show_device(device, happening.time, desired), []
        case Alarm() as alarm:
            return ALARM.write(alarm), []
        case Progress() as progress:
            return show_campaign(progress.campaign, progress.tally), []
        case FileTransfer() as transfer:
            return TRANSFER.write(transfer), []
        case _:
            return None, []


def _job(job: Job) -> tuple[JSON, list[str]]:
    """A job without secrets, and without what is long in it."""
    heavy = [name for name in _HEAVY_MEMBERS if _outweighs(getattr(job, name), HEAVY)]
    written = JOB.write(job, **dict.fromkeys(heavy))
    for name in heavy:
        del written[name]
    return written | {name: masked_json(written[name]) for name in _HEAVY_MEMBERS if name not in heavy}, heavy


def _outweighs(value: Any, most: int) -> bool:
    """Whether a JSON value has more characters than that, about; no more of it is looked at than need be."""
    waiting = [value]
    while waiting and most >= 0:
        each = waiting.pop()
        if isinstance(each, Mapping):
            most -= sum(map(len, each))
            waiting.extend(each.values())
        elif isinstance(each, (list, tuple)):
            most -= len(each)
            waiting.extend(each)
        else:
            most -= len(each) if isinstance(each, str) else 5
    return most < 0


def _show_change(change: UserChange) -> dict[str, JSON]:
    return USER_CHANGE.write(change, old=_value(change, change.old), new=_value(change, change.new))


def _value(change: UserChange, value: str | None) -> str | None:
    """A value as it may be shown."""
    shown = MASK if change.secret and value else masked(change.name, value)
    return shown if shown is None or len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"


def _shorten(event: dict[str, JSON]) -> None:
    """Leave out what is longest until the event is short enough."""
    while (over := len(orjson.dumps(event)) - LONGEST) > 0:
        if len(event["changes"]) > 1 and len(orjson.dumps(event["changes"])) > over:
            event["changes"].pop()
            name = "changes"
        elif event["object"]:
            name = max(event["object"], key=lambda each: len(orjson.dumps(event["object"][each])))
            del event["object"][name]
        else:
            return
        if name not in event["left_out"]:
            event["left_out"].append(name)
