"""What the devices are, counted by vendor, model or category."""

from __future__ import annotations

from collections.abc import Iterable

from acs.store.records import Count, Role
from acs.web.answers import Answer
from acs.web.appliance import Appliance
from acs.web.calls import Call
from acs.web.listing import PAGE, answer_list, list_of, piece
from acs.web.objects import CATEGORY, MODEL, VENDOR
from acs.web.routing import Routes
from acs.web.shapes import Shape

routes = Routes("/api/v1")


@routes.add("GET", "/vendors", Role.VIEWER, {200: list_of(VENDOR.reference)}, query=PAGE)
async def list_vendors(appliance: Appliance, call: Call) -> Answer:
    """List manufacturers."""
    return _listed(call, await appliance.store.vendors(), VENDOR)


@routes.add("GET", "/models", Role.VIEWER, {200: list_of(MODEL.reference)}, query=PAGE)
async def list_models(appliance: Appliance, call: Call) -> Answer:
    """List models, which are manufacturer and product class."""
    return _listed(call, await appliance.store.models(), MODEL)


@routes.add("GET", "/categories", Role.VIEWER, {200: list_of(CATEGORY.reference)}, query=PAGE)
async def list_categories(appliance: Appliance, call: Call) -> Answer:
    """List categories."""
    return _listed(call, await appliance.store.categories(), CATEGORY)


def _listed(call: Call, counts: Iterable[Count], shape: Shape) -> Answer:
    page = piece(call, counts, lambda count: count.name)
    return answer_list(call, [shape.write(count) for count in page.items], page.next)
