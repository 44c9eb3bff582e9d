"""Webhooks: where the operator's systems are told what happens, how that goes."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.records.webhooks import WebhookEvent
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call

pages = Pages()


@pages.add("/webhooks", "webhooks.html", Role.ADMIN)
async def webhooks(ask: Ask, call: Call) -> Values:
    """All of them."""
    return {"webhooks": await ask.all("webhooks"), "events": list(WebhookEvent)}


@pages.add("/webhooks/{id}", "webhook.html", Role.ADMIN, query=query_of("/webhooks/{id}/deliveries"))
async def webhook(ask: Ask, call: Call) -> Values:
    """One, with what is said to it."""
    number = call.path["id"].text
    return {
        "found": await ask.get("webhooks", number),
        "page": await ask.get("webhooks", number, "deliveries", **call.query),
        "given": call.query,
        "events": list(WebhookEvent),
    }
