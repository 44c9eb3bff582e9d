"""Whoever looks: password, second factor."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.console.people import MAY, sees
from acs.web.serving.calls import Call

pages = Pages()


@pages.add("/me", "me.html")
async def me(ask: Ask, call: Call) -> Values:
    """Who one is here, what one may, and what one may change of oneself."""
    found = await ask.get("me")
    return {"who": found, "may_do": MAY[Role(found["role"])], "sees": sees}
