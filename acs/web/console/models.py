"""Models, vendors, categories: how many devices there are of each, what holds for them."""

from __future__ import annotations

from urllib.parse import urlencode

from acs.store.records import Role, Scope
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()


@pages.add("/models", "models.html")
async def models(ask: Ask, call: Call) -> Values:
    """All of them."""
    found = await ask.all("models")
    found.sort(key=lambda model: (-model["devices"], model["name"]))
    return {
        "models": [{**model, "query": _query_of(Scope.MODEL, model)} for model in found],
        "vendors": await ask.all("vendors"),
        "categories": await ask.all("categories"),
    }


@pages.add("/models/{name}", "kind.html")
async def model(ask: Ask, call: Call) -> Values:
    """One model, with what works on which version of its firmware."""
    found = await ask.get("models", call.path["name"].text)
    versions = await ask.all("models", found["name"], "versions")
    versions.sort(key=lambda version: -version["devices"])
    images = await ask.all("firmware", product_class=found["product_class"])
    return {
        "versions": versions,
        "wanted": _names_of(found["desired_software_version"], images),
        "categories": await ask.all("categories"),
        **await _kind(ask, Scope.MODEL, "models", found, images),
    }


@pages.add("/vendors/{name}", "kind.html")
async def vendor(ask: Ask, call: Call) -> Values:
    """One vendor."""
    found = await ask.get("vendors", call.path["name"].text)
    images = await ask.all("firmware", manufacturer=found["name"])
    return await _kind(ask, Scope.VENDOR, "vendors", found, images)


@pages.add("/categories/{name}", "kind.html")
async def category(ask: Ask, call: Call) -> Values:
    """One category, with the models that are in it."""
    found = await ask.get("categories", call.path["name"].text)
    members = [each for each in await ask.all("models") if each["category"] == found["name"]]
    images = await ask.all("firmware")
    return {"members": members, **await _kind(ask, Scope.CATEGORY, "categories", found, images)}


def _names_of(version: str | None, images: list[JSON]) -> set[str]:
    """What devices may call a version that they run: as it is called, or as its image says."""
    reported = {each["reported"] for each in images if version and each["version"] == version}
    return {version, *reported} - {None} if version else set()


async def _kind(ask: Ask, scope: Scope, kind: str, found: JSON, images: list[JSON]) -> Values:
    """What the page shows of any of them."""
    own = await ask.maybe("configurations", scope.value, found["name"])
    return {
        "kind": kind,
        "scope": scope.value,
        "found": found,
        "query": _query_of(scope, found),
        "images": sorted({each["reported"] or each["version"] for each in images} - {None}),
        "configured": own is not None,
        "quirks": await ask.all("quirks") if scope is not Scope.CATEGORY else [],
        "may_change": ask.may(Role.OPERATOR),
    }


def _query_of(scope: Scope, found: JSON) -> str:
    """The query that lists its devices."""
    if scope is Scope.MODEL:
        return urlencode({name: found[name] for name in ("manufacturer", "product_class")})
    return urlencode({"manufacturer" if scope is Scope.VENDOR else "category": found["name"]})
