"""Webhooks where several nodes share a database: whoever notes a message, one of them sends it, once."""

from __future__ import annotations

from twisted.internet.task import Clock

from acs.store.records.alarms import AlarmKind
from acs.store.records.webhooks import Webhook
from acs.web.webhooks.delivering import Delivering
from tests.store.test_nodes import NodesCase
from tests.web.webhooks.receiving import Receiver

LATE = AlarmKind.DEVICES_LATE


class NodesTests(NodesCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.receiver = Receiver(Clock())
        self.processes = [
            Delivering(store, self.clock, self.receiver.post, lambda: 0.5)  # type: ignore[arg-type]
            for store in (self.one, self.two)
        ]

    async def tearDown(self) -> None:
        for each in self.processes:
            each.stop()
        await self.until(lambda: not any(each.busy for each in self.processes))
        await super().tearDown()

    async def begin(self) -> Webhook:
        webhook = Webhook(self.one.new_id(), "https://crm.isp.example/", "hush", ("alarm",))
        await self.one.put_webhook(webhook)
        await self.until(lambda: self.two.webhooks() == (webhook,))
        for each in self.processes:
            each.changed()
        return webhook

    async def settle(self) -> None:
        """Have both look until nothing waits."""
        for store in (self.one, self.two):
            await store.committed()
        while any(each.queued for each in (await self.one.standings()).values()):
            for process in self.processes:
                await process.look()
            await self.until(lambda: not any(each.busy for each in self.processes))

    def texts(self) -> list[str]:
        return sorted(message["object"]["text"] for _, message in self.receiver.got)

    async def test_what_happens_at_either_is_sent_once(self) -> None:
        await self.begin()
        for number in range(20):
            store = (self.one, self.two)[number % 2]
            store.raise_alarm(LATE, f"{number:02}", subject=f"{number}")
        await self.settle()
        self.assertEqual([f"{number:02}" for number in range(20)], self.texts())

    async def test_what_a_node_noted_that_is_no_more_is_sent_by_the_other(self) -> None:
        webhook = await self.begin()
        self.two.raise_alarm(LATE, "noted by two", subject="x")
        self.processes.pop().stop()
        await self.two.committed()
        await self.settle()
        self.assertEqual(["noted by two"], self.texts())
        self.assertEqual(0, (await self.one.standings())[webhook.id].queued)

    async def test_what_a_node_notes_that_has_not_heard_of_its_end_is_forgotten(self) -> None:
        webhook = await self.begin()
        self.two._webhooks = (webhook,)
        await self.one.delete_webhook(webhook.id)
        self.two._webhooks = (webhook,)
        self.two.raise_alarm(LATE, "late", subject="x")
        await self.two.committed()
        self.two._webhooks = ()
        for process in self.processes:
            process._trim_at = 0.0
            process._new.add(webhook.id)
            await process._trim(webhook.id)
        self.assertEqual([], list(await self.one.next_deliveries(webhook.id, 10)))
        self.assertEqual([], self.texts())
