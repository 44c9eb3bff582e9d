"""What the devices are, counted by vendor, model, category or tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from glob import escape

from msgspec.structs import replace

from acs.configuration.levels import level_of
from acs.quirks.rules import Rule
from acs.store.records import Configuration, Count, Profile, Role, Scope
from acs.web.appliance import Appliance
from acs.web.forcing import FORCED, force, forced
from acs.web.objects.populations import CATEGORY, MODEL, TAG, VENDOR, VERSION
from acs.web.objects.shapes import Shape
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.profiling import OF_CATEGORY, OF_MODEL, OF_VENDOR, changed, described
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, TIME, Schema, moment, objects

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
    levels = _levels(appliance, scope)
    items = [_shown(appliance, count, shape, scope, levels) for count in page.items]
    return answer_list(call, items, page.next)


@routes.add("GET", "/vendors/{name}", Role.VIEWER, {200: Content(VENDOR.reference)})
async def read_vendor(appliance: Appliance, call: Call) -> Answer:
    """One manufacturer."""
    return _one(appliance, _known(call, await appliance.store.vendors(), "vendor"), VENDOR, Scope.VENDOR)


@routes.add("GET", "/models/{name}", Role.VIEWER, {200: Content(MODEL.reference)})
async def read_model(appliance: Appliance, call: Call) -> Answer:
    """One model."""
    return _one(appliance, _known(call, await appliance.store.models(), "model"), MODEL, Scope.MODEL)


@routes.add("GET", "/categories/{name}", Role.VIEWER, {200: Content(CATEGORY.reference)})
async def read_category(appliance: Appliance, call: Call) -> Answer:
    """One category."""
    found = _known(call, await appliance.store.categories(), "category")
    return _one(appliance, found, CATEGORY, Scope.CATEGORY)


@routes.add("GET", "/models/{name}/versions", Role.VIEWER, {200: list_of(VERSION.reference)}, query=PAGE)
async def list_versions(appliance: Appliance, call: Call) -> Answer:
    """List the software versions that a model's devices run, with what fails on each."""
    model = _known(call, await appliance.store.models(), "model").fields
    found = await appliance.store.versions(model["manufacturer"], model["product_class"])
    page = piece(call, found, lambda count: count.name)
    return answer_list(call, [VERSION.write(count) for count in page.items], page.next)


@routes.add("GET", "/tags", Role.VIEWER, {200: list_of(TAG.reference)}, query=PAGE)
async def list_tags(appliance: Appliance, call: Call) -> Answer:
    """List the tags that devices have."""
    page = piece(call, await appliance.store.tags(), lambda count: count.name)
    return answer_list(call, [TAG.write(count) for count in page.items], page.next)


def _one(appliance: Appliance, count: Count, shape: Shape, scope: Scope) -> Answer:
    return of_json(_shown(appliance, count, shape, scope, _levels(appliance, scope)))


def _levels(appliance: Appliance, scope: Scope) -> dict[str, str]:
    """The levels of the configurations of a scope, by name."""
    shared = appliance.store.shared_configurations()
    return {each.name: each.level for each in shared if each.scope == scope}


def _shown(
    appliance: Appliance, count: Count, shape: Shape, scope: Scope, levels: Mapping[str, str]
) -> dict[str, JSON]:
    """As an object, with what its profile and its quirks' rules say."""
    profile = appliance.store.profile(scope, count.name) or Profile(scope, count.name)
    said = {name: getattr(profile, name) for name in _OF_PROFILES}
    whole = replace(count, fields={**count.fields, **said})
    quirks: JSON = forced(appliance.store, _place(scope, count)) if scope is not Scope.CATEGORY else {}
    return shape.write(whole, desired_config_level=levels.get(count.name), quirks=quirks)


def _place(scope: Scope, count: Count) -> Rule:
    """The patterns of the rules that are for all of its devices."""
    if scope is Scope.VENDOR:
        return Rule("", manufacturer=escape(count.name))
    names = (escape(count.fields[name]) for name in ("manufacturer", "product_class"))
    return Rule("", **dict(zip(("manufacturer", "product_class"), names, strict=True)))


@routes.add("PATCH", "/vendors/{name}", Role.OPERATOR, {204: None}, body=_OF_VENDOR, refusals=(422,))
async def change_vendor(appliance: Appliance, call: Call) -> Answer:
    """Say what holds for all devices of a manufacturer.

    Quirks that are forced on or off, the configuration level and the version of their firmware that they are
    brought to, what logical names stand for, what is tracked; members that are not given stay as they are.
    """
    vendor = _known(call, await appliance.store.vendors(), "vendor")
    return await _change(appliance, call, Scope.VENDOR, vendor.name, _place(Scope.VENDOR, vendor))


@routes.add("PATCH", "/models/{name}", Role.OPERATOR, {204: None}, body=_OF_MODEL, refusals=(409, 422))
async def change_model(appliance: Appliance, call: Call) -> Answer:
    """The same for all devices of a model, which may have a category, and upgrade paths, too."""
    model = _known(call, await appliance.store.models(), "model")
    if "quirks" in call.body and not model.fields["product_class"]:
        raise Problem(409, "the model has no product class: change its vendor, or its devices")
    return await _change(appliance, call, Scope.MODEL, model.name, _place(Scope.MODEL, model))


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
