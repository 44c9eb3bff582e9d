"""Quirks: what is done differently for devices that are not made to the letter.

Also for which of them, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acs.quirks.catalogue import QUIRKS, SHIPPED, Quirk
from acs.quirks.rules import PATTERNS, Rule, Subject, deciding
from acs.store import ids
from acs.store.records import Device, Role
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.objects.things import DEVICE_QUIRK, QUIRK, QUIRK_RULE
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE, WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, FieldError, line, lines, objects

routes = Routes("/api/v1", Area.CONFIGURATIONS, WHOLE)

_PATTERN = "Any part may be `*`, any character `?`; upper and lower case are the same; empty: every device."
_RULE: Mapping[str, JSON] = {
    "enabled": {"type": "boolean", "default": True, "description": "false: it is not in force for these."},
    **{name: {**line(128), "default": "", "description": _PATTERN} for name in PATTERNS},
    "device": {**line(400), "default": "", "description": "The id of the one device that is meant."},
    "note": {**lines(1000), "default": "", "description": "Why."},
}


@routes.add("GET", "/quirks", Role.VIEWER, {200: list_of(QUIRK.reference)}, query=PAGE)
async def list_quirks(appliance: Appliance, call: Call) -> Answer:
    """List all quirks that are known: symptom, remedy, whose they are, how many devices have them."""
    page = piece(call, QUIRKS.values(), lambda quirk: quirk.name)
    counts = await appliance.store.quirk_counts()
    return answer_list(call, [_shown(appliance, quirk, counts) for quirk in page.items], page.next)


@routes.add("GET", "/quirks/{name}", Role.VIEWER, {200: Content(QUIRK.reference)})
async def read_quirk(appliance: Appliance, call: Call) -> Answer:
    """One quirk."""
    return of_json(_shown(appliance, _meant(call), await appliance.store.quirk_counts()))


@routes.add(
    "POST",
    "/quirks/{name}/rules",
    Role.OPERATOR,
    {201: Content(QUIRK_RULE.reference)},
    body=Body(objects(_RULE, minProperties=1)),
)
async def add_rule(appliance: Appliance, call: Call) -> Answer:
    """Say which devices have a quirk, or do not.

    Of several rules that match a device the one decides that names the device, then the one with the most
    patterns, then yours before a shipped one, then the newest.
    """
    rule = Rule(_meant(call).name, **call.body)
    if not any((rule.device, *(getattr(rule, name) for name in PATTERNS))):
        raise Problem(400, "the rule would match every device", (FieldError("manufacturer", "missing"),))
    (added,) = await appliance.store.change_quirk_rules([rule])
    return of_json(QUIRK_RULE.write(added), 201)


@routes.add("GET", "/quirks/{name}/rules/{id}", Role.VIEWER, {200: Content(QUIRK_RULE.reference)})
async def read_rule(appliance: Appliance, call: Call) -> Answer:
    """One rule of yours."""
    return of_json(QUIRK_RULE.write(_rule_of(appliance, call)))


@routes.add("DELETE", "/quirks/{name}/rules/{id}", Role.OPERATOR, {204: None})
async def remove_rule(appliance: Appliance, call: Call) -> Answer:
    """Remove a rule of yours; one that is shipped is overruled by one with as many patterns."""
    rule = _rule_of(appliance, call)
    await appliance.store.change_quirk_rules(remove=[rule.id])
    return NOTHING


def _rule_of(appliance: Appliance, call: Call) -> Rule:
    name, number = _meant(call).name, ids.from_text(call.path["id"].text)
    for rule in appliance.store.quirk_rules():
        if (rule.quirk, rule.id) == (name, number):
            return rule
    raise Problem(404, "the quirk has no rule of this id")


@routes.add(
    "GET",
    "/devices/{id}/quirks",
    Role.VIEWER,
    {200: list_of(DEVICE_QUIRK.reference)},
    query=PAGE,
    restricted=OF_DEVICE,
)
async def quirks_of_device(appliance: Appliance, call: Call) -> Answer:
    """Which quirks a device has, or was said not to have, and which rule decides that."""
    subject = subject_of(await device_of(appliance, call))
    decided = deciding((*SHIPPED, *appliance.store.quirk_rules()), subject)
    page = piece(call, [rule for name, rule in decided.items() if name in QUIRKS], lambda rule: rule.quirk)
    return answer_list(call, [DEVICE_QUIRK.write(rule) for rule in page.items], page.next)


def subject_of(device: Device) -> Subject:
    """A device as rules look at it, with the firmware of its last session."""
    return Subject(device.id, device.manufacturer, device.oui, device.product_class, device.software_version)


def _meant(call: Call) -> Quirk:
    quirk = QUIRKS.get(call.path["name"].text)
    if quirk is None:
        raise Problem(404, "there is no quirk of this name")
    return quirk


def _shown(appliance: Appliance, quirk: Quirk, counts: Mapping[str, int]) -> dict[str, Any]:
    rules = (*SHIPPED, *appliance.store.quirk_rules())
    mine = [QUIRK_RULE.write(rule) for rule in rules if rule.quirk == quirk.name]
    return QUIRK.write(quirk, devices=counts.get(quirk.name, 0), rules=mine)
