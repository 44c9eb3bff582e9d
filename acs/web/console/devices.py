"""The list of devices."""

from __future__ import annotations

from acs.web.calls import Call
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of

pages = Pages()


@pages.add("/devices", "devices.html", query=query_of("/devices"))
async def devices(ask: Ask, call: Call) -> Values:
    """Those that fit the filters."""
    return {"page": await ask.get("devices", **call.query), "given": call.query}
