"""What another system knew of a device, told before that has called here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acs.configuration.document import ROOTS
from acs.store.records import Device, Parameter, Role
from acs.web.api.devices import as_shown, device_of
from acs.web.appliance import Appliance
from acs.web.objects.things import DEVICE
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, JSON, TIME, line, lines, moment, objects

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

MOST = 5000
"""Parameters that can be told at once; more of them are told with another request."""

_PARAMETER = objects(
    {
        "name": line(256, 1),
        "value": lines(65_536),
        "type": line(64),
        "writable": FLAG,
        "updated": TIME,
    },
    required=("name",),
)
_KNOWN = {
    "software_version": line(64),
    "hardware_version": line(64),
    "first_seen": TIME,
    "last_inform": TIME,
    "parameters": {
        "type": "array",
        "items": _PARAMETER,
        "maxItems": MOST,
        "description": "Beside those that are known. An object's name ends in a dot.",
    },
}


@routes.add(
    "POST",
    "/devices/{id}/known",
    Role.OPERATOR,
    {200: Content(DEVICE.reference)},
    body=Body(objects(_KNOWN, minProperties=1)),
    refusals=(409,),
)
async def tell_known(appliance: Appliance, call: Call) -> Answer:
    """Tell what another system knew of a device, such as the one that it called before.

    That is shown, searched and found until the device says more itself, in its first session here; of one
    that has called here nobody else is believed: 409.
    """
    device = await device_of(appliance, call)
    _check_new(device)
    told = {each["name"]: _parameter(each) for each in call.body.get("parameters", ())}
    store = appliance.store
    if told:
        before = await store.parameters(device.id)
        await store.keep_parameters(device.id, before | told, appliance.now())
    _check_new(await device_of(appliance, call))
    changed = store.change_device(device.id, **_fields(device, call.body, told))
    await store.committed()
    return of_json(as_shown(appliance, changed))


def _check_new(device: Device) -> None:
    if device.inform_count:
        raise Problem(409, "the device has called here, and tells itself what there is to know")


def _parameter(given: Mapping[str, JSON]) -> Parameter:
    is_object = given["name"].endswith(".")
    updated = moment(given["updated"]).timestamp() if "updated" in given else 0.0
    value = None if is_object else given.get("value")
    return Parameter(given["name"], value, given.get("type", ""), given.get("writable"), updated=updated)


def _fields(device: Device, body: Mapping[str, JSON], told: Mapping[str, Parameter]) -> dict[str, Any]:
    """The fields of the device's record that this tells."""
    fields = {name: body[name] for name in ("software_version", "hardware_version") if name in body}
    for name in ("first_seen", "last_inform"):
        if name in body:
            fields[name] = moment(body[name]).timestamp()
    root = next((each for each in ROOTS if any(name.startswith(each) for name in told)), "")
    return fields | ({"root": root} if root and not device.root else {})
