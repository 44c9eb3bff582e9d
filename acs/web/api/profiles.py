"""Profiles: what holds for all devices, or those of a kind, beside values of parameters."""

from __future__ import annotations

from collections.abc import Mapping

from acs.configuration.document import ROOTS
from acs.store.records import ProfileScope, Role
from acs.web.appliance import Appliance
from acs.web.objects.populations import PROFILE
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.profiling import OF_MODEL, changed, described
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, objects

routes = Routes("/api/v1", Area.CONFIGURATIONS, WHOLE)

_PLACE = "/profiles/{kind}/{name}"
_ONE = {200: Content(PROFILE.reference)}
_SCOPE = Param("scope", {"type": "string", "enum": list(ProfileScope)}, "Those of this scope alone.")
_NOTHING_SAID: Mapping[str, JSON] = {
    "category": "", "parameter_map": {}, "tracked": [], "vendor_file": "", "desired_software_version": "",
    "upgrade_paths": [],
}  # fmt: skip
_BODY = Body(objects(OF_MODEL), described=objects(described(OF_MODEL)))


@routes.add("GET", "/profiles", Role.VIEWER, {200: list_of(PROFILE.reference)}, query=(_SCOPE, *PAGE))
async def list_profiles(appliance: Appliance, call: Call) -> Answer:
    """List profiles."""
    scope = call.query.get("scope")
    found = (each for each in appliance.store.shared_profiles() if scope in (None, each.scope))
    page = piece(call, found, lambda profile: f"{profile.scope}/{profile.name}")
    return answer_list(call, [PROFILE.write(each) for each in page.items], page.next)


@routes.add("GET", _PLACE, Role.VIEWER, _ONE)
async def read_profile(appliance: Appliance, call: Call) -> Answer:
    """One profile.

    Its kind is all, data_model, category, vendor, model or tag; the name of all is default, a data model's is
    Device. or InternetGatewayDevice., a model's is Manufacturer/ProductClass.
    """
    found = appliance.store.profile(*_meant(call))
    if found is None:
        raise Problem(404, "there is no such profile")
    return of_json(PROFILE.write(found))


@routes.add("PUT", _PLACE, Role.OPERATOR, _ONE, body=_BODY, refusals=(422,))
async def write_profile(appliance: Appliance, call: Call) -> Answer:
    """Say what holds for all devices of a kind, instead of what was said before.

    Where category or names are others than before, devices of which something is wanted are brought to that
    anew.
    """
    whole = _NOTHING_SAID | call.body
    new = changed(appliance, *_meant(call), whole)
    await appliance.store.put_profile(new)
    return of_json(PROFILE.write(new))


@routes.add("DELETE", _PLACE, Role.OPERATOR, {204: None})
async def delete_profile(appliance: Appliance, call: Call) -> Answer:
    """Say nothing more of these devices.  What was set on them stays as it is."""
    if not await appliance.store.delete_profile(*_meant(call)):
        raise Problem(404, "there is no such profile")
    return NOTHING


def _meant(call: Call) -> tuple[str, str]:
    scope, name = call.path["kind"].text, call.path["name"].text
    if scope not in list(ProfileScope):
        raise Problem(404, f"there is no such kind: they are {', '.join(ProfileScope)}")
    if scope == ProfileScope.ALL and name != "default":
        raise Problem(404, "the one profile for all is called default")
    if scope == ProfileScope.DATA_MODEL and name not in ROOTS:
        raise Problem(404, f"there is no such data model: they are {', '.join(ROOTS)}")
    return scope, name
