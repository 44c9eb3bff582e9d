"""A device's parameters as they were last read."""

from __future__ import annotations

from collections.abc import Sequence

from acs.session.data_models import definitions_for
from acs.store.records import Page, Parameter, Role
from acs.web.answers import Answer
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.calls import Call, Param
from acs.web.datamodel_objects import MODELLED
from acs.web.listing import PAGE, answer_list, list_of, piece
from acs.web.objects import PARAMETER
from acs.web.routing import Routes
from acs.web.schema import line
from acs.web.secrets import SHOW, masked, shown

routes = Routes("/api/v1")

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
