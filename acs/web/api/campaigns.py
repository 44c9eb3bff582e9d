"""Campaigns: something that many devices are to get, a few at a time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from acs.configuration.levels import level_at, level_of
from acs.firmware.waves import CAREFUL, Rule, Wave, Window
from acs.session.campaigns import Plan
from acs.store import ids
from acs.store.interface import BadQuery
from acs.store.listing.listings import DEVICES
from acs.store.records import Role
from acs.store.records.campaigns import Campaign, CampaignState, MemberState
from acs.web.appliance import Appliance
from acs.web.choosing import chosen_by
from acs.web.objects.campaigns import CAMPAIGN, CAMPAIGN_DEVICE, show_campaign
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, JSON, FieldError, line, moment, objects

routes = Routes("/api/v1", Area.FIRMWARE, WHOLE)

MOST_DEVICES = 1_000_000

_TIME_OF_DAY = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": MOST_DEVICES}
_PERCENT = {"type": "number", "minimum": 0, "maximum": 100}
_WAVE = objects({"devices": _COUNT, "percent": _PERCENT}, minProperties=1)
_RULE = objects({"failures": _COUNT, "of_last": _COUNT, "percent": _PERCENT, "least": _COUNT})
_WINDOW = objects({"begins": _TIME_OF_DAY, "ends": _TIME_OF_DAY}, ("begins", "ends"))
_WANTED = {
    "name": line(128, 1),
    "software_version": {**line(64, 1), "description": "The firmware that they are to have."},
    "config_level": {**line(64, 1), "description": "Or the configuration level: a time, or `now`."},
    "devices": {"type": "array", "items": line(1024, 1), "maxItems": 100_000, "description": "Their ids."},
    "filter": {
        "type": "object",
        "additionalProperties": line(512),
        "description": "Or whom a list of devices finds: its filters by name.",
    },
    "waves": {"type": "array", "items": _WAVE, "maxItems": 20},
    "rule": {**_RULE, "description": "What stops it: so many failures of the last, or such a share."},
    "window": {**_WINDOW, "description": "When devices may be disturbed, in their own time."},
    "timezone": {**line(64, 1), "description": "Of devices that do not tell their own, as Europe/Berlin."},
    "at_once": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "per_hour": _COUNT,
    "patience_hours": {"type": "number", "minimum": 0.1, "maximum": 10_000},
    "wake": {**FLAG, "description": "Devices are woken, instead of waited for."},
    "paused": {**FLAG, "default": False, "description": "It does not begin before somebody says so."},
}
_ONE = Content(CAMPAIGN.reference)
_LONGEST_PLACE = 9
_STATES = ("running", "paused", "aborted")


@routes.add("GET", "/campaigns", Role.VIEWER, {200: list_of(CAMPAIGN.reference)}, query=PAGE)
async def list_campaigns(appliance: Appliance, call: Call) -> Answer:
    """List campaigns, by name."""
    found = await appliance.store.campaigns()
    page = piece(call, found, lambda each: f"{each.name} {ids.as_text(each.id)}")
    items = [await _shown(appliance, each) for each in page.items]
    return answer_list(call, items, page.next)


@routes.add("GET", "/campaigns/{id}", Role.VIEWER, {200: _ONE})
async def read_campaign(appliance: Appliance, call: Call) -> Answer:
    """One campaign, with how many of its devices are where."""
    return of_json(await _shown(appliance, await _campaign_of(appliance, call)))


@routes.add(
    "POST",
    "/campaigns",
    Role.OPERATOR,
    {201: _ONE},
    body=Body(objects(_WANTED, ("name",))),
    says=("Location",),
    refusals=(422,),
)
async def add_campaign(appliance: Appliance, call: Call) -> Answer:
    """Begin a campaign.

    Its devices are those that are listed, or that the filter finds at this moment, in an order of chance.
    Without `waves`, one device comes first, then 1 %, 10 % and all.
    """
    plan = _plan(call.body)
    version, level = call.body.get("software_version", ""), _level(appliance, call.body)
    if bool(version) == bool(level):
        raise _wrong("software_version", "give either a software version or a configuration level")
    devices = await _devices(appliance, call.body)
    now, number = appliance.now(), appliance.store.new_id()
    random.Random(number).shuffle(devices)
    state = CampaignState.PAUSED if call.body.get("paused") else CampaignState.RUNNING
    campaign = Campaign(
        number, call.body["name"], state, version, level, to_builtins(plan), 0, now, call.principal.name, now
    )
    await appliance.store.add_campaign(campaign, devices)
    location = f"{routes.prefix}/campaigns/{ids.as_text(number)}"
    return of_json(await _shown(appliance, await _known(appliance, number)), 201, location)


@routes.add(
    "PATCH",
    "/campaigns/{id}",
    Role.OPERATOR,
    {200: _ONE},
    body=Body(objects({"state": {"type": "string", "enum": list(_STATES)}}, ("state",))),
    refusals=(409,),
)
async def change_campaign(appliance: Appliance, call: Call) -> Answer:
    """Halt a campaign (`paused`), have it go on (`running`), or end it for good (`aborted`).

    Devices that are under way when it is halted go on.  When it is ended, those that have not got it want
    what they wanted before.
    """
    campaign = await _campaign_of(appliance, call)
    if campaign.state.over:
        raise Problem(409, f"the campaign is {campaign.state.value}")
    state = CampaignState(call.body["state"])
    if state is CampaignState.ABORTED:
        await appliance.campaigns.abort(campaign)
    else:
        await appliance.store.change_campaign(campaign.id, state)
    return of_json(await _shown(appliance, await _known(appliance, campaign.id)))


@routes.add(
    "GET",
    "/campaigns/{id}/devices",
    Role.VIEWER,
    {200: list_of(CAMPAIGN_DEVICE.reference)},
    query=(Param("state", {"type": "string", "enum": list(MemberState)}, "Those in this state."), *PAGE),
)
async def list_campaign_devices(appliance: Appliance, call: Call) -> Answer:
    """List the devices of a campaign, in the order of their turns."""
    campaign = await _campaign_of(appliance, call)
    cursor, limit = call.query.get("cursor") or "", call.query["limit"]
    if cursor and not (cursor.isdecimal() and len(cursor) <= _LONGEST_PLACE):
        raise BadQuery("cursor", "was not given out by this appliance")
    after = int(cursor) if cursor else -1
    found = await appliance.store.members(campaign.id, call.query.get("state", ""), after, limit + 1)
    items = [CAMPAIGN_DEVICE.write(each) for each in found[:limit]]
    return answer_list(call, items, str(found[limit - 1].place) if len(found) > limit else None)


async def _shown(appliance: Appliance, campaign: Campaign) -> dict[str, JSON]:
    return show_campaign(campaign, await appliance.store.tally(campaign.id))


async def _campaign_of(appliance: Appliance, call: Call) -> Campaign:
    number = ids.from_text(call.path["id"].text)
    found = None if number is None else await appliance.store.campaign(number)
    if found is None:
        raise Problem(404, "there is no campaign with this id")
    return found


async def _known(appliance: Appliance, number: int) -> Campaign:
    found = await appliance.store.campaign(number)
    assert found is not None, "it was there a moment ago, and is never forgotten"
    return found


def _level(appliance: Appliance, body: Mapping[str, JSON]) -> str:
    given = body.get("config_level", "")
    if given == "now":
        return level_at(appliance.now())
    try:
        return level_of(moment(given)) if given else ""
    except ValueError as error:
        raise _wrong("config_level", str(error)) from None


def _plan(body: Mapping[str, JSON]) -> Plan:
    zone = body.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise _wrong("timezone", "is no time zone that is known here") from None
    given: dict[str, Any] = {
        name: body[name] for name in ("at_once", "per_hour", "patience_hours", "wake") if name in body
    }
    window = body.get("window")
    return Plan(
        waves=tuple(Wave(**wave) for wave in body["waves"]) if "waves" in body else CAREFUL,
        rule=Rule(**body.get("rule", {})),
        window=Window(_minute(window["begins"]), _minute(window["ends"])) if window else Window(),
        timezone=zone,
        **given,
    )


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


async def _devices(appliance: Appliance, body: Mapping[str, JSON]) -> list[str]:
    """The ids of those that are meant; raises `Problem` 422 for none."""
    if ("devices" in body) == ("filter" in body):
        raise _wrong("devices", "give either a list of devices or a filter")
    found = list(body["devices"]) if "devices" in body else await _filtered(appliance, body["filter"])
    if not found:
        raise _wrong("devices" if "devices" in body else "filter", "there is no such device")
    for each in body.get("devices", ()):
        if await appliance.store.device(each) is None:
            raise _wrong("devices", f"there is no device {each}")
    return found


async def _filtered(appliance: Appliance, filters: Mapping[str, str]) -> list[str]:
    if unknown := [name for name in filters if name not in DEVICES.filters]:
        raise _wrong(f"filter.{unknown[0]}", "there is no such filter")
    return await chosen_by(appliance.store, filters, MOST_DEVICES)


def _wrong(field: str, reason: str) -> Problem:
    return Problem(422, "the campaign makes no sense", (FieldError(field, reason),))
