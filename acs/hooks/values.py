"""What the operator's systems are asked with, as plain frozen values.

Their members are the same in Python, in JSON, and as the names in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

NO_FACTS: Mapping[str, str] = MappingProxyType({})
NO_PARAMETERS: Mapping[str, str | None] = MappingProxyType({})


class Subject(Struct, frozen=True):
    """A device that is asked about.

    ``id`` is that of the API; the next seven are what it says of itself (TR-069 A.3.3.1, DeviceInfo), which
    anybody may say.  ``client_ip`` is the address that it calls from, ``listener`` the name of the listener
    that it called, ``events`` the codes of its Inform, such as ``2 PERIODIC``; outside of a session the
    address is that of its last one, and the others are empty.

    ``parameters`` are those that the listener's policy goes by, by the names that it has for them, from when
    the device has told them; None for one that it does not have.
    """

    id: str
    manufacturer: str
    oui: str
    product_class: str
    serial_number: str
    software_version: str = ""
    hardware_version: str = ""
    connection_request_url: str = ""
    client_ip: str = ""
    listener: str = ""
    events: tuple[str, ...] = ()
    parameters: Mapping[str, str | None] = NO_PARAMETERS


NAMES = tuple(name for name in Subject.__struct_fields__ if name not in ("events", "parameters"))
"""The names that SQL may have of a subject: ``%(client_ip)s``, beside `ALIASES`."""

ALIASES: Mapping[str, str] = MappingProxyType({"serial": "serial_number", "device": "id"})
"""Shorter ones for some of them."""


class Related(Struct, frozen=True):
    """The record of a device in the operator's own systems.

    ``id`` is its id there.  ``facts`` are texts by name (lower case letters, digits and ``_``), which a
    configuration may use: ``{{ related.wifi_ssid }}``.  ``level`` is when it was last changed, in UTC as
    `acs.configuration.levels` has it, where that is known: then it counts as the level of what comes of it.
    """

    id: str
    facts: Mapping[str, str] = NO_FACTS
    level: str = ""


class Download(Struct, frozen=True):
    """A file that a device is to be sent for, by a Download or a ScheduleDownload (``rpc``).

    ``job`` is the number of the job; ``file_type`` such as ``1 Firmware Upgrade Image``.
    """

    job: int
    rpc: str
    file_type: str
    url: str
    reason: str = ""
    automatic: bool = False
    requested_by: str = ""


class Ended(Struct, frozen=True):
    """How a session ended.

    ``session`` is its number in the API; ``result`` is ``success`` or ``failed``, with ``failure`` for why;
    times are seconds since 1970.
    """

    session: int
    result: str
    failure: str
    verified: bool
    started: float
    ended: float
