"""Configurations, told as presets as far as these can say the same.

Presets themselves are not taken.

There are no provisions, no virtual parameters and no objects, by which GenieACS too tells devices what to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from acs.configuration.document import ROOTS, Entry, read_document
from acs.configuration.naming import is_logical
from acs.configuration.secrecy import is_secret
from acs.store.interface import Query
from acs.store.records import Configuration, Role, Scope
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import MASK
from acs.web.nbi.collections import QUERY, answer_collection, answer_list, one_of
from acs.web.nbi.door import Door, door, refused
from acs.web.nbi.queries import BadFilter, read_query
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Routes, Serve

routes = Routes("", Area.CONFIGURATIONS, WHOLE, lenient=True)

_WEIGHTS = {scope: number for number, scope in enumerate(Scope)}
_NOTHING_KEPT = ("provisions", "virtual_parameters", "objects")
_INSTEAD = {
    "presets": "what devices are to have is said with `acsctl config set` or PUT /api/v1/configurations",
    "provisions": "say what devices are to have in configurations, and ask your own systems by [hooks]",
    "virtual_parameters": "logical names (`acsctl profile set`) stand for paths that differ by model",
    "objects": "configurations say which instances there are to be",
}
_MOST_OWN = 1000
_ANY_BODY = Body({}, required=False, streamed=1 << 20)

JSON = Any


def preset_of(configuration: Configuration, reveal: bool) -> dict[str, JSON] | None:
    """The preset that says what a configuration does; None where none can.

    ``omitted`` are the entries that no preset can say: logical names, values that are taken from elsewhere.
    """
    condition = _condition(configuration)
    if condition is None:
        return None
    values: list[JSON] = []
    omitted: list[str] = []
    for path, entry in read_document(configuration.parameters).items():
        names = _names(path, entry)
        values += [{"type": "value", "name": name, "value": _shown(name, entry, reveal)} for name in names]
        omitted += [] if names else [path]
    return {
        "_id": f"{configuration.scope}:{configuration.name}",
        "channel": "default",
        "weight": _WEIGHTS[Scope(configuration.scope)],
        "precondition": orjson.dumps(condition).decode(),
        "configurations": values,
        "omitted": omitted,
        "level": configuration.level,
    }


def _condition(configuration: Configuration) -> dict[str, str] | None:
    """Whose devices it is for, as a query."""
    name = configuration.name
    match configuration.scope:
        case Scope.ALL:
            return {}
        case Scope.TAG:
            return {"_tags": name}
        case Scope.VENDOR:
            return {"_deviceId._Manufacturer": name}
        case Scope.DEVICE:
            return {"_id": name}
        case Scope.MODEL:
            vendor, _, product_class = name.rpartition("/")
            return {"_deviceId._Manufacturer": vendor, "_deviceId._ProductClass": product_class}
    return None


def _names(path: str, entry: Entry) -> list[str]:
    """The parameters that are meant, where that and the value can be said in a preset."""
    if entry.value is None or "{{" in entry.value or "[" in path or is_logical(path):
        return []
    return [f"{root}{path[1:]}" for root in ROOTS] if path.startswith(".") else [path]


def _shown(name: str, entry: Entry, reveal: bool) -> str | None:
    return MASK if entry.value and not reveal and (entry.secret or is_secret(name)) else entry.value


async def _presets(through: Door) -> list[dict[str, JSON]]:
    own = await through.store.configurations(Query({"scope": Scope.DEVICE}, limit=_MOST_OWN))
    every = (*through.store.shared_configurations(), *own.items)
    shown = (preset_of(each, through.secrets) for each in every)
    return [each for each in shown if each is not None]


@routes.add("GET", "/presets", Role.VIEWER, {200: None}, query=QUERY)
async def list_presets(appliance: Appliance, call: Call) -> Answer:
    """The configurations that a preset could be, at most a thousand of them of single devices."""
    try:
        return answer_collection(call, await _presets(door(appliance)))
    except BadFilter as error:
        raise refused(error) from None


@routes.add("GET", "/presets/{name}", Role.VIEWER, {200: None})
async def read_preset(appliance: Appliance, call: Call) -> Answer:
    """One of them; GenieACS has no such request, but a client of it makes it."""
    try:
        return of_json(one_of(await _presets(door(appliance)), call.path["name"].text))
    except LookupError:
        raise Problem(404, "there is no such preset") from None


async def _nothing(appliance: Appliance, call: Call) -> Answer:
    """None."""
    try:
        read_query(str(call.query.get("query", "")))
    except BadFilter as error:
        raise refused(error) from None
    return answer_list([], 0)


async def _no_such(appliance: Appliance, call: Call) -> Answer:
    """There is none."""
    raise Problem(404, "there is nothing of this kind here")


def _refusing(kind: str) -> Serve:
    """What answers who would change one of a kind that is not kept here."""

    async def refuse(appliance: Appliance, call: Call) -> Answer:
        """Say what to do instead."""
        raise Problem(
            501, f"{kind.replace('_', ' ')} are not taken here: {_INSTEAD[kind]} (docs/genieacs.rst)"
        )

    return refuse


@routes.add("GET", "/ping/{host}", Role.SUPPORT, {501: None})
async def ping(appliance: Appliance, call: Call) -> Answer:
    """The appliance itself asks no other machines."""
    raise Problem(
        501, "nothing is pinged from here: have a device do it, with the job IPPing (docs/diagnostics.rst)"
    )


def _declare_all(kinds: Mapping[str, str]) -> None:
    for kind in kinds:
        for method in ("PUT", "POST", "DELETE"):
            body = None if method == "DELETE" else _ANY_BODY
            routes.add(method, f"/{kind}/{{name}}", Role.OPERATOR, {501: None}, body=body)(_refusing(kind))
    for kind in _NOTHING_KEPT:
        routes.add("GET", f"/{kind}", Role.VIEWER, {200: None}, query=QUERY)(_nothing)
        routes.add("GET", f"/{kind}/{{name}}", Role.VIEWER, {404: None})(_no_such)


_declare_all(_INSTEAD)
