"""The objects of the API, a table of members each.

A member has its kind, and where in a record it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acs.quirks.rules import PATTERNS
from acs.session.desired import Desired
from acs.store.records import Device, JobState, Session, SessionResult
from acs.store.records.alarms import AlarmKind
from acs.web.bulk.objects import BULK
from acs.web.objects.audit import AUDITED
from acs.web.objects.campaigns import CAMPAIGN, CAMPAIGN_DEVICE
from acs.web.objects.configurations import BACKUP, CONFIGURATION, ENTRY, LEFT_OUT, PREVIEW
from acs.web.objects.datamodels import DATA_MODEL, DEFINITION, MODELLED
from acs.web.objects.firmware import FIRMWARE
from acs.web.objects.overview import MINUTE, OVERVIEW
from acs.web.objects.people import ENTERED, ME, TOKEN, USER
from acs.web.objects.populations import CATEGORY, MODEL, PROFILE, TAG, VENDOR, VERSION
from acs.web.objects.rpcs import DIAGNOSTIC, RPC
from acs.web.objects.shapes import (
    COUNT,
    FLAG,
    ID,
    KNOWN,
    LINKED,
    LIST,
    LIST_OR_NULL,
    MAYBE,
    NUMBER,
    OBJECT,
    OPTIONAL,
    SECONDS,
    TEXT,
    TIME,
    Kind,
    Member,
    Shape,
    one_of,
)
from acs.web.objects.transfers import TRANSFER
from acs.web.objects.uploads import UPLOAD
from acs.web.objects.views import VIEW
from acs.web.objects.waking import WAKE, WAKING, WOKEN, WOKEN_FOR, WOKEN_FOR_MEMBER
from acs.web.objects.webhooks import DELIVERY, WEBHOOK
from acs.web.serving.schema import JSON

ONLINE_FOR = 86_400.0
"""Seconds for which an Inform makes a device count as online, as in the store's filter of that name."""


def _desired(source: str, write: Callable[[Any], JSON]) -> Kind:
    """What is wanted of a device, with where that comes from; ``source`` says what may stand there."""
    known = {"type": ["string", "null"]}
    properties = {"value": known, "source": {**known, "description": source}}
    return Kind({"type": "object", "properties": properties, "required": ["value", "source"]}, write)


_LEVEL = _desired(
    "The scope that it comes from; null: nothing is wanted.",
    lambda level: {"value": level.value or None, "source": level.source or None},
)


def _wake_methods(device: Device) -> list[str]:
    return [*(["http"] if device.connection_request_url else []), *device.wake_ways]


DEVICE = Shape(
    "Device",
    (
        Member("id", TEXT, description="OUI-ProductClass-SerialNumber, each part percent-encoded."),
        Member("manufacturer", TEXT),
        Member("oui", TEXT),
        Member("product_class", TEXT),
        Member("serial_number", TEXT),
        Member("software_version", KNOWN),
        Member("desired_software_version", _LEVEL),
        Member("previous_software_version", KNOWN, description="That before this one, as far as is known."),
        Member("software_changed_at", TIME, description="When it was first seen with this version."),
        Member("firmware_tried", KNOWN, description="The version that it was last brought towards."),
        Member("firmware_tries", NUMBER, description="How many Downloads it got for that."),
        Member("firmware_tried_at", TIME),
        Member("firmware_problem", KNOWN, description="Why it does not run the one that is wanted."),
        Member("hardware_version", KNOWN),
        Member("root_data_model", KNOWN),
        Member("root_data_model_source", KNOWN, description="What it was inferred from."),
        Member("service_models", LIST),
        Member("cwmp_version", KNOWN),
        Member("cwmp_version_source", KNOWN, description="What it was inferred from."),
        Member("current_config_level", KNOWN, description="As the device's ParameterKey tells it."),
        Member("desired_config_level", _LEVEL),
        Member("config_tries", NUMBER, description="How often it was brought towards that in vain."),
        Member("config_drift", NUMBER, description="Parameters that are known not to be as they are wanted."),
        Member("config_problems", LIST, description="Why: the parameters, each with what is wrong."),
        Member("first_seen", TIME),
        Member("last_inform", TIME),
        Member(
            "inform_interval",
            COUNT,
            lambda device: device.inform_interval or None,
            "Every how many seconds it calls by itself, as its parameters say.",
        ),
        Member("inform_count", NUMBER),
        Member("last_session_result", KNOWN),
        Member("online", FLAG, description="Whether the last Inform came within a day."),
        Member("client_ip", KNOWN),
        Member("client_ip_verified", FLAG),
        Member("related_device", KNOWN, description="Its record in the operator's systems."),
        Member("quirks", LIST),
        Member(
            "rpc_methods",
            LIST,
            description="What it answered to GetRPCMethods; empty where it was not asked.",
        ),
        Member("tags", LIST),
        Member("category", KNOWN),
        Member("notes", TEXT),
        Member("connection_request_url", KNOWN),
        Member("wake_methods", LIST, _wake_methods, "How it can be woken."),
        Member("full_read_requested", FLAG, description="Whether the next session reads all parameters."),
    ),
)


def show_device(device: Device, now: float, desired: Desired) -> dict[str, JSON]:
    """A device, which is online or not as of ``now``, with what is wanted of it."""
    return DEVICE.write(
        device,
        online=device.last_inform is not None and now - device.last_inform <= ONLINE_FOR,
        desired_config_level=_LEVEL.write(desired.level(device)),
        desired_software_version=_LEVEL.write(desired.software(device)),
        config_tries=device.config_tries if device.current_config_level < device.config_tried else 0,
    )


PARAMETER = Shape(
    "Parameter",
    (
        Member("name", TEXT, description="Full path; an object's ends in a dot."),
        Member("value", OPTIONAL, description="Null for an object, or where it was never read."),
        Member("type", KNOWN, description="XML Schema type, such as xsd:string."),
        Member("writable", MAYBE),
        Member("notification", COUNT, description="The Notification attribute (TR-069 A.3.2.4)."),
        Member("access_list", LIST_OR_NULL),
        Member("updated", TIME),
        Member("model", MODELLED, description="What the data model says that is nearest to the device's."),
    ),
)

READING = Shape(
    "Reading",
    (
        Member("name", TEXT, description="Full path of the parameter."),
        Member("value", TEXT),
        Member("time", TIME, description="When it was read."),
    ),
)

CHANGE = Shape(
    "Change",
    (
        Member("name", TEXT, description="Full path of the parameter."),
        Member("old", OPTIONAL, description="The value before; null where the parameter was not there."),
        Member("new", OPTIONAL, description="The value since; null where the parameter is gone."),
        Member("time", TIME, description="When that was seen."),
    ),
)

JOB = Shape(
    "Job",
    (
        Member("id", ID),
        Member("device", TEXT),
        Member("rpc", TEXT),
        Member("arguments", OBJECT),
        Member("reason", TEXT),
        Member("automatic", FLAG),
        Member("urgent", FLAG),
        Member("state", one_of(*JobState)),
        Member(
            "uncertain",
            FLAG,
            description="Sent in a session that was lost: nobody knows whether it was done.",
        ),
        Member("attempts", NUMBER, description="How often its RPC went out."),
        Member("created", TIME),
        Member("sent", TIME),
        Member("ended", TIME),
        Member("expires", TIME),
        Member("result", OBJECT, description="The response, or what was found, by the standard's names."),
        Member("fault", OBJECT, description="The CPE's fault, by the standard's names."),
        Member("session", LINKED),
        Member("command_key", KNOWN),
        Member("requested_by", KNOWN),
        WOKEN_FOR_MEMBER,
    ),
)


def _duration(session: Session) -> float | None:
    return None if session.ended is None else round(session.ended - session.started, 3)


SESSION = Shape(
    "Session",
    (
        Member("id", ID),
        Member("device", KNOWN, description="Null for a message that was refused before it told its device."),
        Member("client_ip", KNOWN),
        Member("client_ip_verified", FLAG),
        Member("verified_by", KNOWN, description="The verification policy that said so."),
        Member("listener", KNOWN),
        Member("events", LIST),
        Member("cwmp_version", KNOWN),
        Member("cwmp_version_source", KNOWN),
        Member("root_data_model", KNOWN),
        Member("root_data_model_source", KNOWN),
        Member("quirks", LIST),
        Member("started", TIME),
        Member("ended", TIME),
        Member("duration", SECONDS, _duration, "Seconds; null while it is open."),
        Member("device_uptime", COUNT, description="Seconds."),
        Member("result", one_of(*SessionResult)),
        Member("failure", KNOWN, description="Where it stopped."),
        Member("last_rpc", KNOWN),
        Member("requests", NUMBER),
        Member("responses", NUMBER),
        Member("bytes_in", NUMBER),
        Member("bytes_out", NUMBER),
    ),
)

EXCHANGE = Shape(
    "Exchange",
    (
        Member("number", NUMBER, description="Counts from 1 within the session."),
        Member("direction", one_of("in", "out"), description="`in`: from the CPE."),
        Member("rpc", KNOWN, description="Null for an empty message, or one that could not be read."),
        Member("time", TIME),
        Member("header_bytes", NUMBER, lambda exchange: len(exchange.head)),
        Member("body_bytes", NUMBER, lambda exchange: len(exchange.body)),
        Member("head", TEXT, description="First line and headers, a character for each byte (ISO 8859-1)."),
        Member(
            "status", COUNT, lambda exchange: exchange.status or None, "The HTTP status of an `out` message."
        ),
        Member(
            "body",
            KNOWN,
            lambda exchange: None,
            "With `bodies`, the message as text; null otherwise, or where it is longer than 256 kB.",
        ),
        Member("job", LINKED),
        Member("answers", COUNT, description="The number of the message that it answers."),
        Member("note", KNOWN, description="Why it was refused, or what was mended in it."),
    ),
)

ALARM = Shape(
    "Alarm",
    (
        Member("id", ID),
        Member("kind", one_of(*AlarmKind)),
        Member("device", KNOWN, description="The id of the device that it is about."),
        Member("campaign", LINKED, description="Or the campaign."),
        Member("subject", KNOWN, description="Or what else: a model, a webhook, a node, something on it."),
        Member("text", TEXT, description="What is the matter."),
        Member("since", TIME, description="When it was raised."),
        Member("acknowledged", TIME, description="When a person said to know of it."),
        Member("acknowledged_by", KNOWN),
        Member("ended", TIME, description="When its cause was gone; null: it is open."),
    ),
)

NODE = Shape(
    "Node",
    (
        Member("number", NUMBER, description="Part of the numbers of its sessions; held while it lives."),
        Member("name", TEXT),
        Member("address", KNOWN, description="Where it takes what others pass on; null: nowhere."),
        Member(
            "seen", TIME, description="When it last said that it lives, which it does every five seconds."
        ),
    ),
)

CREDENTIALS = Shape(
    "Credentials",
    (
        Member("username", TEXT),
        Member("password", TEXT),
        Member("used", FLAG, description="Whether it has called with them."),
        Member(
            "previous_username", KNOWN, description="With those of this name it may call too, until it has."
        ),
    ),
)

_PATTERNS = tuple(Member(name, KNOWN, description="A pattern; null: any.") for name in PATTERNS)

QUIRK_RULE = Shape(
    "QuirkRule",
    (
        Member("id", LINKED, lambda rule: rule.id or None, "Null for a rule that is shipped."),
        Member("enabled", FLAG, description="false: the quirk is not in force for whom it matches."),
        *_PATTERNS,
        Member("device", KNOWN, description="The id of the one device that is meant."),
        Member("note", TEXT),
    ),
)

QUIRK = Shape(
    "Quirk",
    (
        Member("name", TEXT),
        Member("symptom", TEXT, description="What goes wrong without it."),
        Member("remedy", TEXT, description="What is done then."),
        Member("source", TEXT, description="Where it is documented."),
        Member("devices", NUMBER, description="How many devices had it in their last session."),
        Member("rules", Kind({"type": "array", "items": QUIRK_RULE.reference}, list)),
    ),
)

DEVICE_QUIRK = Shape(
    "DeviceQuirk",
    (
        Member("name", TEXT, "quirk"),
        Member("enabled", FLAG, description="Whether it is in force."),
        Member("rule", Kind(QUIRK_RULE.reference, QUIRK_RULE.write), lambda rule: rule, "What decides."),
    ),
)

SWAPPED = Shape("Swapped", (*DEVICE.members, LEFT_OUT))
"""The device that has taken the place of another."""

RELOADED = Shape(
    "Reloaded",
    (
        Member("reloaded", LIST, "keys", "Keys and tables of the configuration that were read anew."),
        Member("restart", LIST, description="Keys that have changed too, and need a restart."),
    ),
)

SHAPES = (
    DEVICE, PARAMETER, READING, CHANGE, JOB, SESSION, EXCHANGE, VENDOR, MODEL, CATEGORY, VERSION, TAG,
    PROFILE, QUIRK, QUIRK_RULE, DEVICE_QUIRK, NODE, CONFIGURATION, ENTRY, PREVIEW, BACKUP, SWAPPED,
    DATA_MODEL, DEFINITION, RPC, DIAGNOSTIC, TOKEN, USER, RELOADED, CREDENTIALS, WOKEN, WOKEN_FOR, WAKE,
    WAKING, CAMPAIGN, CAMPAIGN_DEVICE, ALARM, FIRMWARE, UPLOAD, TRANSFER, OVERVIEW, MINUTE, ENTERED, ME,
    AUDITED, BULK, WEBHOOK, DELIVERY, VIEW,
)  # fmt: skip
"""All of them, for the description."""
