"""Views of the list of devices that people keep for themselves."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.verbs.views import View
from acs.web.appliance import Appliance
from acs.web.objects.views import VIEW
from acs.web.people.areas import Area
from acs.web.people.restrictions import OPEN
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import NAME, errors, line, objects

routes = Routes("/api/v1", Area.EVERYBODY, OPEN)

MOST = 100
"""How many one person may keep."""

_PLACE = "/views/{name}"
_QUERY = {**line(2000), "description": "That of the address /devices: filters, sort, columns."}


@routes.add("GET", "/views", Role.VIEWER, {200: list_of(VIEW.reference)}, query=PAGE)
async def list_views(appliance: Appliance, call: Call) -> Answer:
    """List the views that you have kept."""
    page = piece(call, await appliance.store.views(call.principal.name), lambda view: view.name)
    return answer_list(call, [VIEW.write(view) for view in page.items], page.next)


@routes.add("GET", _PLACE, Role.VIEWER, {200: Content(VIEW.reference)})
async def read_view(appliance: Appliance, call: Call) -> Answer:
    """One of them."""
    name = call.path["name"].text
    for view in await appliance.store.views(call.principal.name):
        if view.name == name:
            return of_json(VIEW.write(view))
    raise _unknown()


@routes.add(
    "PUT",
    _PLACE,
    Role.VIEWER,
    {200: Content(VIEW.reference)},
    body=Body(objects({"query": _QUERY}, ("query",))),
    refusals=(409, 422),
)
async def keep_view(appliance: Appliance, call: Call) -> Answer:
    """Keep a view, for yourself, instead of the one of that name; 409: you have too many."""
    who, name = call.principal.name, call.path["name"].text
    if wrong := tuple(errors(name, NAME, "name")):
        raise Problem(422, "this is no name for a view", wrong)
    kept = await appliance.store.views(who)
    if len(kept) >= MOST and name not in (each.name for each in kept):
        raise Problem(409, f"you have {MOST} views already: forget one first")
    view = View(who, name, call.body["query"], appliance.now())
    await appliance.store.put_view(view)
    return of_json(VIEW.write(view))


@routes.add("DELETE", _PLACE, Role.VIEWER, {204: None})
async def forget_view(appliance: Appliance, call: Call) -> Answer:
    """Forget a view of yours."""
    if not await appliance.store.remove_view(call.principal.name, call.path["name"].text):
        raise _unknown()
    return NOTHING


def _unknown() -> Problem:
    return Problem(404, "you have no view of this name")
