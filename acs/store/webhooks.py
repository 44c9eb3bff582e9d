"""Messages to the operator's systems, which wait on disk until one of the processes has sent them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from acs.store.database import Row, Statement, Table
from acs.store.foundation import Parts
from acs.store.interface import Query, StoreError
from acs.store.listing.deeds import DELIVERIES, DELIVERY_SHAPE
from acs.store.neighbours import Neighbours
from acs.store.records import Page
from acs.store.records.webhooks import Delivery, DeliveryState, Standing, Webhook
from acs.store.shapes import Shape, storable

_SHARED = "webhooks"
_PURPOSE = "webhook"
_BODY = "webhook delivery"
_WEBHOOK = Shape(Webhook, without=["url", "secret"])
_STANDING = Shape(Standing, without=["queued"], or_zero=["paused", "failing"])
_QUEUED = f"state = '{DeliveryState.QUEUED}'"

_ALL = f"SELECT document, {_WEBHOOK.columns()} FROM webhooks ORDER BY id"
_PUT = (
    f"INSERT INTO webhooks ({_WEBHOOK.columns()}, document, {_STANDING.columns()}, leased)"
    f" VALUES ({_WEBHOOK.marks}, ?, {_STANDING.marks}, 0) ON CONFLICT (id) DO UPDATE SET"
    " document = excluded.document, events = excluded.events, tags = excluded.tags, models = excluded.models"
)
_DELETE = "DELETE FROM webhooks WHERE id = ? RETURNING id"
_FORGET = "DELETE FROM webhook_deliveries WHERE webhook = ?"
_PAUSE = "UPDATE webhooks SET paused = ?, paused_because = ? WHERE id = ? AND paused = 0 RETURNING id"
_RESUME = (
    "UPDATE webhooks SET paused = 0, paused_because = '', failing = 0, failures = 0, due = 0"
    " WHERE id = ? AND (paused > 0 OR failing > 0) RETURNING id"
)
_STANDINGS = (
    f"SELECT {_STANDING.columns('w.')}, w.id, (SELECT count(*) FROM webhook_deliveries q"
    f" WHERE q.webhook = w.id AND q.{_QUEUED}) FROM webhooks w"
)
_DUE = (
    "SELECT w.id FROM webhooks w WHERE w.paused = 0 AND w.due <= ? AND w.leased <= ? AND EXISTS"
    f" (SELECT 1 FROM webhook_deliveries q WHERE q.webhook = w.id AND q.{_QUEUED}) ORDER BY w.id"
)
_TAKE = (
    "UPDATE webhooks SET leased = ? WHERE id IN (SELECT id FROM webhooks"
    f" WHERE id = ? AND paused = 0 AND due <= ? AND leased <= ?{{lock}}) RETURNING {_STANDING.columns()}"
)
_LEAVE = "UPDATE webhooks SET leased = 0, failing = ?, failures = ?, due = ?, dropped = ? WHERE id = ?"
_COLUMNS = (*DELIVERY_SHAPE.names, "body")
_DELIVERIES = Table("webhook_deliveries", _COLUMNS, "(id) DO NOTHING")
_NEXT = (
    f"SELECT {DELIVERY_SHAPE.columns()}, body FROM webhook_deliveries"
    f" WHERE webhook = ? AND {_QUEUED} ORDER BY id LIMIT ?"
)
_CHANGE = (
    "UPDATE webhook_deliveries SET state = ?, attempts = ?, tried = ?, seconds = ?, status = ?, detail = ?"
    " WHERE id = ?"
)
_TRIM = (
    "DELETE FROM webhook_deliveries WHERE webhook = ? AND {state} AND id <= (SELECT id"
    " FROM webhook_deliveries WHERE webhook = ? AND {state} ORDER BY id DESC LIMIT 1 OFFSET ?) RETURNING id"
)
_TRIM_WAITING = _TRIM.format(state=_QUEUED)
_TRIM_PAST = _TRIM.format(state="state = ?")
_DROPPED = "UPDATE webhooks SET dropped = dropped + ? WHERE id = ? RETURNING dropped"


class Webhooks(Neighbours):
    """The verbs about webhooks (`acs.store.verbs.webhooks.OfWebhooks`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._webhooks: tuple[Webhook, ...] = ()
        self._watching: tuple[Callable[[], None], ...] = ()
        self._shared[_SHARED] = self._read_webhooks

    def webhooks(self) -> Sequence[Webhook]:
        """All of them, the oldest first: the same tuple until one is changed."""
        return self._webhooks

    def watch_webhooks(self, changed: Callable[[], None]) -> None:
        """Have ``changed`` called when there are others than before, whichever process has made them so; it
        must not raise."""
        self._watching += (changed,)

    async def put_webhook(self, webhook: Webhook) -> None:
        """Keep one, instead of the one with its id; on disk when this returns."""
        document = self._vault.close_document([webhook.url, webhook.secret], _PURPOSE, webhook.id)
        values = (*_WEBHOOK.values(webhook), document, *_STANDING.values(Standing()))
        await self._groups.write(Statement(_PUT, values), *self._telling_of(_SHARED))
        await self._read_webhooks()

    async def delete_webhook(self, number: int) -> bool:
        """Forget one with its messages, on disk when this returns; False where there is none."""
        forgetting = Statement(_DELETE, (number,)), Statement(_FORGET, (number,))
        found = await self._groups.write(*forgetting, *self._telling_of(_SHARED))
        await self._read_webhooks()
        return bool(found)

    async def pause_webhook(self, number: int, when: float | None, reason: str = "") -> bool:
        """Have nothing sent to it from then on, or with None sent again at once; on disk when this returns.
        False where there is none, or it is so."""
        if when is None:
            return bool(await self._groups.write(Statement(_RESUME, (number,))))
        return bool(await self._groups.write(Statement(_PAUSE, (when, storable(reason), number))))

    async def standings(self) -> Mapping[int, Standing]:
        """How each of them fares."""
        at = len(_STANDING.names)
        rows = await self._rows(_STANDINGS)
        return {row[at]: Standing(**_STANDING.fields(row), queued=row[at + 1]) for row in rows}

    async def _read_webhooks(self) -> None:
        self._webhooks = tuple(map(self._webhook, await self._rows(_ALL)))
        for changed in self._watching:
            changed()

    def _webhook(self, row: Row) -> Webhook:
        sealed, number, *_ = row
        url, secret = self._vault.open_document(sealed, _PURPOSE, number)
        return Webhook(url=url, secret=secret, **_WEBHOOK.fields(row[1:]))

    # What is sent

    def queue_delivery(self, delivery: Delivery) -> None:
        """Keep a message, to be sent after those before it; or one that was sent, with what came of it."""
        body = self._vault.close(delivery.body, _BODY, delivery.id)
        self._groups.append((_DELIVERIES, (*DELIVERY_SHAPE.values(delivery), body)))

    async def due_webhooks(self, now: float) -> Sequence[int]:
        """Those for which something waits, which may be sent, and which nobody sees to."""
        return [number for (number,) in await self._rows(_DUE, now, now)]

    async def take_webhook(self, number: int, now: float, until: float) -> Standing | None:
        """See to one ``until`` then; None where another process does, or it is not due."""
        lock = "" if self._database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        rows = await self._groups.write(Statement(_TAKE.format(lock=lock), (until, number, now, now)))
        return Standing(**_STANDING.fields(rows[0])) if rows else None

    def leave_webhook(self, number: int, standing: Standing) -> None:
        """See to it no more, since it fares so: ``failing``, ``failures``, ``due`` and ``dropped`` count."""
        how = standing.failing or 0.0, standing.failures, standing.due, standing.dropped
        self._groups.behind(Statement(_LEAVE, (*how, number)))

    async def next_deliveries(self, number: int, limit: int) -> Sequence[Delivery]:
        """The messages that wait, those first that are to be sent first."""
        found = (self._readable(row) for row in await self._rows(_NEXT, number, limit))
        return [each for each in found if each is not None]

    def _readable(self, row: Row) -> Delivery | None:
        """The message; None where it is damaged, and so cannot be sent: it is not to keep others waiting."""
        delivery = Delivery(**DELIVERY_SHAPE.fields(row))
        try:
            return replace(delivery, body=self._vault.open(row[-1], _BODY, delivery.id))
        except StoreError as error:
            self.log.error("a message to a webhook is given up: {reason}", reason=str(error))
            self.change_delivery(replace(delivery, state=DeliveryState.FAILED, detail=str(error)))
            return None

    def change_delivery(self, delivery: Delivery) -> None:
        """Keep what came of sending it; the body stays."""
        came = delivery.state.value, delivery.attempts, delivery.tried or 0.0, delivery.seconds
        said = delivery.status, storable(delivery.detail), delivery.id
        self._groups.behind(Statement(_CHANGE, (*came, *said)))

    async def trim_deliveries(self, number: int, waiting: int, past: int) -> tuple[int, bool]:
        """Give up the oldest messages of a webhook until so many wait, and forget all but so many others; how
        many were given up, and whether that is the first time since last none waited."""
        for state in (DeliveryState.DELIVERED, DeliveryState.FAILED):
            same = number, state.value
            await self._groups.write(Statement(_TRIM_PAST, (*same, *same, past)))
        gone = len(await self._groups.write(Statement(_TRIM_WAITING, (number, number, waiting))))
        if not gone:
            return 0, False
        rows = await self._groups.write(Statement(_DROPPED, (gone, number)))
        return gone, [(gone,)] == rows

    async def deliveries(self, query: Query) -> Page[Delivery]:
        """What was sent, or is to be (`acs.store.listing.deeds.DELIVERIES`)."""
        asked, rows = await self._ask(DELIVERIES, query)
        return asked.page(rows, lambda row: Delivery(**DELIVERY_SHAPE.fields(row)))
