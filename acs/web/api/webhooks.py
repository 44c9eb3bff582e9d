"""Webhooks: where the operator's systems are told what happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as with_fields
from typing import Any

from msgspec.structs import replace

from acs.store import ids
from acs.store.listing.deeds import DELIVERIES
from acs.store.records import Role
from acs.store.records.alarms import AlarmKind
from acs.store.records.webhooks import Standing, Webhook, WebhookEvent
from acs.web.appliance import Appliance
from acs.web.objects.webhooks import DELIVERY, STATES, WEBHOOK, show_delivery, show_webhook
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, params_of, piece, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, FieldError, line, objects
from acs.web.webhooks import addresses
from acs.web.webhooks.signing import new_secret

routes = Routes("/api/v1", Area.SYSTEM, WHOLE)

MOST = 50
"""How many webhooks there may be."""

_SECRET = {
    **line(200, 16),
    "description": "What messages are signed with: base64 behind `whsec_`, else the text itself. It is never"
    " shown; one that the appliance makes, where none is given, is shown this once.",
}
_WANTED: Mapping[str, JSON] = {
    "url": {**line(addresses.LONGEST, 1), "description": "Where messages are posted; not redirected."},
    "events": {"type": "array", "items": {"type": "string", "enum": list(WebhookEvent)}, "maxItems": 50},
    "tags": {"type": "array", "items": line(64, 1), "maxItems": 50},
    "models": {"type": "array", "items": line(200, 1), "maxItems": 50},
    "secret": _SECRET,
}
_STATE = {"type": "string", "enum": list(STATES), "description": "`active`: what waits is sent at once."}
_ONE = Content(WEBHOOK.reference)
_MADE = {**WEBHOOK.schema, "properties": {**WEBHOOK.schema["properties"], "secret": {"type": "string"}}}
_OF_ONE = tuple(param for param in params_of(DELIVERIES) if param.name != "webhook")


@routes.add("GET", "/webhooks", Role.ADMIN, {200: list_of(WEBHOOK.reference)}, query=PAGE)
async def list_webhooks(appliance: Appliance, call: Call) -> Answer:
    """List webhooks, the oldest first."""
    page = piece(call, appliance.store.webhooks(), lambda each: ids.as_text(each.id))
    standings = await appliance.store.standings()
    items = [show_webhook(each, standings.get(each.id, Standing())) for each in page.items]
    return answer_list(call, items, page.next)


@routes.add("GET", "/webhooks/{id}", Role.ADMIN, {200: _ONE})
async def read_webhook(appliance: Appliance, call: Call) -> Answer:
    """One webhook, and how it fares."""
    return _told(await _shown(appliance, _webhook_of(appliance, call)))


@routes.add(
    "POST",
    "/webhooks",
    Role.ADMIN,
    {201: Content(_MADE)},
    body=Body(objects(_WANTED, ("url", "events"))),
    says=("Location",),
    refusals=(409, 422),
)
async def add_webhook(appliance: Appliance, call: Call) -> Answer:
    """Have somebody told what happens, from now on."""
    if len(appliance.store.webhooks()) >= MOST:
        raise Problem(409, f"there are {MOST} webhooks, which is the most that there may be")
    now, number = appliance.now(), appliance.store.new_id()
    made = "" if "secret" in call.body else new_secret(appliance.random_text(24).encode("ascii"))
    webhook = _changed(Webhook(number, "", made, (), created=now, created_by=call.principal.name), call.body)
    await appliance.store.put_webhook(webhook)
    appliance.webhooks.changed()
    shown = await _shown(appliance, webhook)
    location = f"{routes.prefix}/webhooks/{ids.as_text(number)}"
    return _told(shown | ({"secret": made} if made else {}), 201, location)


@routes.add(
    "PATCH",
    "/webhooks/{id}",
    Role.ADMIN,
    {200: _ONE},
    body=Body(objects({**_WANTED, "state": _STATE}, minProperties=1)),
    refusals=(422,),
)
async def change_webhook(appliance: Appliance, call: Call) -> Answer:
    """Change a webhook; what waits is sent to its new URL, signed with its new secret."""
    webhook = _webhook_of(appliance, call)
    changed = _changed(webhook, call.body)
    if changed != webhook:
        await appliance.store.put_webhook(changed)
    if "state" in call.body:
        await _switch(appliance, webhook, call)
    appliance.webhooks.changed()
    return _told(await _shown(appliance, changed))


@routes.add("DELETE", "/webhooks/{id}", Role.ADMIN, {204: None})
async def delete_webhook(appliance: Appliance, call: Call) -> Answer:
    """Tell it nothing more, not even what waits."""
    webhook = _webhook_of(appliance, call)
    await appliance.store.delete_webhook(webhook.id)
    for kind in (AlarmKind.WEBHOOK_PAUSED, AlarmKind.WEBHOOK_DROPPED):
        appliance.store.end_alarm(kind, subject=ids.as_text(webhook.id))
    appliance.webhooks.changed()
    return NOTHING


@routes.add("GET", "/webhooks/{id}/deliveries", Role.ADMIN, {200: list_of(DELIVERY.reference)}, query=_OF_ONE)
async def list_deliveries(appliance: Appliance, call: Call) -> Answer:
    """List what is said to a webhook, the newest first: all that waits, and the last that does not."""
    webhook = _webhook_of(appliance, call)
    page = await appliance.store.deliveries(query_of(call, webhook=ids.as_text(webhook.id)))
    return answer_list(call, [show_delivery(each) for each in page.items], page.next)


@routes.add("POST", "/webhooks/{id}/test", Role.ADMIN, {200: Content(DELIVERY.reference)})
async def test_webhook(appliance: Appliance, call: Call) -> Answer:
    """Send a message of the event `test` now, past those that wait, and say what came of it."""
    return of_json(show_delivery(await appliance.webhooks.test(_webhook_of(appliance, call))))


def _told(document: dict[str, JSON], status: int = 200, location: str | None = None) -> Answer:
    """A webhook; what some URLs have in them is as good as a password."""
    return with_fields(of_json(document, status, location), unlogged=("url", "secret"))


def _webhook_of(appliance: Appliance, call: Call) -> Webhook:
    number = ids.from_text(call.path["id"].text)
    found = next((each for each in appliance.store.webhooks() if each.id == number), None)
    if found is None:
        raise Problem(404, "there is no webhook with this id")
    return found


async def _shown(appliance: Appliance, webhook: Webhook) -> dict[str, JSON]:
    return show_webhook(webhook, (await appliance.store.standings()).get(webhook.id, Standing()))


def _changed(webhook: Webhook, body: Mapping[str, JSON]) -> Webhook:
    """The webhook as the body has it; raises `Problem` 422."""
    if "url" in body and (wrong := addresses.problem(body["url"])):
        raise _wrong("url", wrong)
    if body.get("events") == []:
        raise _wrong("events", "must name one at least")
    said: dict[str, Any] = {name: body[name] for name in ("url", "secret") if name in body}
    said |= {name: tuple(dict.fromkeys(body[name])) for name in ("events", "tags", "models") if name in body}
    return replace(webhook, **said)


async def _switch(appliance: Appliance, webhook: Webhook, call: Call) -> None:
    if call.body["state"] == "active":
        await appliance.store.pause_webhook(webhook.id, None)
        appliance.store.end_alarm(AlarmKind.WEBHOOK_PAUSED, subject=ids.as_text(webhook.id))
    else:
        reason = f"{call.principal.name} has said so"
        await appliance.store.pause_webhook(webhook.id, appliance.now(), reason)


def _wrong(field: str, reason: str) -> Problem:
    return Problem(422, "the webhook makes no sense", (FieldError(field, reason),))
