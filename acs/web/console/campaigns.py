"""Campaigns: which there are, how far they have come, a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup
from msgspec import convert

from acs.firmware.waves import turns
from acs.session.campaigns import Plan
from acs.store.records.campaigns import MemberState
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.console.plots import WIDTH
from acs.web.console.reach import device_filters, reach_of
from acs.web.serving.calls import Call, Param
from acs.web.serving.schema import FLAG, JSON, line

pages = Pages()

WORDS = {
    "confirmed": "have it",
    "failed": "failed",
    "unreachable": "did not call",
    "left": "left as they were",
    "offered": "under way",
    "waiting": "wait",
}
"""What people call the states of devices, in the order in which they are drawn."""

OF_ONE = {**WORDS, "confirmed": "has it", "left": "left as it was", "waiting": "waits"}
"""The same of one device."""

_LISTED = Param("listed", {**FLAG, "default": False}, "The devices are listed, not filtered.")
_DEVICES = query_of("/campaigns/{id}/devices")
_VERSION = Param("version", line(64), "The firmware that they are to have.")


@pages.add("/campaigns", "campaigns.html", query=query_of("/campaigns"))
async def campaigns(ask: Ask, call: Call) -> Values:
    """All of them, the newest first."""
    found = await ask.all("campaigns")
    found.sort(key=lambda each: str(each["created"]), reverse=True)
    return {"campaigns": [(each, bar(each["counts"])) for each in found]}


@pages.add("/campaigns/new", "campaign_new.html", query=(*device_filters(), _LISTED, _VERSION))
async def new_campaign(ask: Ask, call: Call) -> Values:
    """Whom it would reach, and a form for how it goes."""
    own = (_LISTED.name, _VERSION.name)
    filters = {name: value for name, value in call.query.items() if name not in own and value != ""}
    listed = bool(call.query["listed"])
    files = await ask.all("firmware")
    return {
        "given": call.query,
        "filters": {name: _text(value) for name, value in filters.items()},
        "listed": listed,
        "reach": None if listed else await reach_of(ask, filters),
        "versions": sorted({each["version"] for each in files if each["version"]}),
    }


@pages.add("/campaigns/{id}", "campaign.html", query=_DEVICES)
async def campaign(ask: Ask, call: Call) -> Values:
    """One of them, with its devices."""
    number = call.path["id"].text
    found = await ask.get("campaigns", number)
    return {
        "campaign": found,
        "bar": bar(found["counts"]),
        "plan": plan_of(found),
        "words": WORDS,
        "of_one": OF_ONE,
        "given": call.query,
        "page": await ask.get("campaigns", number, "devices", **call.query),
    }


class Waved(NamedTuple):
    """A wave: up to which device it goes, and whether all of these have settled."""

    up_to: int
    over: bool


class Told(NamedTuple):
    """How a campaign goes, in words."""

    waves: list[Waved]
    rule: str
    window: str
    pace: str
    wake: bool


def plan_of(campaign: JSON) -> Told:
    """How this one goes."""
    said, counts = dict(campaign["plan"]), campaign["counts"]
    window = said.pop("window", None)
    plan = convert(said, Plan)
    settled = sum(counts[state] for state in MemberState if state.settled)
    waves = [Waved(limit, settled >= limit) for limit in turns(plan.waves, campaign["devices"])]
    rule = plan.rule
    rules = []
    if rule.failures:
        rules.append(f"{rule.failures} failures among the last {rule.of_last}")
    if rule.percent:
        rules.append(f"{rule.percent:g} % failures, of {rule.least} or more")
    hours = f"{window['begins']} to {window['ends']}, in the device's own time" if window else "at any time"
    pace = f"{plan.at_once} at once" + (f", {plan.per_hour} an hour" if plan.per_hour else "")
    return Told(
        waves, " or ".join(rules), hours, f"{pace}; patience {plan.patience_hours:g} hours", plan.wake
    )


def bar(counts: Mapping[str, int]) -> Markup:
    """How many devices are where, as a bar."""
    whole, at, drawn = sum(counts.values()), 0.0, Markup("")
    for state in WORDS:
        width = counts[state] / whole * WIDTH if whole else 0
        drawn += Markup('<rect class="{}" x="{:.1f}" y="0" width="{:.1f}" height="16"/>').format(
            state, at, width
        )
        at += width
    label = ", ".join(f"{counts[state]} {words}" for state, words in WORDS.items() if counts[state])
    return Markup(
        '<svg class="shares progress" viewBox="0 0 {} 16" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><title>{}</title>{}</svg>'
    ).format(WIDTH, label or "no device", label, drawn)


def _text(value: JSON) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
