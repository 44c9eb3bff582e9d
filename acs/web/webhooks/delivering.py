"""Sends the messages that wait, those of each webhook one after the other, by one process at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.recurring import Recurring
from acs.store import ids
from acs.store.interface import Store, StoreUnavailable
from acs.store.records.alarms import AlarmKind
from acs.store.records.webhooks import TEST, Delivery, DeliveryState, Standing, Webhook
from acs.web.webhooks.messages import body_of, test_message
from acs.web.webhooks.noting import Noting
from acs.web.webhooks.posting import Outcome
from acs.web.webhooks.trying import fared, given_up, tried

LOOK = 2.0
"""Seconds from one look at what waits to the next."""
SOON = 0.1
"""Seconds from the first new message to a look."""
TURN = 30.0
"""Seconds for which a process sees to a webhook before any other may."""
LEASE = 60.0
"""Seconds after which another one does in any case: longer than a turn with its last message."""
FINISH = 3.0
"""Seconds for which one waits for what is on its way, where nothing more is to be sent."""
TRIM_EVERY = 10.0
"""Seconds from one time that too many messages are given up to the next."""
PIECE = 20
"""How many messages are read at once."""
MOST_WAITING = 10_000
"""How many messages wait for each webhook: the oldest are given up for others."""
MOST_PAST = 100
"""How many are remembered of those that were taken, and of those that were not."""

Post = Callable[[Webhook, Delivery], Awaitable[Outcome]]

log = Logger()


class Delivering:
    """What this process tells the operator's systems.

    :param post: sends a message; never raises.
    :param chance: gives a number from 0 to 1.
    :ivar outcomes: how many messages were sent with which outcome: ``taken``, ``refused`` (by an answer),
        ``unanswered``; and how many ``dropped`` before.
    """

    def __init__(self, store: Store, clock: IReactorTime, post: Post, chance: Callable[[], float]) -> None:
        self.outcomes: Counter[str] = Counter(dict.fromkeys(("taken", "refused", "unanswered", "dropped"), 0))
        self._store = store
        self._clock = clock
        self._post = post
        self._chance = chance
        self._noting = Noting(store, self._noted)
        self._busy: set[int] = set()
        self._new: set[int] = set()
        self._soon: Any = None
        self._looks = 0
        self._trim_at = 0.0
        self._stopped = False
        self._turns = Recurring(clock, LOOK, self.look, "what waits for webhooks could not be looked at")

    def start(self) -> None:
        """Begin: the store is open."""
        self._store.watch_webhooks(self._others)
        self.changed()
        self._turns.start()

    def stop(self) -> None:
        """Note nothing more, and begin to send nothing more."""
        self._stopped = True
        self._noting.close()
        self._turns.stop()
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    @property
    def busy(self) -> bool:
        """Whether something is being sent, or looked for."""
        return bool(self._busy or self._looks)

    async def finish(self) -> None:
        """Wait a moment for what is on its way, after `stop`."""
        until = self._clock.seconds() + FINISH
        while self.busy and self._clock.seconds() < until:
            await deferLater(self._clock, FINISH / 60)

    def changed(self) -> None:
        """There may be other webhooks now, or one may be sent something again."""
        self._noting.look()
        self._look_soon()

    def _others(self) -> None:
        """There are, perhaps by another process: what happens from now on is noted for them."""
        if not self._stopped:
            self.changed()

    async def test(self, webhook: Webhook) -> Delivery:
        """Send a message at once, past those that wait, to see whether it arrives; what came of it."""
        now, number = self._clock.seconds(), self._store.new_id()
        body = body_of(webhook, number, TEST, test_message(now))
        delivery = Delivery(number, webhook.id, TEST, "", now, body)
        outcome = await self._post(webhook, delivery)
        self._count(outcome)
        sent = tried(delivery, outcome, now)
        sent = sent if outcome.taken else replace(sent, state=DeliveryState.FAILED)
        self._store.queue_delivery(sent)
        return sent

    async def look(self) -> None:
        """Send what waits, to whom it may be sent, and whom no other process sees to."""
        self._noting.look()
        if not self._store.webhooks() or not self._store.available or self._stopped:
            return
        self._looks += 1
        try:
            await self._look(self._clock.seconds())
        except StoreUnavailable as error:
            log.warn("nothing is sent to webhooks: {reason}", reason=str(error))
        finally:
            self._looks -= 1

    async def _look(self, now: float) -> None:
        if now >= self._trim_at:
            self._trim_at = now + TRIM_EVERY
            await self._trim_all()
        for number in await self._store.due_webhooks(now):
            if number not in self._busy and not self._stopped:
                self._begin(number)

    def _noted(self, number: int) -> None:
        self._new.add(number)
        if number not in self._busy:
            self._look_soon()

    def _look_soon(self) -> None:
        if self._soon is None and not self._stopped:
            self._soon = self._clock.callLater(SOON, self._now)

    def _now(self) -> None:
        self._soon = None
        Deferred.fromCoroutine(self.look()).addErrback(_not_sent)

    # One webhook

    def _begin(self, number: int) -> None:
        self._busy.add(number)
        sending = Deferred.fromCoroutine(self._see_to(number))
        sending.addErrback(_not_sent).addBoth(lambda _: self._busy.discard(number))

    async def _see_to(self, number: int) -> None:
        now = self._clock.seconds()
        standing = await self._store.take_webhook(number, now, now + LEASE)
        if standing is None:
            return
        try:
            standing = await self._send_all(number, standing, now + TURN)
        finally:
            self._store.leave_webhook(number, standing)

    async def _send_all(self, number: int, standing: Standing, until: float) -> Standing:
        """Send what waits until one is not taken, or it is ``until``; how the webhook fares then."""
        while pieces := await self._store.next_deliveries(number, PIECE):
            for delivery in pieces:
                webhook = self._webhook(number)
                if webhook is None or self._stopped or self._clock.seconds() >= until:
                    return standing
                standing = await self._send(webhook, delivery, standing)
                if standing.failures:
                    return standing
        if standing.dropped:
            self._store.end_alarm(AlarmKind.WEBHOOK_DROPPED, subject=ids.as_text(number))
        return replace(standing, dropped=0)

    async def _send(self, webhook: Webhook, delivery: Delivery, standing: Standing) -> Standing:
        outcome = await self._post(webhook, delivery)
        now = self._clock.seconds()
        self._count(outcome)
        self._store.change_delivery(tried(delivery, outcome, now))
        fares = fared(standing, outcome, now, self._chance())
        if reason := given_up(fares, outcome, now):
            await self.pause(webhook, reason)
        return fares

    def _webhook(self, number: int) -> Webhook | None:
        return next((each for each in self._store.webhooks() if each.id == number), None)

    async def pause(self, webhook: Webhook, reason: str) -> None:
        """Send nothing to it any more, and have a person look at it."""
        if await self._store.pause_webhook(webhook.id, self._clock.seconds(), reason):
            number = ids.as_text(webhook.id)
            self._store.raise_alarm(AlarmKind.WEBHOOK_PAUSED, f"{number}: {reason}", subject=number)
            log.warn("webhook {number} is paused: {reason}", number=number, reason=reason)

    async def _trim_all(self) -> None:
        new, self._new = self._new, set()
        for number in new:
            await self._trim(number)

    async def _trim(self, number: int) -> None:
        """Have no more wait, or be remembered, than there is room for; of a webhook that is no more, none."""
        if self._webhook(number) is None:
            await self._store.delete_webhook(number)
            return
        dropped, first = await self._store.trim_deliveries(number, MOST_WAITING, MOST_PAST)
        self.outcomes["dropped"] += dropped
        if first:
            text = f"more than {MOST_WAITING:,} messages wait: the oldest are given up"
            self._store.raise_alarm(AlarmKind.WEBHOOK_DROPPED, text, subject=ids.as_text(number))

    def _count(self, outcome: Outcome) -> None:
        answered = "refused" if outcome.status else "unanswered"
        self.outcomes["taken" if outcome.taken else answered] += 1


def _not_sent(failure: Failure) -> None:
    if isinstance(failure.value, StoreUnavailable):
        log.warn("a webhook is not seen to: {reason}", reason=str(failure.value))
    else:
        log.failure("a webhook could not be seen to", failure)
