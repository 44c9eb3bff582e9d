"""API tokens, by which an administrator says who may use this API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acs.store.interface import StoreConflict
from acs.store.records import Role
from acs.store.records.people import Only, Token
from acs.store.tokens import digest_of, new_secret
from acs.web.appliance import Appliance
from acs.web.objects.people import ONLY_GIVEN, TOKEN, only_given
from acs.web.people.areas import SCOPES, Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, NAME, FieldError, moment, nullable, objects

routes = Routes("/api/v1", Area.SYSTEM, WHOLE)

ROLE = {"type": "string", "enum": list(Role)}
_WANTED: Mapping[str, JSON] = {
    "name": NAME,
    "role": ROLE,
    "expires": {
        **nullable({"type": "string", "format": "date-time"}),
        "description": "null: good until revoked.",
    },
    "scopes": {
        "type": "array",
        "items": {"type": "string", "enum": list(SCOPES)},
        "maxItems": len(SCOPES),
        "description": "The areas in which it serves, to read or to write, which has reading in it; none: all"
        " that its role may.",
    },
    "only": ONLY_GIVEN,
}
_MADE = {**TOKEN.schema, "properties": {**TOKEN.schema["properties"], "token": {"type": "string"}}}


@routes.add("GET", "/tokens", Role.ADMIN, {200: list_of(TOKEN.reference)}, query=PAGE)
async def list_tokens(appliance: Appliance, call: Call) -> Answer:
    """List tokens; the tokens themselves are not kept."""
    page = piece(call, await appliance.store.tokens(), lambda token: token.name)
    return answer_list(call, [TOKEN.write(token) for token in page.items], page.next)


@routes.add("GET", "/tokens/{name}", Role.ADMIN, {200: Content(TOKEN.reference)})
async def read_token(appliance: Appliance, call: Call) -> Answer:
    """One token, as far as it is kept."""
    for token in await appliance.store.tokens():
        if token.name == call.path["name"].text:
            return of_json(TOKEN.write(token))
    raise Problem(404, "there is no token of this name")


@routes.add(
    "POST",
    "/tokens",
    Role.ADMIN,
    {201: Content(_MADE)},
    body=Body(objects(_WANTED, ("name", "role"))),
    refusals=(409, 422),
)
async def add_token(appliance: Appliance, call: Call) -> Answer:
    """Make a token; this is the one time that it is shown, as `token`."""
    secret = new_secret(appliance.random_text)
    expires, only = call.body.get("expires"), only_given(call.body.get("only")) or Only()
    token = Token(
        call.body["name"],
        Role(call.body["role"]),
        digest_of(secret.encode("ascii")),
        created=appliance.now(),
        expires=moment(expires).timestamp() if expires else None,
        scopes=tuple(dict.fromkeys(call.body.get("scopes", ()))),
        only_tags=only.tags,
        only_models=only.models,
    )
    try:
        await appliance.store.add_token(token)
    except StoreConflict:
        raise Problem(
            409, "the name is taken", (FieldError("name", "there is a token of this name"),)
        ) from None
    return replace(of_json({**TOKEN.write(token), "token": secret}, 201), unlogged=("token",))


@routes.add("DELETE", "/tokens/{name}", Role.ADMIN, {204: None})
async def revoke_token(appliance: Appliance, call: Call) -> Answer:
    """Make a token worthless, at once on this node and within seconds on others."""
    revoked = await appliance.store.revoke_token(call.path["name"].text)
    appliance.forget_credentials()
    if not revoked:
        raise Problem(404, "there is no token of this name")
    return NOTHING
