"""What a device has becomes what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acs.configuration.addressing import numbered
from acs.configuration.document import Entry, write_document
from acs.configuration.levels import level_at
from acs.store.records import Configuration, Device, Parameter, Role, Scope
from acs.web.api.configurations import show_configuration, told_of
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.objects.configurations import CONFIGURATION
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FieldError, line, objects

routes = Routes("/api/v1", Area.CONFIGURATIONS, OF_DEVICE)

_NAMES = {
    "type": "array",
    "items": line(512, 1),
    "maxItems": 1000,
    "description": "Parameters that are wanted, as the device's configuration lists them.",
}


@routes.add(
    "POST",
    "/devices/{id}/configuration/learn",
    Role.OPERATOR,
    {200: Content(CONFIGURATION.reference)},
    body=Body(objects({"names": _NAMES}, ("names",))),
    refusals=(422,),
)
async def learn_parameters(appliance: Appliance, call: Call) -> Answer:
    """Take what the device has, as it last told, for what is wanted of it: into its own configuration.

    Which is answered. Nothing is sent to the device for it.  Passwords, which devices do not tell, cannot be
    learnt.
    """
    device = await device_of(appliance, call)
    _, document = await told_of(appliance, device)
    wanted = (await appliance.desired.composed(device, document)).entries
    learnt = _learnt(call.body["names"], wanted, await appliance.store.parameters(device.id))
    own = await appliance.store.configuration(Scope.DEVICE, device.id)
    parameters = {**({} if own is None else own.parameters), **write_document(learnt)}
    level = _level(appliance, device, own)
    new = Configuration(Scope.DEVICE, device.id, level, parameters, call.principal.name)
    await appliance.store.put_configuration(new)
    return of_json(show_configuration(new, reveal=False))


def _level(appliance: Appliance, device: Device, own: Configuration | None) -> str:
    """That of its configuration, which stays: what is learnt the device has already."""
    return own.level if own is not None else device.current_config_level or level_at(appliance.now())


def _learnt(
    names: Iterable[str], wanted: Mapping[str, Entry], known: Mapping[str, Parameter]
) -> dict[str, Entry]:
    """The entries that say what the device has; raises `Problem` 422 naming each that cannot be learnt."""
    learnt: dict[str, Entry] = {}
    wrong: list[FieldError] = []
    for place, name in enumerate(names):
        entry, held = wanted.get(name), known.get(numbered(name, known))
        if entry is None:
            wrong.append(FieldError(f"names[{place}]", "nothing is wanted of it"))
        elif held is None or not held.value:
            wrong.append(FieldError(f"names[{place}]", "the device has not told its value"))
        else:
            learnt[name] = Entry(held.value, secret=entry.secret, type=entry.type)
    if wrong or not learnt:
        raise Problem(422, "this cannot be learnt", tuple(wrong))
    return learnt
