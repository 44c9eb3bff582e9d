"""How the API writes campaigns."""

from __future__ import annotations

from collections.abc import Mapping

from acs.store.records.campaigns import Campaign, CampaignState, MemberState
from acs.web.objects.shapes import ID, KNOWN, NUMBER, TEXT, TIME, Kind, Member, Shape, one_of
from acs.web.serving.schema import JSON

_COUNTS = Kind(
    {
        "type": "object",
        "properties": {state.value: {"type": "integer"} for state in MemberState},
        "required": [state.value for state in MemberState],
    },
    lambda tally: {state.value: tally[state] for state in MemberState},
)


def _show_plan(plan: Mapping[str, JSON]) -> dict[str, JSON]:
    """A plan as it is said when a campaign is begun, without what is not said there."""
    window = plan.get("window") or {"begins": 0, "ends": 0}
    told = dict(plan) | {"window": {name: _time(minute) for name, minute in window.items()}}
    if window["begins"] == window["ends"]:
        told["window"] = None
    if "waves" in plan:
        told["waves"] = [{name: each for name, each in wave.items() if each} for wave in plan["waves"]]
    return told


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


_PLAN = Kind({"type": "object"}, _show_plan)

CAMPAIGN = Shape(
    "Campaign",
    (
        Member("id", ID),
        Member("name", TEXT),
        Member("state", one_of(*CampaignState), description="`stopped`: by its own rule."),
        Member("state_reason", KNOWN, description="Why it was stopped."),
        Member("software_version", KNOWN, description="What its devices are to have."),
        Member("config_level", KNOWN, description="The same where it is about their configuration."),
        Member("plan", _PLAN, description="Waves, rule, window and all the rest, as it may be said."),
        Member("devices", NUMBER, description="How many devices it has had from its beginning."),
        Member("counts", _COUNTS, lambda campaign: dict.fromkeys(MemberState, 0), "How many are where."),
        Member("created", TIME),
        Member("created_by", KNOWN),
        Member("changed", TIME, description="When its state was last another."),
    ),
)

CAMPAIGN_DEVICE = Shape(
    "CampaignDevice",
    (
        Member("campaign", ID),
        Member("device", TEXT),
        Member("place", NUMBER, description="When it has its turn, from 0."),
        Member("state", one_of(*MemberState)),
        Member("changed", TIME, description="When that was last another."),
        Member("detail", KNOWN, description="Why it has failed, and the like."),
    ),
)


def show_campaign(campaign: Campaign, tally: Mapping[MemberState, int]) -> dict[str, JSON]:
    """A campaign, with how many of its devices are where."""
    counts = {state.value: tally[state] for state in MemberState}
    return CAMPAIGN.write(campaign, counts=counts)
