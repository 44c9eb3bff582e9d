"""Devices, as GenieACS's exports have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from acs.cwmp.values import DeviceId

JSON = Any

_ROOTS = ("InternetGatewayDevice", "Device")
_DEEPEST = 32
_LONGEST_NAME = 256
_LONGEST_VALUE = 65_536
_FROM_BEFORE = ("InternetGatewayDevice.", "Device.")
# The titles of columns of its pages, and its own names for what they show.
_TITLES = {
    "_id": "id",
    "id": "id",
    "device id": "id",
    "deviceid": "id",
    "deviceid.id": "id",
    "manufacturer": "manufacturer",
    "deviceid.manufacturer": "manufacturer",
    "oui": "oui",
    "deviceid.oui": "oui",
    "product class": "product_class",
    "deviceid.productclass": "product_class",
    "serial number": "serial_number",
    "deviceid.serialnumber": "serial_number",
    "software version": "software_version",
    "last inform": "last_inform",
    "events.inform": "last_inform",
    "registered": "first_seen",
    "events.registered": "first_seen",
    "tags": "tags",
}


class NotMapped(ValueError):
    """What nothing here can be made of; why."""


@dataclass(slots=True)
class Known:
    """A device with what GenieACS knew of it; ``left_out`` are names of what has no place here."""

    who: DeviceId
    tags: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    parameters: list[dict[str, JSON]] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """What the appliance calls it."""
        return self.who.key


def device_of(document: Mapping[str, JSON]) -> Known:
    """The device that a document tells of; raises `NotMapped`."""
    if "_row" in document:
        return _of_row(document["_row"])
    said = document.get("_deviceId")
    known = Known(_who(document.get("_id"), said if isinstance(said, Mapping) else {}))
    tags = document.get("_tags")
    known.tags = tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, list) else ()
    for name, ours in (("_lastInform", "last_inform"), ("_registered", "first_seen")):
        _take_time(known, ours, document.get(name))
    for name, value in document.items():
        if name in _ROOTS and isinstance(value, Mapping):
            known.parameters += _parameters(f"{name}.", value, known, _DEEPEST)
        elif not name.startswith("_"):
            known.left_out.add(name)
    _take_versions(known)
    return known


def _who(device_id: JSON, said: Mapping[str, JSON]) -> DeviceId:
    """Its identity: as the members of ``_deviceId`` say it, else as its id does."""
    parts = [
        str(said.get(f"_{name}", "")) for name in ("Manufacturer", "OUI", "ProductClass", "SerialNumber")
    ]
    if isinstance(device_id, str) and not (parts[1] and parts[3]):
        inner = [unquote(each) for each in device_id.split("-")]
        if len(inner) not in (2, 3):
            raise NotMapped("its id is not OUI-ProductClass-SerialNumber")
        parts[1:] = inner[0], inner[1] if len(inner) == 3 else "", inner[-1]
    who = DeviceId(parts[0], parts[1].upper(), *parts[2:])
    if not (who.OUI and who.SerialNumber):
        raise NotMapped("it has no OUI, or no serial number")
    if any(len(each) > 64 or not each.isprintable() for each in parts):
        raise NotMapped("a part of its identity is longer than 64 characters, or not to be printed")
    return who


def _parameters(prefix: str, at: Mapping[str, JSON], known: Known, deeper: int) -> Iterator[dict[str, JSON]]:
    """What stands at a place of the tree, and all below it."""
    if len(prefix) > _LONGEST_NAME or not deeper or not prefix.isprintable():
        known.left_out.add(f"{prefix[:80]}... (its name is too long)")
        return
    if "_value" in at:
        yield _parameter(prefix[:-1], at, known)
    elif isinstance(at.get("_writable"), bool):
        yield {"name": prefix, "writable": at["_writable"]}
    for name, inner in at.items():
        if not name.startswith("_") and isinstance(inner, Mapping):
            yield from _parameters(f"{prefix}{name}.", inner, known, deeper - 1)


def _parameter(name: str, at: Mapping[str, JSON], known: Known) -> dict[str, JSON]:
    kind = str(at.get("_type") or "xsd:string")[:64]
    said: dict[str, JSON] = {"name": name, "value": _text(at["_value"], kind), "type": kind}
    if len(said["value"]) > _LONGEST_VALUE or "\0" in said["value"]:
        known.left_out.add(f"{name} (its value is too long)")
        said["value"] = ""
    if isinstance(at.get("_writable"), bool):
        said["writable"] = at["_writable"]
    if when := _time(at.get("_timestamp")):
        said["updated"] = when
    return said


def _text(value: JSON, kind: str) -> str:
    """A value as CWMP writes it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if kind == "xsd:dateTime" and isinstance(value, int | float):
        return _of_milliseconds(value) or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _time(value: JSON) -> str | None:
    """A time as the API takes it; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_milliseconds(value)
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return _written(read)


def _of_milliseconds(value: float) -> str | None:
    try:
        return _written(datetime.fromtimestamp(value / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _written(when: datetime) -> str | None:
    try:
        return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return None


def _take_time(known: Known, ours: str, value: JSON) -> None:
    if when := _time(value):
        known.facts[ours] = when
    elif value not in (None, ""):
        known.left_out.add(f"{ours} (no time: {str(value)[:40]})")


def _take_versions(known: Known) -> None:
    """What the device's record says too."""
    values = {each["name"]: each.get("value", "") for each in known.parameters}
    for name, ours in (("SoftwareVersion", "software_version"), ("HardwareVersion", "hardware_version")):
        for root in _FROM_BEFORE:
            if 0 < len(value := values.get(f"{root}DeviceInfo.{name}", "")) <= 64:
                known.facts.setdefault(ours, value)


def _of_row(row: Mapping[str, str]) -> Known:
    """The device that a row of a table tells of."""
    named = {
        _TITLES[title.lower()]: value.strip() for title, value in row.items() if title.lower() in _TITLES
    }
    said = {
        "_Manufacturer": named.get("manufacturer", ""),
        "_OUI": named.get("oui", ""),
        "_ProductClass": named.get("product_class", ""),
        "_SerialNumber": named.get("serial_number", ""),
    }
    if not said["_OUI"] and not named.get("id"):
        raise NotMapped(
            "its row has neither its id nor its OUI: add that column to the page and export again"
        )
    known = Known(_who(named.get("id") or None, said))
    known.tags = tuple(filter(None, re.split(r"[,;\s]+", named.get("tags", ""))))
    if version := named.get("software_version"):
        known.facts["software_version"] = version[:64]
    for ours in ("last_inform", "first_seen"):
        _take_time(known, ours, named.get(ours))
    for title, value in row.items():
        if title.startswith(_FROM_BEFORE) and title.isprintable() and len(title) <= _LONGEST_NAME:
            known.parameters.append({"name": title, "value": value, "type": "xsd:string"})
        elif title.lower() not in _TITLES:
            known.left_out.add(title)
    _take_versions(known)
    return known
