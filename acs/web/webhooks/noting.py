"""Notes what happens for those who want to be told of it.

It costs nothing while there are no webhooks, and next to nothing for what none of them wants.  What is noted
is written behind whoever has done it, in the same group where that is written too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.session.desired import Desired
from acs.store.happenings import Happening, Topic
from acs.store.interface import Store, StoreUnavailable
from acs.store.records import Device
from acs.store.records.alarms import Alarm
from acs.store.records.webhooks import Delivery, Webhook, WebhookEvent
from acs.web.webhooks.messages import body_of, events_of, message_of, topic_of, wants

log = Logger()


class Noting:
    """What this process notes.

    :param noted: called with the number of a webhook for which there is a new message.
    """

    def __init__(self, store: Store, noted: Callable[[int], None]) -> None:
        self._store = store
        self._noted = noted
        self._desired = Desired(store)
        self._known: Sequence[Webhook] = ()
        self._by_event: dict[str, list[Webhook]] = {}
        self._topics: frozenset[Topic] = frozenset()

    def look(self) -> None:
        """Look which webhooks there are: to be called whenever there may be others."""
        if self._known is self._store.webhooks():
            return
        self._store.happenings.leave(self._happened)
        self._known = self._store.webhooks()
        self._by_event = {}
        for webhook in self._known:
            for event in webhook.events:
                self._by_event.setdefault(event, []).append(webhook)
        self._topics = frozenset(map(topic_of, self._by_event))
        if self._by_event:
            self._store.happenings.listen(self._happened)

    def close(self) -> None:
        """Note nothing more."""
        self._store.happenings.leave(self._happened)

    def _happened(self, happening: Happening) -> None:
        if happening.topic not in self._topics:
            return
        wanted = {
            webhook: event
            for event in reversed(tuple(events_of(happening)))
            for webhook in self._by_event.get(event, ())
        }
        if not wanted:
            return
        try:
            self._tell(happening, wanted)
        except Exception:  # whoever has done it has nothing to do with who is told
            log.failure(
                "a webhook could not be told of what has happened to {device}", device=happening.device
            )

    def _tell(self, happening: Happening, wanted: dict[Webhook, WebhookEvent]) -> None:
        record = happening.record
        device = record if isinstance(record, Device) else happening.was
        device = device or self._store.resident(happening.device)
        if device is None and happening.device and any(each.tags or each.models for each in wanted):
            looking = Deferred.fromCoroutine(self._tell_when_known(happening, wanted))
            looking.addErrback(self._not_known)
        else:
            self._queue(happening, wanted, device)

    async def _tell_when_known(self, happening: Happening, wanted: dict[Webhook, WebhookEvent]) -> None:
        """A device that is not in memory has to be looked up to see who wants to hear of it."""
        self._queue(happening, wanted, await self._store.device(happening.device))

    def _queue(
        self, happening: Happening, wanted: dict[Webhook, WebhookEvent], device: Device | None
    ) -> None:
        subject = happening.record.subject if isinstance(happening.record, Alarm) else ""
        told = [(hook, event) for hook, event in wanted.items() if wants(hook, device, subject)]
        message = message_of(happening, self._desired) if told else None
        if message is None:
            return
        for webhook, event in _in_order(told):
            number = self._store.new_id()
            body = body_of(webhook, number, event, message)
            self._store.queue_delivery(
                Delivery(number, webhook.id, event, happening.device, happening.time, body)
            )
            self._noted(webhook.id)

    def _not_known(self, failure: Failure) -> None:
        if not isinstance(failure.value, StoreUnavailable):
            log.failure("a webhook could not be told of a device", failure)


def _in_order(told: Iterable[tuple[Webhook, WebhookEvent]]) -> list[tuple[Webhook, WebhookEvent]]:
    return sorted(told, key=lambda each: each[0].id)
