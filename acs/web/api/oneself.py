"""What people may change of themselves: their password, their second factor."""

from __future__ import annotations

from dataclasses import replace

from acs.store.records import Role
from acs.web.api.login import with_cookie
from acs.web.appliance import Appliance
from acs.web.objects.people import ENTERED, PASSWORD, RECOVERY_CODES, SECRET
from acs.web.people.areas import Area
from acs.web.people.one_time import uri_of, written
from acs.web.people.restrictions import OPEN
from acs.web.qr import squares
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FieldError, objects

routes = Routes("/api/v1", Area.EVERYBODY, OPEN)

ISSUER = "ACS"
"""What an authenticator app calls the appliance."""
_FACTOR = "/me/second-factor"
_OLD = {"type": "string", "maxLength": 1024}
_CODE = Body(objects({"code": {"type": "string", "maxLength": 100}}, ("code",)))


@routes.add(
    "PUT",
    "/me/password",
    Role.VIEWER,
    {200: Content(ENTERED.reference)},
    body=Body(objects({"old": _OLD, "new": PASSWORD}, ("old", "new"))),
    says=("Set-Cookie",),
    refusals=(409, 422, 429),
)
async def change_own_password(appliance: Appliance, call: Call) -> Answer:
    """Change your own password; all your other logins end."""
    name = _user_of(call)
    entered = await appliance.door.change_password(
        name, call.body["old"], call.body["new"], call.peer.address
    )
    appliance.forget_credentials()
    answer = replace(of_json(ENTERED.write(entered.user, csrf=entered.csrf)), unlogged=("csrf",))
    return with_cookie(answer, entered.secret, call)


@routes.add(
    "POST",
    _FACTOR,
    Role.VIEWER,
    {201: Content(SECRET)},
    body=Body(objects({}), required=False),
    refusals=(409,),
)
async def begin_second_factor(appliance: Appliance, call: Call) -> Answer:
    """Get a secret for an authenticator app, this once; it holds when you have shown a code of it."""
    name = _user_of(call)
    secret = await appliance.door.factors.begin(name)
    if secret is None:
        raise Problem(409, "you have a second factor already: remove it first")
    uri = uri_of(secret, name, ISSUER)
    shown = {"secret": written(secret), "uri": uri, "qr": squares(uri)}
    return replace(of_json(shown, 201), unlogged=tuple(shown))


@routes.add(
    "PUT",
    _FACTOR,
    Role.VIEWER,
    {200: Content(RECOVERY_CODES)},
    body=_CODE,
    refusals=(409, 422),
)
async def confirm_second_factor(appliance: Appliance, call: Call) -> Answer:
    """Show a code of the secret, which holds from now on; the recovery codes are shown this once.

    Each of them serves once instead of a code.
    """
    codes = await appliance.door.factors.confirm(_user_of(call), call.body["code"])
    if codes is None:
        wrong = (FieldError("code", "is not one of the secret that you got last"),)
        raise Problem(422, "the code is wrong", wrong)
    appliance.forget_credentials()
    return replace(of_json({"recovery_codes": list(codes)}), unlogged=("recovery_codes",))


@routes.add(
    "POST",
    _FACTOR + "/removal",
    Role.VIEWER,
    {204: None},
    body=_CODE,
    refusals=(409, 422, 429),
)
async def remove_second_factor(appliance: Appliance, call: Call) -> Answer:
    """Have no second factor any more, which takes a code of it."""
    name = _user_of(call)
    await appliance.door.check_code(name, call.body["code"], call.peer.address)
    await appliance.store.remove_second_factor(name)
    appliance.forget_credentials()
    return NOTHING


def _user_of(call: Call) -> str:
    """The name of who has logged in; raises `Problem` 409 for a token, which is nobody's."""
    if not call.principal.user:
        raise Problem(409, "a token has neither password nor second factor: log in")
    return call.principal.user
