"""A system of the operator's, in memory: it takes messages, or not, as the test says."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

import orjson
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from acs.store.records.webhooks import Delivery, Webhook
from acs.web.webhooks.posting import Outcome


def verified(secret: str, said: dict[str, str], body: bytes, now: float, patience: float = 300.0) -> Any:
    """What a receiver does, as docs/webhooks.rst has it: the message, or ValueError."""
    if abs(now - int(said["webhook-timestamp"])) > patience:
        raise ValueError("too old")
    signed = b".".join([said["webhook-id"].encode(), said["webhook-timestamp"].encode(), body])
    key = b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
    if not hmac.compare_digest(wanted, said["webhook-signature"]):
        raise ValueError("not from there")
    return orjson.loads(body)


class Receiver:
    """Takes the place of `acs.web.webhooks.posting.Posting`.

    :ivar answers: the statuses to come; when there are none left, all is taken.
    :ivar got: each message that came, with the URL.
    """

    def __init__(self, clock: Clock) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[str, Any]] = []
        self.held: Deferred[None] | None = None
        self._clock = clock

    async def post(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        self.got.append((webhook.url, orjson.loads(delivery.body)))
        if self.held is not None:
            await self.held
        status = self.answers.pop(0) if self.answers else 200
        return Outcome(status, "" if 200 <= status <= 299 else "no", 0.25)

    @property
    def events(self) -> list[str]:
        """What was told, in short."""
        return [message["event"] for _, message in self.got]
