"""How people come in, go, learn who they are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.people import ENTERED, ME
from acs.web.people.areas import Area
from acs.web.people.authentication import Principal
from acs.web.people.cookies import cookie_of
from acs.web.people.restrictions import OPEN
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, objects

routes = Routes("/api/v1", Area.EVERYBODY, OPEN)

_GIVEN: Mapping[str, JSON] = {
    "name": {"type": "string", "maxLength": 1024},
    "password": {"type": "string", "maxLength": 1024},
    "code": {
        "type": "string",
        "maxLength": 100,
        "description": "A code of the second factor, where the user has one, or a recovery code.",
    },
}


@routes.add(
    "POST",
    "/login",
    None,
    {200: Content(ENTERED.reference)},
    body=Body(objects(_GIVEN, ("name", "password"))),
    says=("Set-Cookie",),
    refusals=(401, 403, 429),
)
async def log_in(appliance: Appliance, call: Call) -> Answer:
    """Log in, to a cookie; with it, what changes something needs the header X-CSRF-Token with `csrf`.

    Where a second factor is needed, a 401 has a member `code`: to be asked again with the code.
    """
    if call.peer.foreign:
        raise Problem(403, "another site asks this")
    given = call.body
    entered = await appliance.door.log_in(
        given["name"], given["password"], given.get("code", ""), call.peer.address
    )
    document = ENTERED.write(entered.user, csrf=entered.csrf)
    answer = replace(of_json(document), unlogged=("csrf",), who=f"user:{entered.user.name}")
    return with_cookie(answer, entered.secret, call)


@routes.add("POST", "/logout", Role.VIEWER, {204: None}, says=("Set-Cookie",))
async def log_out(appliance: Appliance, call: Call) -> Answer:
    """Log out: the cookie is worth nothing any more, which a token is not touched by."""
    if call.principal.login:
        await appliance.store.end_login(call.principal.login)
        appliance.forget_credentials()
    return with_cookie(Answer(204), "", call)


@routes.add("GET", "/me", Role.VIEWER, {200: Content(ME.reference)})
async def who_asks(appliance: Appliance, call: Call) -> Answer:
    """Who asks, and what they may."""
    return of_json(me_of(call.principal))


def me_of(principal: Principal) -> dict[str, JSON]:
    """What a principal is told of itself."""
    kind, _, name = principal.name.partition(":")
    return ME.write(principal, kind=kind, name=name)


def with_cookie(answer: Answer, secret: str, call: Call) -> Answer:
    """The answer, which brings the cookie with this secret, or with "" takes it away."""
    return replace(answer, headers={"Set-Cookie": cookie_of(secret, call.peer.secure)})
