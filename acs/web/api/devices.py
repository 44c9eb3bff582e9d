"""Devices: what is known of them, what an operator may change, registration ahead of the first call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as replace_of
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from acs.configuration.levels import level_of
from acs.cwmp.values import DeviceId
from acs.quirks.rules import Rule
from acs.session.software import begin_anew
from acs.store.interface import Query
from acs.store.listing.listings import DEVICES
from acs.store.records import LONGEST_NOTES, Device, Role
from acs.web.appliance import Appliance
from acs.web.forcing import FORCED, force
from acs.web.objects.things import DEVICE, show_device
from acs.web.people.areas import Area
from acs.web.people.restrictions import FILTERED, OF_DEVICE, WHOLE, meant, unknown
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.csv_lists import ACCEPT, CSV, Page, answer_csv, columns_of, wants_csv
from acs.web.serving.listing import answer_list, list_of, params_of, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, TIME, FieldError, line, lines, moment, nullable, objects

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

WISHES = {
    "desired_config_level": {**nullable(TIME), "description": "UTC time; null: what its scopes say."},
    "desired_software_version": {
        **nullable(line(64)),
        "description": "Before all that is wanted of its kind; null: what its tags, model, vendor or category"
        " say.  Said again, it is tried anew.",
    },
    "tags": {"type": "array", "items": line(64, 1), "maxItems": 64},
    "category": nullable(line(64)),
    "notes": lines(LONGEST_NOTES),
}
"""What an operator may say of a device."""
_WHOSE = frozenset({"tags", "category"})
"""What decides whose a device is, and which settings of others are its own."""
_IDENTITY = {
    "manufacturer": line(64),
    "oui": line(64, 1),
    "product_class": {**line(64), "default": ""},
    "serial_number": line(64, 1),
}
_ONE = Content(DEVICE.reference)
_CSV_PIECE = 200


@routes.add(
    "GET",
    "/devices",
    Role.VIEWER,
    {200: replace_of(list_of(DEVICE.reference), instead=CSV)},
    query=(*params_of(DEVICES), columns_of(DEVICE)),
    headers=(ACCEPT,),
    restricted=FILTERED,
)
async def list_devices(appliance: Appliance, call: Call) -> Answer:
    """List devices.

    With `Accept: text/csv` as CSV, all of them at once, unless `limit` is given; what a spreadsheet would
    take for a formula has a quote before it.
    """
    query = query_of(call)
    if not query.filters.get("q", "").strip():  # an empty search field: all devices
        query = replace(query, filters={name: query.filters[name] for name in query.filters if name != "q"})
    if wants_csv(call.headers.get(ACCEPT.name, "")):
        return await _as_csv(appliance, call, query)
    page = await appliance.store.devices(query)
    return answer_list(call, [as_shown(appliance, device) for device in page.items], page.next)


async def _as_csv(appliance: Appliance, call: Call, query: Query) -> Answer:
    async def ask(piece: Query) -> Page:
        page = await appliance.store.devices(piece)
        return [as_shown(appliance, device) for device in page.items], page.next

    names = call.query.get("columns") or ",".join(member.name for member in DEVICE.members)
    most = query.limit if "limit" in call.given else None
    return await answer_csv(ask, replace(query, limit=_CSV_PIECE), names.split(","), most, "devices")


def as_shown(appliance: Appliance, device: Device) -> dict[str, JSON]:
    """A device as the API writes it, now."""
    return show_device(device, appliance.now(), appliance.desired)


@routes.add("GET", "/devices/{id}", Role.VIEWER, {200: _ONE})
async def read_device(appliance: Appliance, call: Call) -> Answer:
    """One device."""
    return of_json(as_shown(appliance, await device_of(appliance, call)))


@routes.add(
    "PATCH",
    "/devices/{id}",
    Role.OPERATOR,
    {200: _ONE},
    body=Body(objects(WISHES | {"quirks": FORCED}, minProperties=1)),
)
async def change_device(appliance: Appliance, call: Call) -> Answer:
    """Change what an operator wants of a device, and notes about it.

    Quirks that are forced on or off are so from its next session on.
    """
    device = await device_of(appliance, call)
    if call.principal.only is not None and not _WHOSE.isdisjoint(call.body):
        raise Problem(403, "tags and category are not for those who may see some devices only")
    if "quirks" in call.body:
        await force(appliance.store, Rule("", device=device.id), call.body["quirks"])
    if "desired_software_version" in call.body:
        begin_anew(appliance.store, device.id)
    return await _changed(appliance, device.id, _wishes(call.body))


@routes.add("DELETE", "/devices/{id}", Role.OPERATOR, {204: None})
async def delete_device(appliance: Appliance, call: Call) -> Answer:
    """Forget a device, its parameters, its jobs and what it has uploaded; its sessions stay."""
    await appliance.forget((await device_of(appliance, call)).id)
    return NOTHING


@routes.add(
    "PUT",
    "/devices/{id}",
    Role.OPERATOR,
    {200: _ONE, 201: _ONE},
    body=Body(objects(_IDENTITY | WISHES, required=("manufacturer", "oui", "serial_number"))),
    says=("Location",),
    refusals=(409,),
    restricted=WHOLE,
)
async def register_device(appliance: Appliance, call: Call) -> Answer:
    """Register a device before it calls.

    Saying it again changes nothing but the members that are given; the identity cannot be changed.
    """
    new = _registered(call)
    if await appliance.store.device(new.id) is not None:
        return await _registered_again(appliance, new, _wishes(call.body))
    device = await appliance.store.add_device(new)
    location = f"{routes.prefix}/devices/{quote(device.id, safe='')}"
    return of_json(as_shown(appliance, device), 201, location)


def _registered(call: Call) -> Device:
    """The device that a registration describes; raises `Problem` 409 unless it is the one of the path."""
    who = DeviceId(
        call.body["manufacturer"],
        call.body["oui"].upper(),
        call.body.get("product_class", ""),
        call.body["serial_number"],
    )
    if who.key not in (call.path["id"].text, call.path["id"].raw):
        reason = f"make the id {who.key}, not {call.path['id'].text}"
        raise Problem(409, "the identity is not that of the path", (FieldError("serial_number", reason),))
    identity = (who.key, who.Manufacturer, who.OUI, who.ProductClass, who.SerialNumber)
    return Device(*identity, **_wishes(call.body))


async def _registered_again(appliance: Appliance, new: Device, wishes: Mapping[str, Any]) -> Answer:
    device = await appliance.store.device(new.id)
    if device is not None and device.manufacturer != new.manufacturer:
        wrong = FieldError("manufacturer", f"is {device.manufacturer}")
        raise Problem(409, "the device is registered with another identity", (wrong,))
    return await _changed(appliance, new.id, wishes)


@routes.add(
    "POST", "/devices/{id}/refresh", Role.SUPPORT, {202: _ONE}, body=Body(objects({}), required=False)
)
async def refresh_device(appliance: Appliance, call: Call) -> Answer:
    """Read all parameters of a device in its next session."""
    device = await device_of(appliance, call)
    return await _changed(
        appliance, device.id, {"full_read_requested": True, "full_read_failures": 0}, status=202
    )


async def _changed(
    appliance: Appliance, device_id: str, changes: Mapping[str, Any], status: int = 200
) -> Answer:
    """The device with these changes, which are on disk when it is answered."""
    device = appliance.store.change_device(device_id, **changes)
    await appliance.store.committed()
    return of_json(as_shown(appliance, device), status)


def _wishes(body: Mapping[str, JSON]) -> dict[str, Any]:
    """The fields of a device's record that a body sets."""
    wishes = {name: body[name] or "" for name in WISHES if name in body}
    if "tags" in body:
        wishes["tags"] = tuple(dict.fromkeys(body["tags"]))
    if wishes.get("desired_config_level"):
        wishes["desired_config_level"] = level_of(moment(wishes["desired_config_level"]))
    return wishes


# Which device is meant


async def device_of(appliance: Appliance, call: Call) -> Device:
    """The device that the path names, in memory; raises `Problem` 404."""
    found = await meant(appliance.store, call.path["id"])
    if found is None:
        raise unknown("device")
    return found


async def device_filter(appliance: Appliance, call: Call) -> dict[str, str]:
    """The filter of a list by its parameter ``device``: as given, unless a device is only there by the id
    not unquoted."""
    given = call.given.get("device")
    if given is None:
        return {}
    found = await meant(appliance.store, given)
    return {"device": given.text if found is None else found.id}
