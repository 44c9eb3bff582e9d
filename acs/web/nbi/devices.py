"""Devices: found by queries, told as documents, tagged, forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial

import orjson

from acs.store.interface import Store
from acs.store.records import Device, Parameter, Role
from acs.web.appliance import Appliance
from acs.web.nbi.collections import QUERY, wanted_of
from acs.web.nbi.documents import Known
from acs.web.nbi.door import DONE, Door, door, refused
from acs.web.nbi.finding import find_devices
from acs.web.nbi.projections import Projection
from acs.web.nbi.queries import BadFilter
from acs.web.nbi.sending import ListBody
from acs.web.nbi.values import canonical
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Segment
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Routes

routes = Routes("", Area.DEVICES, WHOLE, lenient=True)

MOST_TAGS = 64
LONGEST_TAG = 64

_JSON = "application/json"


@routes.add("GET", "/devices", Role.VIEWER, {200: None}, query=QUERY, refusals=(400,))
async def list_devices(appliance: Appliance, call: Call) -> Answer:
    """The devices of which a query holds; ``total`` says how many there are."""
    through = door(appliance)
    try:
        wanted, projection = wanted_of(call)
        found = await find_devices(through, wanted)
    except BadFilter as error:
        raise refused(error) from None
    items = _items(through, wanted.piece(found), projection)
    return Answer(200, content_type=_JSON, headers={"total": str(len(found))}, stream=ListBody(items))


async def _items(through: Door, ids: Sequence[str], projection: Projection) -> AsyncIterator[bytes]:
    """The documents of these devices; one that is forgotten meanwhile is not among them."""
    for each in ids:
        device = await through.store.device(each)
        if device is not None:
            yield await _written(through, device, projection)


async def _written(through: Door, device: Device, projection: Projection) -> bytes:
    reads = projection.parameters or projection.has("_lastBoot")
    known = await through.store.parameters(device.id) if reads else {}
    return await through.in_thread(partial(_document, device, known, projection, through.secrets))


def _document(device: Device, known: dict[str, Parameter], projection: Projection, reveal: bool) -> bytes:
    """In a thread, as a device may have tens of thousands of parameters."""
    return orjson.dumps(Known(device, known, reveal).document(projection))


@routes.add("GET", "/devices/{id}", Role.VIEWER, {200: None}, query=QUERY[1:2], refusals=(400,))
async def read_device(appliance: Appliance, call: Call) -> Answer:
    """One device; GenieACS has no such request, but a client of it makes it."""
    through = door(appliance)
    device = await device_of(through.store, call.path["id"])
    try:
        projection = Projection(str(call.query.get("projection", "")))
    except BadFilter as error:
        raise refused(error) from None
    return Answer(200, await _written(through, device, projection), _JSON)


@routes.add("DELETE", "/devices/{id}", Role.OPERATOR, {200: None})
async def delete_device(appliance: Appliance, call: Call) -> Answer:
    """Forget a device."""
    device = await device_of(appliance.store, call.path["id"])
    await appliance.forget(device.id)
    return DONE


@routes.add("POST", "/devices/{id}/tags/{tag}", Role.OPERATOR, {200: None}, refusals=(422,))
async def add_tag(appliance: Appliance, call: Call) -> Answer:
    """Give a device a tag; one that it has it keeps."""
    device, tag = await device_of(appliance.store, call.path["id"]), call.path["tag"].text
    if len(tag) > LONGEST_TAG or not tag.isprintable():
        raise Problem(422, f"a tag has at most {LONGEST_TAG} visible characters")
    if tag not in device.tags and len(device.tags) >= MOST_TAGS:
        raise Problem(422, f"a device has at most {MOST_TAGS} tags")
    return await _tagged(appliance.store, device, tuple(dict.fromkeys((*device.tags, tag))))


@routes.add("DELETE", "/devices/{id}/tags/{tag}", Role.OPERATOR, {200: None})
async def remove_tag(appliance: Appliance, call: Call) -> Answer:
    """Take a tag from a device, which may not have it."""
    device, tag = await device_of(appliance.store, call.path["id"]), call.path["tag"].text
    return await _tagged(appliance.store, device, tuple(each for each in device.tags if each != tag))


async def _tagged(store: Store, device: Device, tags: tuple[str, ...]) -> Answer:
    store.change_device(device.id, tags=tags)
    await store.committed()
    return DONE


async def device_of(store: Store, given: Segment) -> Device:
    """The device of this id, in memory; raises `Problem` 404.

    Ids hold percent-escapes of their own, so one that was not quoted for the URL serves too.
    """
    for each in dict.fromkeys((canonical(given.text), canonical(given.raw))):
        if (device := await store.device(each)) is not None:
            return device
    raise Problem(404, "No such device")
