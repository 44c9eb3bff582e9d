"""Devices that take the place of others, with their settings."""

from __future__ import annotations

from acs.configuration.levels import level_at
from acs.session.replacing import backup_of, hand_over, heir
from acs.store.interface import Store
from acs.store.records import Device, Role, Scope
from acs.web.api.configurations import masked_entry, told_of
from acs.web.api.devices import as_shown, device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import SHOW, shown
from acs.web.objects.configurations import BACKUP
from acs.web.objects.things import SWAPPED
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE, sees
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, FieldError, line, objects

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

_SWAP = {
    "replacement": {**line(1024, 1), "description": "The id of the device that takes its place."},
    "delete": {**FLAG, "default": False, "description": "Forget the old device afterwards."},
    "force": {
        **FLAG,
        "default": False,
        "description": "Though the replacement has a configuration of its own, which is lost then.",
    },
}
_REPLACED = Content(SWAPPED.reference)


@routes.add("GET", "/devices/{id}/backup", Role.VIEWER, {200: Content(BACKUP.reference)}, query=(SHOW,))
async def read_backup(appliance: Appliance, call: Call) -> Answer:
    """What another device of the same model is to have of its own in order to take this one's place.

    By logical name where there is one, which serves other models too, else by path.
    """
    reveal = shown(call)
    device = await device_of(appliance, call)
    told = await told_of(appliance, device)
    backup = await backup_of(appliance.store, appliance.desired, device, told)
    if not reveal:
        hidden = {path: masked_entry(path, entry) for path, entry in backup.entries.items()}
        backup = backup._replace(entries=hidden)
    return of_json(BACKUP.write(backup))


@routes.add(
    "POST",
    "/devices/{id}/swap",
    Role.OPERATOR,
    {200: _REPLACED},
    body=Body(objects(_SWAP, required=("replacement",))),
    refusals=(409, 422),
)
async def swap_device(appliance: Appliance, call: Call) -> Answer:
    """Put a device's settings on the one that replaces it, and give it tags, category and notes.

    It gets them in its next session.  One that has not called yet is registered first, by PUT.
    """
    old = await device_of(appliance, call)
    new = heir(old, await _replacement(appliance.store, old, call))
    told, new_told = await told_of(appliance, old), await told_of(appliance, new)
    backup = await backup_of(appliance.store, appliance.desired, old, told, new, new_told)
    level, who = level_at(appliance.now()), call.principal.name
    try:
        changed = await hand_over(appliance.store, appliance.desired, new, backup, level, who)
    except LookupError:
        raise _unknown() from None
    if call.body.get("delete", False):
        await appliance.forget(old.id)
    return of_json(SWAPPED.write(backup, **as_shown(appliance, changed)))


async def _replacement(store: Store, old: Device, call: Call) -> Device:
    """The device that a body names, if it may take the place of another; raises `Problem`."""
    found = await store.device(call.body["replacement"])
    if found is None or not await sees(store, call.principal.only, found.id):
        raise _unknown()
    if found.id == old.id:
        wrong = FieldError("replacement", "is the device itself")
        raise Problem(422, "a device cannot take its own place", (wrong,))
    own = await store.configuration(Scope.DEVICE, found.id)
    if own is not None and own.parameters and not call.body.get("force", False):
        wrong = FieldError("replacement", "has a configuration of its own")
        raise Problem(409, "the replacement has settings, which are lost with force alone", (wrong,))
    return found


def _unknown() -> Problem:
    wrong = FieldError("replacement", "is not registered")
    return Problem(404, "there is no such replacement", (wrong,))
