"""The lists of what was done at the appliance itself, a line apiece as in `acs.store.listing.listings`."""

from __future__ import annotations

from acs.store import ids
from acs.store.listing.lists import Condition, Filter, Kind, Listing, Order
from acs.store.listing.meanings import begins_somewhere, equals, one_of, since, until
from acs.store.records.audit import Audited
from acs.store.records.bulks import Bulk
from acs.store.records.webhooks import Delivery, DeliveryState
from acs.store.shapes import Shape

AUDIT_SHAPE = Shape(Audited)
BULK_SHAPE = Shape(Bulk, without=["wanted"])
DELIVERY_SHAPE = Shape(Delivery, without=["body"], or_zero=["tried"])

# who has changed what

AUDIT = Listing(
    name="audit",
    columns=AUDIT_SHAPE.columns("a."),
    source="FROM audit a WHERE TRUE",
    device="",
    default=Order(("a.id",), descending=True),
    filters={
        "who": Filter(equals("a.who"), about="The user or token, as `token:billing`."),
        "target": Filter(
            begins_somewhere("audit", "target", "a"),
            about="What the path begins with, as `/api/v1/devices/`.",
            longest=1024,
        ),
        "since": Filter(since("a.time", "a.id"), Kind.TIME, "What was done then or later."),
        "until": Filter(until("a.time", "a.id"), Kind.TIME, "What was done then or earlier."),
    },
    sorts={"id": ("a.id",)},
)

# what is done to many devices

BULKS = Listing(
    name="bulks",
    columns=f"{BULK_SHAPE.columns('b.')}, b.wanted",
    source="FROM bulks b WHERE TRUE",
    device="",
    default=Order(("b.id",), descending=True),
    filters={},
    sorts={"id": ("b.id",)},
)

# messages to the operator's systems


def _webhook(value: str, now: float) -> Condition:
    number = ids.from_text(value)
    if number is None:
        raise ValueError("is not a webhook's id")
    return Condition("m.webhook = ?", (number,))


DELIVERIES = Listing(
    name="deliveries",
    columns=DELIVERY_SHAPE.columns("m."),
    source="FROM webhook_deliveries m WHERE TRUE",
    device="",
    default=Order(("m.id",), descending=True),
    filters={
        "webhook": Filter(_webhook, Kind.ID),
        "state": Filter(one_of("m.state", DeliveryState), Kind.WORD, choices=tuple(DeliveryState)),
    },
    sorts={"id": ("m.id",)},
)
