"""What devices authenticate themselves with, where their listener has ``credentials = "device"``."""

from __future__ import annotations

from acs.store.records import Credentials, Role
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import MASK, SHOW, shown
from acs.web.objects.things import CREDENTIALS
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import line, objects

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

_PLACE = "/devices/{id}/credentials"
_WANTED = {"username": line(256, 1), "password": line(256, 1)}
_ONE = {200: Content(CREDENTIALS.reference)}


@routes.add("GET", _PLACE, Role.VIEWER, _ONE, query=(SHOW,))
async def read_credentials(appliance: Appliance, call: Call) -> Answer:
    """What a device authenticates itself with."""
    reveal = shown(call)
    device = await device_of(appliance, call)
    found = await appliance.store.credentials(device.id)
    if found is None:
        raise Problem(404, "the device has no credentials of its own")
    return of_json(CREDENTIALS.write(found, password=found.password if reveal else MASK))


@routes.add("PUT", _PLACE, Role.OPERATOR, {204: None}, body=Body(objects(_WANTED, tuple(_WANTED))))
async def write_credentials(appliance: Appliance, call: Call) -> Answer:
    """Tell what a device authenticates itself with; it is not told to the device.

    Until it has used these, those that it had before hold too.
    """
    device = await device_of(appliance, call)
    before = await appliance.store.credentials(device.id)
    old = (before.username, before.password) if before else ("", "")
    new = Credentials(call.body["username"], call.body["password"], False, *old)
    await appliance.store.put_credentials(device.id, new)
    return NOTHING


@routes.add("DELETE", _PLACE, Role.OPERATOR, {204: None})
async def forget_credentials(appliance: Appliance, call: Call) -> Answer:
    """Forget them: those that devices leave the factory with hold again, and it gets new ones."""
    device = await device_of(appliance, call)
    await appliance.store.put_credentials(device.id, None)
    return NOTHING
