"""What the devices are, counted by vendor, model or category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from glob import escape

from msgspec.structs import replace

from acs.configuration.levels import level_of
from acs.quirks.rules import Rule
from acs.store.records import Configuration, Count, Profile, Role, Scope
from acs.web.answers import NOTHING, Answer
from acs.web.appliance import Appliance
from acs.web.areas import Area
from acs.web.calls import Body, Call
from acs.web.forcing import FORCED, force
from acs.web.listing import PAGE, answer_list, list_of, piece
from acs.web.population_objects import CATEGORY, MODEL, VENDOR
from acs.web.problems import Problem
from acs.web.profiling import OF_CATEGORY, OF_MODEL, OF_VENDOR, changed, described
from acs.web.restrictions import WHOLE
from acs.web.routing import Routes
from acs.web.schema import TIME, Schema, moment, objects
from acs.web.shapes import Shape

routes = Routes("/api/v1", Area.DEVICES, WHOLE)

_LEVEL = {
    **TIME,
    "description": "Devices below it are brought to what is wanted of them in their next session.",
}
_FORCED: Mapping[str, Schema] = {"quirks": FORCED, "desired_config_level": _LEVEL}
_OF_VENDOR = Body(
    objects({**_FORCED, **OF_VENDOR}, minProperties=1),
    described=objects({**_FORCED, **described(OF_VENDOR)}, minProperties=1),
)
_OF_MODEL = Body(
    objects({**_FORCED, **OF_MODEL}, minProperties=1),
    described=objects({**_FORCED, **described(OF_MODEL)}, minProperties=1),
)
_OF_CATEGORY = Body(objects({"desired_config_level": _LEVEL, **OF_CATEGORY}, minProperties=1))
_OF_PROFILES = ("parameter_map", "tracked", "vendor_file", "desired_software_version", "upgrade_paths")


@routes.add("GET", "/vendors", Role.VIEWER, {200: list_of(VENDOR.reference)}, query=PAGE)
async def list_vendors(appliance: Appliance, call: Call) -> Answer:
    """List manufacturers."""
    return _listed(appliance, call, await appliance.store.vendors(), VENDOR, Scope.VENDOR)


@routes.add("GET", "/models", Role.VIEWER, {200: list_of(MODEL.reference)}, query=PAGE)
async def list_models(appliance: Appliance, call: Call) -> Answer:
    """List models, which are manufacturer and product class."""
    return _listed(appliance, call, await appliance.store.models(), MODEL, Scope.MODEL)


@routes.add("GET", "/categories", Role.VIEWER, {200: list_of(CATEGORY.reference)}, query=PAGE)
async def list_categories(appliance: Appliance, call: Call) -> Answer:
    """List categories."""
    return _listed(appliance, call, await appliance.store.categories(), CATEGORY, Scope.CATEGORY)


def _listed(appliance: Appliance, call: Call, counts: Iterable[Count], shape: Shape, scope: Scope) -> Answer:
    page = piece(call, counts, lambda count: count.name)
    levels = {
        each.name: each.level for each in appliance.store.shared_configurations() if each.scope == scope
    }
    items = [
        shape.write(_profiled(appliance, count, scope), desired_config_level=levels.get(count.name))
        for count in page.items
    ]
    return answer_list(call, items, page.next)


def _profiled(appliance: Appliance, count: Count, scope: Scope) -> Count:
    """With what its profile says."""
    profile = appliance.store.profile(scope, count.name) or Profile(scope, count.name)
    said = {name: getattr(profile, name) for name in _OF_PROFILES}
    return replace(count, fields={**count.fields, **said})


@routes.add("PATCH", "/vendors/{name}", Role.OPERATOR, {204: None}, body=_OF_VENDOR, refusals=(422,))
async def change_vendor(appliance: Appliance, call: Call) -> Answer:
    """Say what holds for all devices of a manufacturer.

    Quirks that are forced on or off, the configuration level and the version of their firmware that they are
    brought to, what logical names stand for, what is tracked; members that are not given stay as they are.
    """
    name = _known(call, await appliance.store.vendors(), "vendor").name
    return await _change(appliance, call, Scope.VENDOR, name, Rule("", manufacturer=escape(name)))


@routes.add("PATCH", "/models/{name}", Role.OPERATOR, {204: None}, body=_OF_MODEL, refusals=(409, 422))
async def change_model(appliance: Appliance, call: Call) -> Answer:
    """The same for all devices of a model, which may have a category, and upgrade paths, too."""
    model = _known(call, await appliance.store.models(), "model")
    manufacturer, product_class = model.fields["manufacturer"], model.fields["product_class"]
    if "quirks" in call.body and not product_class:
        raise Problem(409, "the model has no product class: change its vendor, or its devices")
    place = Rule("", manufacturer=escape(manufacturer), product_class=escape(product_class))
    return await _change(appliance, call, Scope.MODEL, model.name, place)


@routes.add("PATCH", "/categories/{name}", Role.OPERATOR, {204: None}, body=_OF_CATEGORY)
async def change_category(appliance: Appliance, call: Call) -> Answer:
    """Bring all devices of a category to another configuration level, or to a version of their firmware."""
    name = _known(call, await appliance.store.categories(), "category").name
    return await _change(appliance, call, Scope.CATEGORY, name, Rule(""))


def _known(call: Call, counts: Iterable[Count], kind: str) -> Count:
    for count in counts:
        if count.name == call.path["name"].text:
            return count
    raise Problem(404, f"there is no {kind} of this name")


async def _change(appliance: Appliance, call: Call, scope: Scope, name: str, place: Rule) -> Answer:
    if not OF_MODEL.keys().isdisjoint(call.body):
        await appliance.store.put_profile(changed(appliance, scope, name, call.body))
    if "quirks" in call.body:
        await force(appliance.store, place, call.body["quirks"])
    if "desired_config_level" in call.body:
        level = level_of(moment(call.body["desired_config_level"]))
        before = await appliance.store.configuration(scope, name)
        parameters = before.parameters if before is not None else {}
        new = Configuration(scope, name, level, parameters, call.principal.name)
        await appliance.store.put_configuration(new)
    return NOTHING
