"""A device's firmware: brought to another version, or back to the one before."""

from __future__ import annotations

from typing import Any

from acs.session.software import begin_anew
from acs.store.records import Role
from acs.web.api.devices import as_shown, device_of
from acs.web.appliance import Appliance
from acs.web.objects.things import DEVICE
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import line, objects

routes = Routes("/api/v1", Area.FIRMWARE, OF_DEVICE)

_ONE = Content(DEVICE.reference)
_VERSION = {**line(64, 1), "description": "Without, what is wanted of it already is tried anew."}


@routes.add(
    "POST",
    "/devices/{id}/upgrade",
    Role.OPERATOR,
    {202: _ONE},
    body=Body(objects({"version": _VERSION}), required=False),
    refusals=(409,),
)
async def upgrade_device(appliance: Appliance, call: Call) -> Answer:
    """Bring a device to a version of its firmware, newer or older, in its next sessions.

    It is wanted of this device from then on, whatever is wanted of its kind, until
    `desired_software_version` is set to null.  A device that was left alone after a few tries gets as many
    again.
    """
    device = await device_of(appliance, call)
    body: dict[str, Any] = call.body or {}
    if "version" in body:
        return await _wanted(appliance, device.id, desired_software_version=body["version"])
    if not appliance.desired.software(device).value:
        raise Problem(409, "no version is wanted of this device: say which")
    return await _wanted(appliance, device.id)


@routes.add(
    "POST",
    "/devices/{id}/rollback",
    Role.OPERATOR,
    {202: _ONE},
    body=Body(objects({}), required=False),
    refusals=(409,),
)
async def roll_back(appliance: Appliance, call: Call) -> Answer:
    """Bring a device back to the version that it ran before this one.

    That is wanted of this device from then on, as with `upgrade`; its image has to be there still.
    """
    device = await device_of(appliance, call)
    version = device.previous_software_version
    if not version:
        raise Problem(409, "it is not known that this device ever ran another version")
    return await _wanted(appliance, device.id, desired_software_version=version)


async def _wanted(appliance: Appliance, device_id: str, **wish: str) -> Answer:
    begin_anew(appliance.store, device_id)
    changed = appliance.store.change_device(device_id, **wish)
    await appliance.store.committed()
    return of_json(as_shown(appliance, changed), 202)
