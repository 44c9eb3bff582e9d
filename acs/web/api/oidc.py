"""Logging in at the operator's identity provider, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acs.web.appliance import Appliance
from acs.web.objects.people import USER
from acs.web.oidc.settings import CALLBACK
from acs.web.people.areas import Area
from acs.web.people.cookies import cookie_of
from acs.web.people.restrictions import OPEN
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.local import of_ours
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Routes
from acs.web.serving.schema import line

if TYPE_CHECKING:
    from acs.web.oidc.coming import Oidc

BEGIN = "/login/oidc"
"""Where it begins."""

routes = Routes("", Area.EVERYBODY, OPEN)

_NEXT = Param("next", line(4096), "The page to go to afterwards.")
_WORD = {"type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9_ .-]*$"}
_BACK = (
    Param("state", line(200), "What was sent along."),
    Param("code", line(4096), "What the token is had for."),
    Param("error", _WORD, "Why there is none."),
    Param("error_description", line(4096), "The same in words, which are not shown."),
    Param("error_uri", line(4096), "Where they are explained."),
    Param("iss", line(1024), "Whose answer it is."),
    Param("session_state", line(1024), "What some providers add."),
    Param("scope", line(4096), "What some providers add."),
    Param("authuser", line(100), "What some providers add."),
    Param("hd", line(300), "What some providers add."),
    Param("prompt", line(100), "What some providers add."),
)
_WITH = ("Location", "Set-Cookie")
_COOKIE = Param("Cookie", {"type": "string"}, "What the browser was given when it began.")


@routes.add("GET", BEGIN, None, {303: None}, query=(_NEXT,), refusals=(404,), says=_WITH)
async def begin_oidc(appliance: Appliance, call: Call) -> Answer:
    """Send a browser to the identity provider, to log in there."""
    target = of_ours(str(call.query.get("next", "/")))
    url, cookie = await _oidc(appliance).begin(target, call.peer.secure)
    return Answer(303, headers={"Location": url, "Set-Cookie": cookie})


@routes.add(
    "GET", CALLBACK, None, {303: None}, query=_BACK, headers=(_COOKIE,), refusals=(401, 403, 404), says=_WITH
)
async def end_oidc(appliance: Appliance, call: Call) -> Answer:
    """Take a browser back from the identity provider, with whom it says that it is."""
    oidc, peer = _oidc(appliance), call.peer
    user, target = await oidc.end(call.query, call.headers, peer.secure, peer.address)
    entered = await appliance.door.enter(user)
    appliance.forget_credentials()  # the role may be another than before
    headers = {"Location": target, "Set-Cookie": cookie_of(entered.secret, peer.secure)}
    return Answer(303, headers=headers, noted=USER.write(user), who=f"user:{user.name}")


def _oidc(appliance: Appliance) -> Oidc:
    if appliance.oidc is None:
        raise Problem(404, "there is no identity provider")
    return appliance.oidc
