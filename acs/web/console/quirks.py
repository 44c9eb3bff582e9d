"""Quirks: what is done differently for which devices."""

from __future__ import annotations

from acs.quirks.rules import PATTERNS
from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()


@pages.add("/quirks", "quirks.html")
async def quirks(ask: Ask, call: Call) -> Values:
    """All that are known."""
    return {"quirks": await ask.all("quirks")}


@pages.add("/quirks/{name}", "quirk.html")
async def quirk(ask: Ask, call: Call) -> Values:
    """One, with the rules that say whose it is."""
    found = await ask.get("quirks", call.path["name"].text)
    return {
        "quirk": found,
        "rules": [{**rule, "off": _overruling(rule)} for rule in found["rules"]],
        "patterns": PATTERNS,
        "may_change": ask.may(Role.OPERATOR),
        "models": await ask.all("models"),
    }


def _overruling(rule: JSON) -> JSON:
    """The body of a rule that takes the place of a shipped one, and says that the quirk is not in force; None
    where there is nothing to be said."""
    same = {name: rule[name] for name in (*PATTERNS, "device") if rule[name]}
    if rule["id"] or not rule["enabled"] or not same:
        return None
    return {"enabled": False, **same, "note": "switched off"}
