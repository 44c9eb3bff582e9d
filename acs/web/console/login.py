"""The page on which people log in."""

from __future__ import annotations

from acs.web.calls import Call, Param
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.schema import line

pages = Pages()

_NEXT = Param("next", line(4096), "The page to go to afterwards.")


@pages.add("/login", "login.html", None, query=(_NEXT,))
async def log_in(ask: Ask, call: Call) -> Values:
    """Name and password."""
    return {"next": _of_ours(str(call.query.get("next", "/")))}


def _of_ours(target: str) -> str:
    """A path of this site: nobody is to be sent elsewhere by a link to the login."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\", "/login"))
    return target if is_ours and target.isprintable() else "/"
