"""The page on which people log in."""

from __future__ import annotations

from acs.web.api.oidc import BEGIN
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call, Param
from acs.web.serving.local import of_ours
from acs.web.serving.schema import line

pages = Pages()

_NEXT = Param("next", line(4096), "The page to go to afterwards.")


@pages.add("/login", "login.html", None, query=(_NEXT,))
async def log_in(ask: Ask, call: Call) -> Values:
    """Name and password."""
    return {"next": of_ours(str(call.query.get("next", "/"))), "oidc": BEGIN if ask.has_provider else ""}
