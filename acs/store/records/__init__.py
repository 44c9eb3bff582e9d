"""What the appliance keeps, as plain frozen values.

Times are seconds since 1970 (UTC, float); ``None`` means "never" or "not known".  A record is never changed
in place: the store makes the next one (`msgspec.structs.replace`) and writes only the columns that differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from acs.store.upgrade_path import UpgradePath

T = TypeVar("T")

LONGEST_NOTES = 16_384
"""Characters of a device's notes."""


class Check(StrEnum):
    """What of a device that is at its level is to be looked at all the same: nothing; what the operator does
    not let others change; all."""

    NONE = ""
    OWNED = "owned"
    ALL = "all"


class Device(Struct, frozen=True, gc=False):
    """A CPE as the appliance knows it.

    ``id`` is `acs.cwmp.values.DeviceId.key`; ``key`` is the store's own number for it.  What an Inform says
    is kept as the device said it; ``*_source`` tells how a value was inferred.  ``own_config_level`` is the
    level of its own `Configuration`, "" where it has none: the store sees to that.  ``config_tried`` is the
    level that it was last brought towards, ``config_tries`` times, last at ``config_tried_at``;
    ``config_problems`` is why in vain, a line to a parameter, none where it was reached.  ``config_drift``
    counts the parameters that are known not to be as they are wanted, while it is at its level.
    ``preconfig_level`` is the level whose values for unverified devices it was last given.  ``tracked_at`` is
    when parameters were last asked for that are tracked now and then.  ``vendor_file`` is the URL of the
    vendor configuration file that it was told to download since it was reset last. ``related_device`` is the
    id of its record in the operator's systems, ``related_level`` when that was last another, or said
    something else, and ``related_digest`` a short name for what it said. ``wake_setup`` says what it was
    given to be woken by (`acs.session.procedures.wake_setup`), ``wake_ways`` which ways that has opened
    beside http. ``time_offset`` is that of its own time from UTC, such as ``+01:00``, ``inform_interval``
    every how many seconds it calls. ``previous_software_version`` is what it ran until
    ``software_changed_at``. ``firmware_tried`` is the version that it was last brought towards, with
    ``firmware_tries`` Downloads, the last at ``firmware_tried_at``; ``firmware_problem`` is why in vain.
    """

    id: str
    manufacturer: str
    oui: str
    product_class: str
    serial_number: str
    key: int = 0
    first_seen: float | None = None
    software_version: str = ""
    hardware_version: str = ""
    root: str = ""
    root_data_model: str = ""
    root_data_model_source: str = ""
    service_models: tuple[str, ...] = ()
    cwmp_version: str = ""
    cwmp_version_source: str = ""
    connection_request_url: str = ""
    parameter_key: str = ""
    current_config_level: str = ""
    desired_config_level: str = ""
    own_config_level: str = ""
    config_tried: str = ""
    config_tries: int = 0
    config_tried_at: float = 0.0
    config_problems: tuple[str, ...] = ()
    config_check: Check = Check.NONE
    config_drift: int = 0
    preconfig_level: str = ""
    vendor_file: str = ""
    desired_software_version: str = ""
    previous_software_version: str = ""
    software_changed_at: float = 0.0
    firmware_tried: str = ""
    firmware_tries: int = 0
    firmware_tried_at: float = 0.0
    firmware_problem: str = ""
    client_ip: str = ""
    client_ip_verified: bool = False
    related_device: str = ""
    related_level: str = ""
    related_digest: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    notes: str = ""
    quirks: tuple[str, ...] = ()
    rpc_methods: tuple[str, ...] = ()
    full_read_requested: bool = True
    full_read_failures: int = 0
    full_read_at: float | None = None
    tracked_at: float = 0.0
    inform_digest: str = ""
    wake_setup: str = ""
    wake_ways: tuple[str, ...] = ()
    time_offset: str = ""
    inform_interval: int = 0
    last_inform: float | None = None
    inform_count: int = 0
    last_session_result: str = ""


class Credentials(Struct, frozen=True):
    """What a device authenticates itself with.

    ``used``: it has done so.  Until then, those that it had before hold too; ``previous_username`` is ""
    where there were none.
    """

    username: str
    password: str
    used: bool = False
    previous_username: str = ""
    previous_password: str = ""


class Parameter(Struct, frozen=True, gc=False, array_like=True):
    """One parameter of a device as last seen.

    ``type`` is an XML Schema name such as ``xsd:string`` ("" where the device never said); ``writable``,
    ``notification`` and ``access_list`` are None until they have been read.  An object's name ends in a dot
    and has ``value`` None.  The store keeps it as a list of its fields, in this order.
    """

    name: str
    value: str | None = None
    type: str = ""
    writable: bool | None = None
    notification: int | None = None
    access_list: tuple[str, ...] | None = None
    updated: float = 0.0

    def with_value(self, value: str | None, type_: str, when: float) -> Parameter:
        """The same as it is known from ``when`` on; ``type_`` is "" where nobody says it."""
        if self.value == value and type_ in ("", self.type):
            return self
        return replace(self, value=value, type=type_ or self.type, updated=when)


class Scope(StrEnum):
    """Whose devices a `Configuration` is for."""

    ALL = "all"
    CATEGORY = "category"
    VENDOR = "vendor"
    MODEL = "model"
    TAG = "tag"
    DEVICE = "device"


class Configuration(Struct, frozen=True):
    """Which parameter values the devices of a `Scope` are to have.

    ``name`` says which category, vendor (its Manufacturer), model (``Manufacturer/ProductClass``), tag or
    device (its id); it is "default" for all.  ``level`` is when it was last changed, in UTC, such as
    ``2026-11-23T19:30:00.123456Z``; ``changed_by`` is the user or the token.  ``parameters`` are JSON as
    given, and may hold secrets.
    """

    scope: str
    name: str
    level: str
    parameters: Mapping[str, Any]
    changed_by: str = ""


class ProfileScope(StrEnum):
    """Whose devices a `Profile` is for; later ones stand before earlier ones."""

    ALL = "all"
    DATA_MODEL = "data_model"
    CATEGORY = "category"
    VENDOR = "vendor"
    MODEL = "model"
    TAG = "tag"


class Tracked(Struct, frozen=True):
    """A parameter, or an object with all below it, that is read again and again.

    ``path`` may be absolute, relative to the root object, or a logical name.  ``every``: seconds from one
    reading to the next, 0 for each session.  ``history``: each value that is read is kept as a `Reading`.
    """

    path: str
    every: int = 0
    history: bool = False


class Profile(Struct, frozen=True):
    """What holds for all devices of a `ProfileScope`, beside the values of their parameters.

    ``name`` says which root object (``Device.``), vendor (its Manufacturer), model
    (``Manufacturer/ProductClass``), category or tag; it is "default" for all.  ``category`` is that of a
    model's devices which have none of their own.  ``parameter_map`` has paths by logical name.  ``level`` is
    when one of these two was last changed, as that of a `Configuration`: what is wanted of devices may be
    another since then.  ``vendor_file`` is the URL of a vendor configuration file that the devices are to
    download, "" for none; ``desired_software_version`` the version that they are to run, "" where nothing is
    said, and ``upgrade_paths`` by which versions a model's devices get there.
    """

    scope: str
    name: str
    category: str = ""
    parameter_map: Mapping[str, str] = {}
    tracked: tuple[Tracked, ...] = ()
    level: str = ""
    vendor_file: str = ""
    desired_software_version: str = ""
    upgrade_paths: tuple[UpgradePath, ...] = ()


class JobState(StrEnum):
    """Where a job is.  `SENT` is left by the CPE's answer only (for transfers: by TransferComplete)."""

    QUEUED = "queued"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """True until the job has ended."""
        return self in (JobState.QUEUED, JobState.SENT)


class Job(Struct, frozen=True):
    """An RPC that somebody wants a device to carry out.

    ``arguments``, ``result`` and ``fault`` are the standard's own shapes as JSON values
    (`acs.cwmp.json_form`). ``command_key`` is what a TransferComplete, `M Reboot` or `M ScheduleInform`
    will bring back.  ``attempts`` counts how often the RPC went out; ``uncertain`` marks a job whose RPC
    was sent in a session that was lost, and which must not be repeated without a person's word.

    ``wake_at`` is when its device is to be woken for it, 0.0 where it is not (any more); ``wake_tries`` how
    often that was tried, ``wake_method``, ``wake_outcome`` and ``wake_detail`` what came of it last
    (`acs.store.records.wakes.Wake`).
    """

    id: int
    device: str
    rpc: str
    arguments: Mapping[str, Any]
    created: float
    reason: str = ""
    automatic: bool = False
    urgent: bool = False
    state: JobState = JobState.QUEUED
    requested_by: str = ""
    command_key: str = ""
    expires: float | None = None
    attempts: int = 0
    uncertain: bool = False
    sent: float | None = None
    ended: float | None = None
    session: int | None = None
    wake_at: float = 0.0
    wake_tries: int = 0
    wake_method: str = ""
    wake_outcome: str = ""
    wake_detail: str = ""
    result: Mapping[str, Any] | None = None
    fault: Mapping[str, Any] | None = None


class SessionResult(StrEnum):
    """How a session ended: success means that the ACS had its last word."""

    OPEN = "open"
    SUCCESS = "success"
    FAILED = "failed"


class Session(Struct, frozen=True, gc=False):
    """One CWMP session, or one message that was refused before it could open one (``device`` is then "").

    ``failure`` says at which point it stopped, in words; ``requests`` and ``responses`` count HTTP messages,
    ``bytes_in`` and ``bytes_out`` their bodies.
    """

    id: int
    started: float
    device: str = ""
    ended: float | None = None
    client_ip: str = ""
    client_ip_verified: bool = False
    verified_by: str = ""
    listener: str = ""
    events: tuple[str, ...] = ()
    cwmp_version: str = ""
    cwmp_version_source: str = ""
    root_data_model: str = ""
    root_data_model_source: str = ""
    quirks: tuple[str, ...] = ()
    device_uptime: int | None = None
    result: SessionResult = SessionResult.OPEN
    failure: str = ""
    last_rpc: str = ""
    requests: int = 0
    responses: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Exchange(Struct, frozen=True, gc=False, array_like=True):
    """One message of a conversation, as it went over the wire.

    ``number`` counts from 1 within the session; ``direction`` is "in" (from the CPE) or "out".  ``answers``
    is the number of the message that this one answers, ``job`` the job it belongs to.  ``note`` is why it
    was refused or repaired, "" where it was plain.  ``status`` is the HTTP status of an "out" message, 0
    for "in".  It is kept as an array of these in their order (`acs.store.archive`): new ones go to the end.
    """

    number: int
    direction: str
    time: float
    rpc: str = ""
    head: bytes = b""
    body: bytes = b""
    status: int = 0
    answers: int | None = None
    job: int | None = None
    note: str = ""


class Count(Struct, frozen=True):
    """A row of the vendors, models and categories lists: what it is, and how many devices it has."""

    name: str
    devices: int
    fields: Mapping[str, Any] = field(default_factory=dict)


class DataModel(Struct, frozen=True):
    """A data model that was imported, "Device:2.11": how many objects and parameters it describes, and by
    their patterns which of them every Inform has; when it was imported, and by whom."""

    name: str
    is_service: bool
    objects: int
    parameters: int
    forced_inform: tuple[str, ...]
    imported: float
    imported_by: str = ""


class Node(Struct, frozen=True):
    """A process that shares the database: its number, its name, where it takes requests that others pass on
    to it ("": nowhere), and when it last said that it lives."""

    number: int
    name: str
    address: str
    seen: float


class Role(StrEnum):
    """What a person or a token may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    SUPPORT = "support"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """True where this role may do all that ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Page(Struct, Generic[T], frozen=True):
    """A piece of a list; ``next`` is the cursor of the following one, None at the end."""

    items: tuple[T, ...]
    next: str | None = None
