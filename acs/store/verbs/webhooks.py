"""The verbs of the store about messages to the operator's systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from acs.store.records.webhooks import Delivery, Standing, Webhook


class OfWebhooks(Protocol):
    """Where they go, those that wait, what came of the last."""

    def webhooks(self) -> Sequence[Webhook]:
        """All of them, the oldest first: the same tuple until one is changed."""

    def watch_webhooks(self, changed: Callable[[], None]) -> None:
        """Have ``changed`` called when there are others than before, whichever process has made them so; it
        must not raise."""

    async def put_webhook(self, webhook: Webhook) -> None:
        """Keep one, instead of the one with its id; on disk when this returns."""

    async def delete_webhook(self, number: int) -> bool:
        """Forget one with its messages, on disk when this returns; False where there is none."""

    async def pause_webhook(self, number: int, when: float | None, reason: str = "") -> bool:
        """Have nothing sent to it from then on, or with None sent again at once; on disk when this returns.
        False where there is none, or it is so."""

    async def standings(self) -> Mapping[int, Standing]:
        """How each of them fares."""

    def queue_delivery(self, delivery: Delivery) -> None:
        """Keep a message, to be sent after those before it; or one that was sent, with what came of it."""

    async def due_webhooks(self, now: float) -> Sequence[int]:
        """Those for which something waits, which may be sent, and which nobody sees to."""

    async def take_webhook(self, number: int, now: float, until: float) -> Standing | None:
        """See to one ``until`` then; None where another process does, or it is not due."""

    def leave_webhook(self, number: int, standing: Standing) -> None:
        """See to it no more, since it fares so: ``failing``, ``failures``, ``due`` and ``dropped`` count."""

    async def next_deliveries(self, number: int, limit: int) -> Sequence[Delivery]:
        """The messages that wait, those first that are to be sent first."""

    def change_delivery(self, delivery: Delivery) -> None:
        """Keep what came of sending it; the body stays."""

    async def trim_deliveries(self, number: int, waiting: int, past: int) -> tuple[int, bool]:
        """Give up the oldest messages of a webhook until so many wait, and forget all but so many others; how
        many were given up, and whether that is the first time since last none waited."""
