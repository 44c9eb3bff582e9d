"""A device's parameters: as they were last read, those that are tracked over time."""

from __future__ import annotations

from collections.abc import Sequence

from acs.session.data_models import definitions_for
from acs.store.listing.listings import CHANGES, READINGS
from acs.store.records import Page, Parameter, Role
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import SHOW, masked, shown
from acs.web.objects.datamodels import MODELLED
from acs.web.objects.shapes import time as moment_of
from acs.web.objects.things import CHANGE, PARAMETER, READING
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, params_of_device, piece, query_of
from acs.web.serving.routing import Routes
from acs.web.serving.schema import line

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

_Shown = tuple[Parameter, str | None]
"""A parameter, and its value as far as it may be seen."""

_FILTERS = (
    Param("prefix", line(256), "Names that begin so."),
    Param(
        "q", line(256), "Names and values that hold this, in whatever case; hidden values are not searched."
    ),
)


@routes.add(
    "GET",
    "/devices/{id}/parameters",
    Role.VIEWER,
    {200: list_of(PARAMETER.reference)},
    query=(*_FILTERS, SHOW, *PAGE),
)
async def list_parameters(appliance: Appliance, call: Call) -> Answer:
    """List a device's parameters, by name."""
    reveal = shown(call)
    device = await device_of(appliance, call)
    found = tuple((await appliance.store.parameters(device.id)).values())
    page = await appliance.in_thread(_chosen, found, call, reveal)
    said = await definitions_for(appliance.store, device, [each.name for each, _ in page.items])
    items = []
    for each, value in page.items:
        model = MODELLED.write(said.get(each.name))
        items.append(PARAMETER.write(each, value=value, model=model))
    return answer_list(call, items, page.next)


@routes.add(
    "GET",
    "/devices/{id}/history",
    Role.VIEWER,
    {200: list_of(READING.reference)},
    query=(*params_of_device(READINGS), SHOW),
)
async def list_history(appliance: Appliance, call: Call) -> Answer:
    """List the values that a device's tracked parameters had, the newest first."""
    reveal = shown(call)
    device = await device_of(appliance, call)
    page = await appliance.store.readings(device.id, query_of(call))
    items = [
        READING.write(each, **({} if reveal else {"value": masked(each.name, each.value)}))
        for each in page.items
    ]
    return answer_list(call, items, page.next)


@routes.add(
    "GET",
    "/devices/{id}/changes",
    Role.VIEWER,
    {200: list_of(CHANGE.reference)},
    query=(*params_of_device(CHANGES), SHOW),
)
async def list_changes(appliance: Appliance, call: Call) -> Answer:
    """List what has changed of a device's parameters, whoever changed it, the newest first."""
    reveal = shown(call)
    device = await device_of(appliance, call)
    page = await appliance.store.changes(device.id, query_of(call))
    items = []
    for time, each in page.items:
        values = {} if reveal else {name: masked(each.name, getattr(each, name)) for name in ("old", "new")}
        items.append(CHANGE.write(each, time=moment_of(time), **values))
    return answer_list(call, items, page.next)


def _chosen(parameters: Sequence[Parameter], call: Call, reveal: bool) -> Page[_Shown]:
    """The piece of the list; in a thread, as a device may have tens of thousands."""
    prefix, wanted = call.query.get("prefix", ""), call.query.get("q", "").casefold()
    named = (parameter for parameter in parameters if parameter.name.startswith(prefix))
    values = ((each, each.value if reveal else masked(each.name, each.value)) for each in named)
    found = [
        (each, value)
        for each, value in values
        if wanted in each.name.casefold() or wanted in (value or "").casefold()
    ]
    return piece(call, found, lambda item: item[0].name)
