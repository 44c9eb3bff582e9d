"""What is done to many devices at once."""

from __future__ import annotations

from collections.abc import Mapping

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.json_form import ArgumentError, from_json, request_from_json
from acs.store import ids
from acs.store.listing.deeds import BULKS
from acs.store.records import Role
from acs.store.records.bulks import Bulk
from acs.web.api.devices import WISHES
from acs.web.api.jobs import WANTED, wrong_arguments
from acs.web.appliance import Appliance
from acs.web.bulk.objects import ACTIONS, BULK
from acs.web.bulk.running import MOST, TooManyBulks
from acs.web.choosing import chosen_by
from acs.web.people.areas import Area, within
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import answer_list, list_of, params_of, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, JSON, FieldError, line, objects

routes = Routes("/api/v1", Area.DEVICES, WHOLE)

MOST_DEVICES = 100_000
MOST_LISTED = 10_000
FIRST = 20
"""So many devices are told beforehand by their ids."""

_TAGS = {"type": "array", "items": line(64, 1), "maxItems": 64}
_PATCH = {
    "tags": objects({"add": _TAGS, "remove": _TAGS}, minProperties=1),
    **{name: WISHES[name] for name in ("category", "desired_config_level", "desired_software_version")},
}
_WANTED: Mapping[str, JSON] = {
    "action": {"type": "string", "enum": list(ACTIONS)},
    "devices": {
        "type": "array",
        "items": line(1024, 1),
        "maxItems": MOST_LISTED,
        "description": "The ids of those that are meant.",
    },
    "filter": {
        "type": "object",
        "additionalProperties": line(512),
        "description": "Or whom a list of devices finds: its filters by name; none: all, but for `delete`.",
    },
    "job": {**objects(WANTED, ("rpc",)), "description": "Of the action `job`, as POST /devices/{id}/jobs."},
    "patch": {
        **objects(_PATCH, minProperties=1),
        "description": "Of the action `patch`: what PATCH /devices/{id} takes, tags to add and to remove.",
    },
    "dry_run": {**FLAG, "default": False, "description": "Nothing is done: which devices would be meant?"},
}
_DRY = {
    "type": "object",
    "properties": {
        "devices": {"type": "integer", "description": "How many are meant."},
        "unknown": {"type": "integer", "description": "How many of the listed ones are not there."},
        "first": {"type": "array", "items": {"type": "string"}, "description": "The ids of the first ones."},
    },
    "required": ["devices", "unknown", "first"],
}
_ONE = Content(BULK.reference)


@routes.add("GET", "/bulk", Role.VIEWER, {200: list_of(BULK.reference)}, query=params_of(BULKS))
async def list_bulks(appliance: Appliance, call: Call) -> Answer:
    """List what was done to many devices, the newest first."""
    page = await appliance.store.bulks(query_of(call))
    items = [BULK.write(appliance.bulks.now(each)) for each in page.items]
    return answer_list(call, items, page.next)


@routes.add("GET", "/bulk/{id}", Role.VIEWER, {200: _ONE})
async def read_bulk(appliance: Appliance, call: Call) -> Answer:
    """One of them, with how far it has come."""
    return of_json(BULK.write(appliance.bulks.now(await _bulk_of(appliance, call))))


@routes.add(
    "POST",
    "/bulk",
    Role.OPERATOR,
    {202: _ONE, 200: Content(_DRY)},
    body=Body(objects(_WANTED, ("action",))),
    says=("Location",),
    refusals=(422, 429),
)
async def begin_bulk(appliance: Appliance, call: Call) -> Answer:
    """Do something to many devices: those that are listed, or that the filter finds at this moment.

    `job`: queue an RPC or a diagnostic; `wake`: have them call, in their turn; `refresh`: read all of their
    parameters; `patch`: tags, category, what is wanted of them; `reconfigure`: bring them to what is wanted
    anew; `delete`: forget them.  It goes on in the background; 202 has its id.  It ends with the process that
    carries it out, and is `interrupted` then: what was done is done.  With `dry_run` 200 tells which devices
    are meant, and nothing is done.  For `job` a token with scopes needs `jobs:write` too.
    """
    body = call.body
    if body["action"] == "job" and not within(call.principal.scopes, Area.JOBS, "POST"):
        raise Problem(403, "jobs are not within the scopes of the token")
    _check(body)
    devices = await _devices(appliance, body)
    if body.get("dry_run"):
        return await _told(appliance, body, devices)
    wanted = {name: value for name, value in body.items() if name not in ("action", "devices", "dry_run")}
    who, now, number = call.principal.name, appliance.now(), appliance.store.new_id()
    bulk = Bulk(number, body["action"], len(devices), now, who, wanted, changed=now)
    try:
        await appliance.bulks.begin(bulk, devices, appliance.actions.of(bulk.action, body, who))
    except TooManyBulks:
        raise Problem(429, f"{MOST} are under way already", headers={"Retry-After": "10"}) from None
    return of_json(BULK.write(bulk), 202, f"{routes.prefix}/bulk/{ids.as_text(number)}")


@routes.add("DELETE", "/bulk/{id}", Role.OPERATOR, {202: _ONE}, refusals=(409,))
async def stop_bulk(appliance: Appliance, call: Call) -> Answer:
    """Stop it; what was done is done."""
    bulk = await _bulk_of(appliance, call)
    if appliance.bulks.now(bulk).state.over or not await appliance.store.stop_bulk(bulk.id):
        raise Problem(409, f"it is {appliance.bulks.now(bulk).state.value}")
    return of_json(BULK.write(appliance.bulks.now(await _bulk_of(appliance, call))), 202)


async def _bulk_of(appliance: Appliance, call: Call) -> Bulk:
    number = ids.from_text(call.path["id"].text)
    found = None if number is None else await appliance.store.bulk(number)
    if found is None:
        raise Problem(404, "there is no bulk with this id")
    return found


def _check(body: Mapping[str, JSON]) -> None:
    """Raise `Problem` 422 where what is wanted makes no sense."""
    action = body["action"]
    if ("devices" in body) == ("filter" in body):
        raise _wrong("devices", "give either a list of devices or a filter")
    if action == "delete" and body.get("filter") == {}:
        raise _wrong("filter", "not all devices are deleted at once: narrow it")
    for name in ("job", "patch"):
        if (name == action) != (name in body):
            raise _wrong(name, "missing" if name == action else f"is not for the action {action}")
    if action == "job":
        _check_job(body["job"])


def _check_job(job: Mapping[str, JSON]) -> None:
    diagnostic, arguments = DIAGNOSTICS.get(job["rpc"]), job.get("arguments", {})
    try:
        if diagnostic:
            from_json(diagnostic.arguments, arguments)
        else:
            request_from_json(job["rpc"], arguments)
    except ArgumentError as error:
        raise wrong_arguments(error, "job.") from None


async def _devices(appliance: Appliance, body: Mapping[str, JSON]) -> list[str]:
    """The ids of those that are meant; raises `Problem` 422 for too many."""
    if "devices" in body:
        return list(dict.fromkeys(body["devices"]))
    found = await chosen_by(appliance.store, body["filter"], MOST_DEVICES)
    if len(found) > MOST_DEVICES:
        raise _wrong("filter", f"there are more than {MOST_DEVICES}: narrow it")
    return found


async def _told(appliance: Appliance, body: Mapping[str, JSON], devices: list[str]) -> Answer:
    there = devices
    if "devices" in body:
        there = [each for each in devices if await appliance.store.device(each) is not None]
    told = {"devices": len(there), "unknown": len(devices) - len(there), "first": there[:FIRST]}
    return of_json(told, dry=True)


def _wrong(field: str, reason: str) -> Problem:
    return Problem(422, "this makes no sense", (FieldError(field, reason),))
