"""The lists of the store: how each may be asked for, a line apiece.

That is, what it may be filtered and sorted by.
"""

from __future__ import annotations

from dataclasses import replace

from acs.cwmp.definitions import pattern
from acs.store import ids
from acs.store.behind import BEHIND
from acs.store.listing.lists import Condition, Either, Filter, Kind, Listing, Order, Test
from acs.store.listing.meanings import (
    begins,
    equals,
    equals_by,
    flag,
    is_equal,
    moment,
    of_device,
    one_of,
    since,
    true_or_false,
    true_or_not,
    until,
)
from acs.store.listing.words import words
from acs.store.records import Configuration, DataModel, Device, Job, JobState, Scope, Session, SessionResult
from acs.store.records.alarms import Alarm, AlarmKind
from acs.store.records.wakes import Wake
from acs.store.residents import Presence
from acs.store.shapes import Shape
from acs.store.weighing import LEVEL_BEHIND

_ONLINE_SECONDS = 86400.0

SEALED_OF_JOB = {"arguments": "job arguments", "result": "job result", "fault": "job fault"}
"""The sealed columns of a job, each with the purpose for which it is sealed."""

_PRESENCE = Presence.__struct_fields__
DEVICE_SHAPE = Shape(Device, without=_PRESENCE, or_zero=["first_seen"])
PRESENCE_SHAPE = Shape(Device, only=_PRESENCE, or_zero=["last_inform"])
MANNER = (
    "verified_by", "events", "cwmp_version", "cwmp_version_source", "root_data_model",
    "root_data_model_source", "quirks", "last_rpc",
)  # fmt: skip
"""The fields of a session that its manner may hold for it."""
MANNER_SHAPE = Shape(Session, only=MANNER)
SESSION_SHAPE = Shape(Session, without=["device", *MANNER])
JOB_SHAPE = Shape(Job, without=["device", *SEALED_OF_JOB])
CONFIGURATION_SHAPE = Shape(Configuration, without=["parameters"])
DATA_MODEL_SHAPE = Shape(DataModel)
WAKE_SHAPE = Shape(Wake, without=["device"])
ALARM_SHAPE = Shape(Alarm, without=["device"], or_zero=["campaign", "acknowledged", "ended"])

DEVICE_COLUMNS = f"{DEVICE_SHAPE.columns('d.')}, {PRESENCE_SHAPE.columns('p.')}"
_MANNERED = ", ".join(f"CASE WHEN s.manner IS NULL THEN s.{name} ELSE m.{name} END" for name in MANNER)
SESSION_COLUMNS = f"d.id, {SESSION_SHAPE.columns('s.')}, {_MANNERED}"
JOB_COLUMNS = ", ".join(("d.id", *(f"j.{name}" for name in SEALED_OF_JOB), JOB_SHAPE.columns("j.")))
CONFIGURATION_COLUMNS = f"c.id, c.document, {CONFIGURATION_SHAPE.columns('c.')}"


# devices

_BY_TAG = Order(("t.device",))
_BY_CATEGORY = Order(("k.device",))
_NEWEST_INFORM = Order(("p.last_inform", "p.device"), descending=True)


def _level(value: str, now: float) -> Condition | Either:
    if value not in ("behind", "current"):
        raise ValueError("must be behind or current")
    return LEVEL_BEHIND if value == "behind" else Condition(f"NOT {BEHIND}")


def _online(value: str, now: float) -> Condition:
    sign = ">=" if flag(value) else "<"
    return Condition(f"p.last_inform {sign} ?", (now - _ONLINE_SECONDS,), _NEWEST_INFORM)


DEVICES = Listing(
    name="devices",
    columns=DEVICE_COLUMNS,
    source="FROM devices d JOIN presence p ON p.device = d.key WHERE d.deleted IS NULL",
    device="d.key",
    default=Order(("d.key",)),
    filters={
        "q": Filter(
            words,
            about="Words that the id, serial number, address, related device or a searched parameter begins"
            " with. Alone, they find devices in the order of what begins with the longest of them.",
            longest=128,
        ),
        "manufacturer": Filter(equals_by("d.manufacturer", "d.key")),
        "oui": Filter(lambda value, now: is_equal("d.oui", value.upper(), "d.key")),
        "product_class": Filter(equals_by("d.product_class", "d.key")),
        "serial_number": Filter(equals_by("d.serial_number", "d.key")),
        "software_version": Filter(equals_by("d.software_version", "d.key")),
        "tag": Filter(
            lambda value, now: Condition("t.tag = ? AND t.device = d.key", (value,), _BY_TAG, beside="tags t")
        ),
        "category": Filter(
            lambda value, now: Condition(
                "k.category = ? AND k.device = d.key", (value,), _BY_CATEGORY, beside="in_categories k"
            ),
            about="Its own category, or its model's where it has none.",
        ),
        "level": Filter(
            _level,
            Kind.WORD,
            "Whether it is below its desired configuration level, or there.",
            choices=("behind", "current"),
        ),
        "drift": Filter(
            true_or_not("d.config_drift > 0"),
            Kind.FLAG,
            "Whether parameters are known that are not as they are wanted, though it is at its level.",
        ),
        "problems": Filter(
            true_or_not("d.config_problems <> '[]'"), Kind.FLAG, "Whether it cannot be brought to its level."
        ),
        "verified": Filter(
            lambda value, now: is_equal("p.client_ip_verified", flag(value), "p.device"),
            Kind.FLAG,
            "Whether its address was verified in the last session.",
        ),
        "last_session": Filter(
            one_of("p.last_session_result", SessionResult, key="p.device"),
            Kind.WORD,
            choices=("success", "failed"),
        ),
        "online": Filter(_online, Kind.FLAG, "Whether its last Inform came within a day."),
        "seen_since": Filter(
            lambda value, now: Condition("p.last_inform >= ?", (moment(value),), _NEWEST_INFORM),
            Kind.TIME,
            "Those whose last Inform came then or later.",
        ),
    },
    sorts={
        "id": ("d.id",),
        "manufacturer": ("d.manufacturer", "d.key"),
        "product_class": ("d.product_class", "d.key"),
        "serial_number": ("d.serial_number", "d.key"),
        "software_version": ("d.software_version", "d.key"),
        "first_seen": ("d.first_seen", "d.key"),
        "last_inform": ("p.last_inform", "p.device"),
    },
)

# sessions


def _settled(condition: Test) -> Test:
    """The same among the settled sessions, which are all of them when a list is read, and in the indexes."""

    def settled(value: str, now: float) -> Condition:
        among = condition(value, now)
        return Condition(f"(s.settled = 1 AND {among.sql})", among.parameters, among.order)

    return settled


_RESULTS = {SessionResult.SUCCESS: 0, SessionResult.FAILED: 1, SessionResult.OPEN: 2}
_some_results = one_of("s.result", SessionResult)


def ended(result: SessionResult, column: str = "result") -> str:
    """That a session has this result, as the index of them says it."""
    return f"CASE {column} WHEN 'success' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END = {_RESULTS[result]}"


def _result(value: str, now: float) -> Condition:
    return _some_results(value, now) if "," in value else Condition(ended(SessionResult(value), "s.result"))


SESSIONS = Listing(
    name="sessions",
    columns=SESSION_COLUMNS,
    source="FROM sessions s LEFT JOIN devices d ON d.key = s.device"
    " LEFT JOIN manners m ON m.number = s.manner WHERE TRUE",
    device="s.device",
    settled="s.settled = 1",
    default=Order(("s.id",), descending=True),
    filters={
        "device": Filter(_settled(of_device("s.device")), longest=512),
        "result": Filter(_settled(_result), Kind.WORD, choices=tuple(SessionResult)),
        "verified": Filter(_settled(true_or_false("s.client_ip_verified")), Kind.FLAG),
        "listener": Filter(_settled(equals("s.listener")), longest=256),
        "client_ip": Filter(_settled(equals("s.client_ip"))),
        "since": Filter(since("s.started", "s.id"), Kind.TIME, "Those that began then or later."),
        "until": Filter(until("s.started", "s.id"), Kind.TIME, "Those that began then or earlier."),
        "rejected": Filter(
            _settled(lambda value, now: Condition(f"s.device IS {'' if flag(value) else 'NOT '}NULL")),
            Kind.FLAG,
            "true: only messages that were refused before they told their device.",
        ),
    },
    sorts={"id": ("s.id",)},
)

# jobs


def _session(value: str, now: float) -> Condition:
    number = ids.from_text(value)
    if number is None:
        raise ValueError("is not a session's id")
    return Condition("j.session = ?", (number,))


JOBS = Listing(
    name="jobs",
    columns=JOB_COLUMNS,
    source="FROM jobs j JOIN devices d ON d.key = j.device WHERE TRUE",
    device="j.device",
    default=Order(("j.id",), descending=True),
    filters={
        "device": Filter(of_device("j.device"), longest=512),
        "rpc": Filter(equals("j.rpc"), longest=80),
        "state": Filter(
            one_of("j.state", JobState, rare=frozenset(["queued", "sent"])),
            Kind.WORDS,
            "One or several of " + ", ".join(JobState) + ", with commas between.",
            longest=80,
            choices=tuple(JobState),
        ),
        "automatic": Filter(
            true_or_false("j.automatic"), Kind.FLAG, "Whether the appliance wanted it, not a person."
        ),
        "urgent": Filter(true_or_false("j.urgent"), Kind.FLAG),
        "uncertain": Filter(true_or_false("j.uncertain"), Kind.FLAG, "Whether nobody knows if it was done."),
        "session": Filter(_session, Kind.ID),
        "command_key": Filter(
            lambda value, now: Condition("j.command_key = ? AND j.command_key <> ''", (value,)), longest=32
        ),
    },
    sorts={"id": ("j.id",)},
)

# the journal of a device's parameters

CHANGES = Listing(
    name="changes",
    columns="c.id, c.time, c.name, c.entry",
    source="FROM changes c WHERE TRUE",
    device="c.device",
    default=Order(("c.id",), descending=True),
    filters={
        "device": Filter(of_device("c.device"), longest=512),
        "name": Filter(lambda value, now: begins("c.name", value), about="What it begins with.", longest=256),
    },
    sorts={},
)

# the history of a device's parameters


def _reading(value: str, now: float) -> Condition:
    return begins("r.name", value) if value.endswith(".") else Condition("r.name = ?", (value,))


READINGS = Listing(
    name="readings",
    columns="r.id, r.time, r.name, r.entry",
    source="FROM readings r WHERE TRUE",
    device="r.device",
    default=Order(("r.id",), descending=True),
    filters={
        "device": Filter(of_device("r.device"), longest=512),
        "name": Filter(_reading, about="A parameter, or an object with all below it.", longest=256),
        "since": Filter(since("r.time", "r.id"), Kind.TIME, "What was read then or later."),
        "until": Filter(until("r.time", "r.id"), Kind.TIME, "What was read then or earlier."),
    },
    sorts={"id": ("r.id",)},
)

# what came of ConnectionRequests to a device

WAKES = Listing(
    name="wakes",
    columns=WAKE_SHAPE.columns("w."),
    source="FROM wakes w WHERE TRUE",
    device="w.device",
    default=Order(("w.id",), descending=True),
    filters={"device": Filter(of_device("w.device"), longest=512)},
    sorts={"id": ("w.id",)},
)

# configurations

CONFIGURATIONS = Listing(
    name="configurations",
    columns=CONFIGURATION_COLUMNS,
    source="FROM configurations c WHERE TRUE",
    device="c.device",
    default=Order(("c.scope", "c.name")),
    filters={
        "scope": Filter(one_of("c.scope", Scope), Kind.WORD, choices=tuple(Scope)),
        "name": Filter(
            equals("c.name"),
            about="The category, vendor, model or tag, or the id of the device.",
            longest=512,
        ),
    },
    sorts={"scope": ("c.scope", "c.name"), "name": ("c.name", "c.scope")},
)

# what the data models say of objects and parameters

_BY_NAME = Order(("d.name", "d.path", "d.model"))


def _at(value: str, now: float) -> Condition:
    """A whole path means itself, a partial one all that is below as well."""
    path = pattern(value)
    return begins("d.path", path) if path.endswith(".") else Condition("d.path = ?", (path,))


DEFINITIONS = Listing(
    name="definitions",
    columns="d.path, d.model, d.definition",
    source="FROM definitions d WHERE TRUE",
    device="",
    default=Order(("d.path", "d.model")),
    filters={
        "path": Filter(
            _at,
            about="A path, with numbers or `{i}` for instances; with a dot at its end all below it too.",
            longest=256,
        ),
        "prefix": Filter(
            lambda value, now: begins("d.path", pattern(value)), about="Paths that begin so.", longest=256
        ),
        "q": Filter(
            lambda value, now: replace(begins("d.name", value.lower()), order=_BY_NAME),
            about="Objects and parameters whose own name begins so, in whatever case.",
            longest=128,
        ),
        "model": Filter(equals("d.model", Order(("d.model", "d.path"))), about="Of this data model alone."),
    },
    sorts={"path": ("d.path", "d.model")},
)

# what people have to look at

_OPEN = Order(("a.id",), descending=True)

ALARMS = Listing(
    name="alarms",
    columns=f"{ALARM_SHAPE.columns('a.')}, d.id",
    source="FROM alarms a LEFT JOIN devices d ON d.key = a.device WHERE TRUE",
    device="a.device",
    default=_OPEN,
    filters={
        "device": Filter(of_device("a.device"), longest=512),
        "kind": Filter(one_of("a.kind", AlarmKind), Kind.WORD, choices=tuple(AlarmKind)),
        "open": Filter(
            lambda value, now: Condition("a.ended = 0" if flag(value) else "a.ended > 0"),
            Kind.FLAG,
            "Whether what it tells of still is so.",
        ),
        "acknowledged": Filter(
            lambda value, now: Condition("a.acknowledged > 0" if flag(value) else "a.acknowledged = 0"),
            Kind.FLAG,
            "Whether a person has said to know of it.",
        ),
    },
    sorts={"id": ("a.id",)},
)
