"""Data models: which were imported, what they say."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call

pages = Pages()


@pages.add("/datamodels", "datamodels.html")
async def data_models(ask: Ask, call: Call) -> Values:
    """All that were imported."""
    return {"models": await ask.all("datamodels"), "may_change": ask.may(Role.OPERATOR)}


@pages.add("/definitions", "definitions.html", query=query_of("/definitions"))
async def definitions(ask: Ask, call: Call) -> Values:
    """What they say of objects and parameters that fit the filters."""
    return {
        "page": await ask.get("definitions", **call.query),
        "given": call.query,
        "models": [each["name"] for each in await ask.all("datamodels")],
    }
