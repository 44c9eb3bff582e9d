"""The processes that share the work."""

from __future__ import annotations

from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call

pages = Pages()


@pages.add("/nodes", "nodes.html")
async def nodes(ask: Ask, call: Call) -> Values:
    """All that live."""
    return {"nodes": await ask.all("nodes")}
