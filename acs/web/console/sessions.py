"""Sessions: which there were, what was said in each."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.console.xml_lines import pretty_xml
from acs.web.serving.calls import Call, Param
from acs.web.serving.problems import Problem
from acs.web.serving.schema import FLAG, JSON

pages = Pages()

_SECRETS = Param("secrets", {**FLAG, "default": False}, "Whether to show secrets.")


@pages.add("/sessions", "sessions.html", query=query_of("/sessions"))
async def sessions(ask: Ask, call: Call) -> Values:
    """Those that fit the filters."""
    return {"page": await ask.get("sessions", **call.query), "given": call.query}


@pages.add("/sessions/{id}", "session.html", query=(_SECRETS,))
async def session(ask: Ask, call: Call) -> Values:
    """One, with all that was said in it."""
    number, secrets = call.path["id"].text, bool(call.query["secrets"])
    found = await ask.get("sessions", number)
    try:
        said = await ask.all("sessions", number, "exchanges", bodies=True, secrets=secrets)
        gone = False
    except Problem as problem:
        if problem.status != 404:
            raise
        said, gone = [], True
    return {
        "session": found,
        "exchanges": [_shown(each) for each in said],
        "gone": gone,
        "answered": {each["answers"]: each["number"] for each in said if each["answers"]},
        "secrets": secrets,
        "may_see_secrets": ask.may(Role.OPERATOR),
    }


def _shown(exchange: JSON) -> JSON:
    """With its body to be read, and as it was sent."""
    raw = exchange["body"] or ""
    pretty = pretty_xml(raw) if raw.lstrip().startswith("<") else ""
    return {**exchange, "raw": raw, "pretty": pretty}
