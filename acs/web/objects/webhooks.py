"""How the API writes webhooks, with what was said to them."""

from __future__ import annotations

from acs.store.records.webhooks import TEST, Delivery, DeliveryState, Standing, Webhook, WebhookEvent
from acs.web.objects.shapes import COUNT, ID, KNOWN, LIST, NUMBER, SECONDS, TEXT, TIME, Member, Shape, one_of
from acs.web.serving.schema import JSON

STATES = ("active", "paused")

WEBHOOK = Shape(
    "Webhook",
    (
        Member("id", ID),
        Member("url", TEXT),
        Member("events", LIST, description="What it is told of."),
        Member("tags", LIST, description="Of devices with one of these tags; none: of all."),
        Member("models", LIST, description="Of devices of one of these models; none: of any."),
        Member("created", TIME),
        Member("created_by", KNOWN),
        Member("state", one_of(*STATES), lambda webhook: "active", "`paused`: nothing is sent."),
        Member("paused", TIME, lambda webhook: None, "Since when."),
        Member("paused_because", KNOWN, lambda webhook: ""),
        Member("failing", TIME, lambda webhook: None, "Since when nothing was taken that was sent."),
        Member("failures", NUMBER, lambda webhook: 0, "How often that was tried."),
        Member("next_try", TIME, lambda webhook: None),
        Member("queued", NUMBER, lambda webhook: 0, "How many messages wait."),
        Member("dropped", NUMBER, lambda webhook: 0, "How many were given up since last none waited."),
    ),
)

DELIVERY = Shape(
    "Delivery",
    (
        Member("id", ID, description="The message's `webhook-id`."),
        Member("event", one_of(*WebhookEvent, TEST)),
        Member("device", KNOWN),
        Member("created", TIME, description="When that happened."),
        Member("state", one_of(*DeliveryState), description="`queued`: it waits, or is tried again."),
        Member("attempts", NUMBER, description="How often it was sent."),
        Member("tried", TIME, description="When it was sent last."),
        Member("seconds", SECONDS, description="How long that took."),
        Member("status", COUNT, lambda delivery: delivery.status or None, "What was answered then."),
        Member("detail", KNOWN, description="Why it was not taken, or the beginning of the answer."),
    ),
)


def show_webhook(webhook: Webhook, standing: Standing) -> dict[str, JSON]:
    """A webhook as it fares; its secret is never shown again."""
    members = {member.name: member for member in WEBHOOK.members}
    given: dict[str, JSON] = {
        "state": "paused" if standing.paused else "active",
        "paused_because": standing.paused_because or None,
        **{name: getattr(standing, name) for name in ("failures", "queued", "dropped")},
    }
    times = {"paused": standing.paused, "failing": standing.failing, "next_try": standing.due}
    given |= {name: members[name].kind.write(moment) for name, moment in times.items()}
    return WEBHOOK.write(webhook, **given)


def show_delivery(delivery: Delivery) -> dict[str, JSON]:
    """A message, without what it says."""
    return DELIVERY.write(delivery)
