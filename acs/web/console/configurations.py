"""Configurations: what is wanted of which devices, edited with a look at what would come of it."""

from __future__ import annotations

from collections.abc import Mapping

from acs.configuration.shipped_names import SHIPPED
from acs.cwmp.markup import SIMPLE_TYPES
from acs.store.records import Role, Scope
from acs.web.api.configurations import wrong_with_place
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.hiding.secrets import MASK
from acs.web.serving.calls import Call, Param
from acs.web.serving.problems import Problem
from acs.web.serving.schema import FLAG, JSON

pages = Pages()

_SECRETS = Param("secrets", {**FLAG, "default": False}, "Whether to show secrets.")
MOST_ROWS = 300
"""So many entries are edited in rows; more of them as JSON, which browsers take without ado."""
_KINDS: Mapping[str, str] = {
    Scope.CATEGORY: "categories",
    Scope.VENDOR: "vendors",
    Scope.MODEL: "models",
    Scope.TAG: "tags",
}
"""The lists of what a scope's configurations are for."""


@pages.add("/configurations", "configurations.html", query=query_of("/configurations"))
async def configurations(ask: Ask, call: Call) -> Values:
    """Those that fit the filters, with whom they are for."""
    page = await ask.get("configurations", **call.query)
    counts = {scope: await _counts(ask, kind) for scope, kind in _KINDS.items()}
    all_devices = sum(counts[Scope.VENDOR].values())
    for each in page["items"]:
        numbers = {Scope.ALL: all_devices, Scope.DEVICE: 1}
        found = numbers.get(each["scope"])
        each["devices"] = counts[each["scope"]].get(each["name"], 0) if found is None else found
    return {
        "page": page,
        "given": call.query,
        "scopes": list(Scope),
        "names": {scope: list(found) for scope, found in counts.items()},
        "may_change": ask.may(Role.OPERATOR),
    }


async def _counts(ask: Ask, kind: str) -> dict[str, int]:
    return {each["name"]: each["devices"] for each in await ask.all(kind)}


@pages.add("/configurations/{scope}/{name}", "configuration.html", query=(_SECRETS,))
async def configuration(ask: Ask, call: Call) -> Values:
    """One, or the place where one may be written."""
    scope, name, secrets = call.path["scope"].text, call.path["name"].text, call.query["secrets"]
    if reason := wrong_with_place(scope, name):
        raise Problem(404, reason)
    if scope == Scope.DEVICE:
        await ask.get("devices", name)
    found = await ask.maybe("configurations", scope, name, secrets=secrets)
    if secrets and not ask.may(Role.OPERATOR):
        raise Problem(403, "secrets are shown to the role operator or a higher one")
    parameters = found["parameters"] if found else {}
    entries = [(path, _entry(said)) for path, said in parameters.items()]
    devices = await _devices(ask, Scope(scope), name)
    of = await _filters(ask, Scope(scope), name) if devices else {}
    return {
        "scope": scope,
        "name": name,
        "found": found,
        "entries": entries,
        "parameters": parameters,
        "most_rows": MOST_ROWS,
        "hidden": any(entry.get("value") == MASK for _, entry in entries),
        "secrets": secrets,
        "query": of,
        "devices": devices,
        "example": name if scope == Scope.DEVICE else await _example(ask, of) if devices else "",
        "logical": await _logical(ask),
        "types": [f"xsd:{each}" for each in SIMPLE_TYPES],
        "may_change": ask.may(Role.OPERATOR),
    }


def _entry(said: JSON) -> JSON:
    return said if isinstance(said, dict) else {"value": said}


async def _filters(ask: Ask, scope: Scope, name: str) -> dict[str, str]:
    """The filters that list whom one is for, if it is for several."""
    match scope:
        case Scope.MODEL:
            found = await ask.get("models", name)
            return {each: found[each] for each in ("manufacturer", "product_class")}
        case Scope.CATEGORY | Scope.TAG:
            return {scope.value: name}
        case Scope.VENDOR:
            return {"manufacturer": name}
        case _:
            return {}


async def _example(ask: Ask, filters: Mapping[str, str]) -> str:
    """The id of a device that it is for."""
    found = (await ask.get("devices", limit=1, **filters))["items"]
    return str(found[0]["id"]) if found else ""


async def _devices(ask: Ask, scope: Scope, name: str) -> int:
    """How many devices it is for."""
    match scope:
        case Scope.DEVICE:
            return 1
        case Scope.ALL:
            return sum((await _counts(ask, "vendors")).values())
        case _:
            return (await _counts(ask, _KINDS[scope])).get(name, 0)


async def _logical(ask: Ask) -> list[str]:
    """The logical names that there are: shipped ones, and those of the operator's maps."""
    names = {name for shipped in SHIPPED.values() for name in shipped}
    for profile in await ask.all("profiles") if ask.principal.only is None else ():
        names.update(profile["parameter_map"])
    return sorted(names)
