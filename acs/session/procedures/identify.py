"""Who is calling: the device of an Inform, found or made (DESIGN: "Identify").

What the Inform says of it is noted.
"""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from msgspec.msgpack import encode
from msgspec.structs import astuple

from acs.cwmp.datamodel import RootDataModel, infer
from acs.cwmp.messages import Inform
from acs.cwmp.values import DeviceId
from acs.quirks.rules import Subject
from acs.quirks.selection import Selection
from acs.session.conversation import Conversation
from acs.session.errors import Refused
from acs.session.procedures.learn import level_in, uptime_in
from acs.session.recognition import under_another_oui
from acs.store.interface import Store, StoreConflict
from acs.store.records import Check, Device

_OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]", re.ASCII)


async def identify(cpe: Conversation, store: Store, quirks: Selection, now: float) -> tuple[Device, bool]:
    """The device whose Inform this is, with what it says of itself, and whether its parameters are not those
    of the last time; raises `Refused` where it does not say who it is.

    A device whose OUI changed with its firmware (same manufacturer, class and serial number) is recognised.
    From here on the session is led as the quirks of the device, with this firmware, want it.
    """
    who = checked(cpe.inform.DeviceId)
    key = cpe.inform_key
    if not store.is_resident(key):
        device = await store.device(key) or await _meet(key, who, store, now)
        key = device.id
    await _name_manufacturer(store, key, who)
    cpe.resident = store.pin(key)  # until the session is forgotten (`Sessions.lose`)
    cpe.device_id = key
    device = cpe.resident.record
    digest = digest_of(cpe.inform, cpe.version.name)
    news = device.inform_digest != digest
    in_force = quirks.of(_subject(device, cpe.inform if news else None))
    cpe.adapt(in_force.adapter)
    changes = _told(device, cpe, in_force.names, digest if news else "", now)
    if changes:
        device = store.change_device(device.id, **changes)
    cpe.record.note(
        device=device.id,
        client_ip=cpe.client_ip,
        listener=cpe.listener,
        events=cpe.events.codes,
        cwmp_version=cpe.version.name,
        cwmp_version_source=cpe.version.source,
        root_data_model=device.root_data_model,
        root_data_model_source=device.root_data_model_source,
        device_uptime=uptime_in(cpe.inform.ParameterList),
        quirks=in_force.names,
    )
    return device, news


def _subject(device: Device, inform: Inform | None) -> Subject:
    """The device for those who choose quirks, with the firmware that it has now."""
    version = device.software_version
    for parameter in inform.ParameterList if inform else ():
        if parameter.Name.endswith(".DeviceInfo.SoftwareVersion"):
            version = parameter.Value
    return Subject(device.id, device.manufacturer, device.oui, device.product_class, version)


def checked(who: DeviceId) -> DeviceId:
    """The DeviceId, if it tells a device from any other."""
    if not (who.OUI and who.SerialNumber):
        raise Refused(8003, f"the Inform has no {'SerialNumber' if who.OUI else 'OUI'}")
    for name, value in zip(who.__struct_fields__, astuple(who), strict=True):
        if len(value) > 64:
            raise Refused(8003, f"the Inform's {name} is longer than 64 characters")
    return who


async def _meet(key: str, who: DeviceId, store: Store, now: float) -> Device:
    """A device of this name was never seen: is it an old one under a new OUI?"""
    new = Device(key, who.Manufacturer, who.OUI.upper(), who.ProductClass, who.SerialNumber, first_seen=now)
    known = await under_another_oui(store, new)
    if known is not None:
        with suppress(LookupError, StoreConflict):  # under two new OUIs at once: one is it, the other is new
            return await store.rename_device(known.id, new)
    return await store.add_device(new)


async def _name_manufacturer(store: Store, key: str, who: DeviceId) -> None:
    """A device that was registered by somebody who did not know its manufacturer is told that by itself."""
    known = store.resident(key)
    if known is not None and not known.manufacturer and who.Manufacturer:
        named = Device(known.id, who.Manufacturer, known.oui, known.product_class, known.serial_number)
        with suppress(LookupError, StoreConflict):
            await store.rename_device(key, named)


def _told(
    device: Device, cpe: Conversation, quirks: tuple[str, ...], digest: str, now: float
) -> dict[str, Any]:
    """The fields of the device that this Inform changes; none in the steady state.  ``digest``: that of the
    Inform, where it is not the last one's."""
    changes: dict[str, Any] = {}
    if device.quirks != quirks:
        changes["quirks"] = quirks
    if device.client_ip != cpe.client_ip:
        changes["client_ip"] = cpe.client_ip
    offset = offset_in(cpe.inform.CurrentTime)
    if offset and device.time_offset != offset:
        changes["time_offset"] = offset
    if cpe.events.bootstrap:
        changes |= {
            "full_read_requested": True,
            "full_read_failures": 0,
            "parameter_key": "",
            "current_config_level": "",
            "preconfig_level": "",
            "vendor_file": "",
            "wake_setup": "",
            "wake_ways": (),
            "config_tried": "",
            "config_tries": 0,
        }
    if digest:
        changes |= {"inform_digest": digest} | _described(device, cpe, now)
    return {name: value for name, value in changes.items() if getattr(device, name) != value}


def offset_in(time: str) -> str:
    """How far a device's own time is away from UTC, by a dateTime of its; "" where that does not tell: "Z" is
    what devices say too that know no other."""
    offset = time[-6:]
    return offset if offset[:1] in ("+", "-") and _OFFSET.fullmatch(offset) else ""


def digest_of(inform: Inform, version: str) -> str:
    """A short name for what an Inform says of its device; equal for equal Informs."""
    return blake2b(encode((version, inform.ParameterList)), digest_size=12).hexdigest()


def _described(device: Device, cpe: Conversation, now: float) -> dict[str, Any]:
    told = {parameter.Name: parameter.Value for parameter in cpe.inform.ParameterList}
    model = infer(told)
    described: dict[str, Any] = {
        "cwmp_version": cpe.version.name,
        "cwmp_version_source": cpe.version.source,
        **_of_model(device, model),
    }
    for suffix, field in (
        ("DeviceInfo.SoftwareVersion", "software_version"),
        ("DeviceInfo.HardwareVersion", "hardware_version"),
        ("ManagementServer.ConnectionRequestURL", "connection_request_url"),
        ("ManagementServer.ParameterKey", "parameter_key"),
    ):
        value = _found(told, model, suffix)
        if value is not None:
            described[field] = value
    if cpe.adapter.forgets_parameter_key:
        described.pop("parameter_key", None)
    if "parameter_key" in described:
        described["current_config_level"] = level_in(described["parameter_key"])
    version = described.get("software_version", device.software_version)
    if device.software_version and version != device.software_version:
        described |= {
            "full_read_requested": True,
            "full_read_failures": 0,
            "config_check": Check.ALL,
            "wake_setup": "",
            "previous_software_version": device.software_version,
            "software_changed_at": now,
        }
    return described


def _of_model(device: Device, model: RootDataModel) -> dict[str, Any]:
    """The root data model, unless this Inform tells nothing of it and an earlier one did."""
    if not model.root and device.root_data_model:
        return {}
    return {
        "root": model.root,
        "root_data_model": model.name,
        "root_data_model_source": model.inferred_from,
        "service_models": model.services,
    }


def _found(told: dict[str, str], model: RootDataModel, suffix: str) -> str | None:
    """The value of a parameter under the root; for a mixed tree under either."""
    value = told.get(model.root + suffix)
    if value is None and model.mixed:
        value = told.get("Device." + suffix, told.get("InternetGatewayDevice." + suffix))
    return value
