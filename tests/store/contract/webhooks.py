"""Messages to the operator's systems: kept until they are sent, each sent by one process at a time."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.store import ids
from acs.store.database import Statement
from acs.store.interface import BadQuery, Query
from acs.store.records.webhooks import Delivery, DeliveryState, Standing, Webhook
from tests.store.contract.base import Contract

URL = "https://crm.isp.example/acs?token=pässword"


class WebhookContract(Contract):
    """Where they go, and those that wait."""

    async def put(self, **how: Any) -> Webhook:
        wanted = {"url": URL, "secret": "hüsh", "events": ("alarm", "job_done"), "created": 5.5} | how
        webhook = Webhook(self.store.new_id(), **wanted)
        await self.store.put_webhook(webhook)
        return webhook

    def queue(self, webhook: Webhook, event: str = "alarm", **how: Any) -> Delivery:
        delivery = Delivery(self.store.new_id(), webhook.id, event, "a-b", self.clock.seconds(), b"{}", **how)
        self.store.queue_delivery(delivery)
        return delivery

    async def waiting(self, webhook: Webhook) -> list[int]:
        return [each.id for each in await self.store.next_deliveries(webhook.id, 100)]

    async def take(self, webhook: Webhook, now: float = 10.0) -> Standing | None:
        return await self.store.take_webhook(webhook.id, now, now + 60.0)

    async def test_one_is_kept_in_every_field(self) -> None:
        webhook = await self.put(tags=("vip", "é"), models=("Acmé/Böx",), created_by="anna")
        for _ in range(2):
            self.assertEqual((webhook,), self.store.webhooks())
            self.assertEqual({webhook.id: Standing()}, await self.store.standings())
            await self.reopen()

    async def test_one_is_changed_and_fares_as_before(self) -> None:
        webhook = await self.put()
        await self.store.pause_webhook(webhook.id, 7.5, "no answer")
        changed = replace(webhook, url="http://192.0.2.1/", secret="x", events=("alarm",), tags=("a",))
        await self.store.put_webhook(changed)
        self.assertEqual((changed,), self.store.webhooks())
        self.assertEqual(7.5, (await self.store.standings())[webhook.id].paused)

    async def test_who_watches_hears_of_others(self) -> None:
        seen: list[int] = []
        self.store.watch_webhooks(lambda: seen.append(len(self.store.webhooks())))
        webhook = await self.put()
        await self.store.delete_webhook(webhook.id)
        self.assertEqual(
            [1, 0], [number for number, before in zip(seen, [-1, *seen], strict=False) if number != before]
        )

    async def test_one_is_forgotten_with_its_messages(self) -> None:
        webhook, other = await self.put(), await self.put()
        self.queue(webhook)
        kept = self.queue(other)
        self.assertTrue(await self.store.delete_webhook(webhook.id))
        self.assertFalse(await self.store.delete_webhook(webhook.id))
        self.assertEqual((other,), self.store.webhooks())
        self.assertEqual([], await self.waiting(webhook))
        self.assertEqual([kept.id], await self.waiting(other))

    async def test_messages_wait_in_the_order_of_their_making(self) -> None:
        webhook = await self.put()
        queued = [self.queue(webhook, event) for event in ("alarm", "job_done", "alarm")]
        await self.store.committed()
        await self.reopen()
        self.assertEqual(queued, list(await self.store.next_deliveries(webhook.id, 100)))
        self.assertEqual(queued[:1], list(await self.store.next_deliveries(webhook.id, 1)))
        self.assertEqual(3, (await self.store.standings())[webhook.id].queued)

    async def test_what_was_taken_waits_no_more(self) -> None:
        webhook = await self.put()
        sent, other = self.queue(webhook), self.queue(webhook)
        tried = {"attempts": 2, "tried": 9.5, "seconds": 0.25, "status": 204, "detail": "n\0 é"}
        self.store.change_delivery(replace(sent, state=DeliveryState.DELIVERED, **tried))
        self.assertEqual([other.id], await self.waiting(webhook))
        _, first = (await self.store.deliveries(Query({"webhook": ids.as_text(webhook.id)}))).items
        self.assertEqual(
            replace(sent, body=b"", state=DeliveryState.DELIVERED, **tried | {"detail": "n\ufffd é"}), first
        )

    async def test_the_last_ones_are_listed_the_newest_first(self) -> None:
        webhook, other = await self.put(), await self.put()
        made = [self.queue(webhook) for _ in range(3)]
        self.queue(other)
        self.store.change_delivery(replace(made[0], state=DeliveryState.FAILED))
        of = {"webhook": ids.as_text(webhook.id)}
        page = await self.store.deliveries(Query(of, limit=2))
        self.assertEqual([made[2].id, made[1].id], [each.id for each in page.items])
        rest = await self.store.deliveries(Query(of, limit=2, cursor=page.next))
        self.assertEqual(([made[0].id], None), ([each.id for each in rest.items], rest.next))
        failed = await self.store.deliveries(Query({**of, "state": "failed"}))
        self.assertEqual([made[0].id], [each.id for each in failed.items])
        for wrong in ({"webhook": "x"}, {**of, "state": "lost"}):
            with self.assertRaises(BadQuery):
                await self.store.deliveries(Query(wrong))

    async def test_one_process_sees_to_it_at_a_time(self) -> None:
        webhook, idle = await self.put(), await self.put()
        self.queue(webhook)
        self.assertEqual([webhook.id], await self.store.due_webhooks(10.0))
        self.assertEqual(Standing(), await self.take(webhook))
        self.assertEqual([], await self.store.due_webhooks(10.0))
        self.assertIsNone(await self.take(webhook))
        self.assertIsNone(await self.take(webhook, 69.0))
        self.assertIsNotNone(await self.take(webhook, 70.0))
        self.store.leave_webhook(webhook.id, Standing())
        self.assertEqual([webhook.id], await self.store.due_webhooks(10.0))
        self.assertIsNotNone(await self.take(idle))

    async def test_one_that_fails_is_left_alone_for_a_while(self) -> None:
        webhook = await self.put()
        self.queue(webhook)
        await self.take(webhook)
        failing = Standing(failing=10.0, failures=3, due=50.0, dropped=2)
        self.store.leave_webhook(webhook.id, failing)
        self.assertEqual([], await self.store.due_webhooks(49.0))
        self.assertIsNone(await self.take(webhook, 49.0))
        self.assertEqual(failing, await self.take(webhook, 50.0))

    async def test_one_that_is_paused_is_sent_nothing_until_it_is_not(self) -> None:
        webhook = await self.put()
        self.queue(webhook)
        self.assertTrue(await self.store.pause_webhook(webhook.id, 7.5, "no answer"))
        self.assertFalse(await self.store.pause_webhook(webhook.id, 8.5, "again"))
        self.assertEqual([], await self.store.due_webhooks(10.0))
        self.assertIsNone(await self.take(webhook))
        paused = (await self.store.standings())[webhook.id]
        self.assertEqual((7.5, "no answer", 1), (paused.paused, paused.paused_because, paused.queued))
        self.assertTrue(await self.store.pause_webhook(webhook.id, None))
        self.assertFalse(await self.store.pause_webhook(webhook.id, None))
        self.assertFalse(await self.store.pause_webhook(1, 8.5))
        self.assertEqual([webhook.id], await self.store.due_webhooks(10.0))

    async def test_too_many_that_wait_are_given_up_the_oldest_first(self) -> None:
        webhook = await self.put()
        made = [self.queue(webhook) for _ in range(5)]
        self.assertEqual((0, False), await self.store.trim_deliveries(webhook.id, 5, 9))
        self.assertEqual((2, True), await self.store.trim_deliveries(webhook.id, 3, 9))
        self.assertEqual([each.id for each in made[2:]], await self.waiting(webhook))
        self.assertEqual((1, False), await self.store.trim_deliveries(webhook.id, 2, 9))
        self.assertEqual(3, (await self.store.standings())[webhook.id].dropped)

    async def test_of_those_that_were_sent_the_last_are_remembered(self) -> None:
        webhook = await self.put()
        made = [self.queue(webhook) for _ in range(6)]
        for number, each in enumerate(made[:5]):
            state = DeliveryState.DELIVERED if number % 2 else DeliveryState.FAILED
            self.store.change_delivery(replace(each, state=state))
        await self.store.trim_deliveries(webhook.id, 9, 1)
        found = (await self.store.deliveries(Query({"webhook": ids.as_text(webhook.id)}))).items
        self.assertEqual([made[5].id, made[4].id, made[3].id], [each.id for each in found])

    async def test_one_that_is_damaged_keeps_no_other_waiting(self) -> None:
        webhook = await self.put()
        self.store.queue_delivery(Delivery(7, webhook.id, "alarm", "", 1.0, b"{}"))
        good = self.queue(webhook)
        await self.store.committed()
        damage = Statement("UPDATE webhook_deliveries SET body = ? WHERE id = 7", (b"\1damaged",))
        await self.store._groups.write(damage)  # type: ignore[attr-defined]
        self.assertEqual([good.id], await self.waiting(webhook))
        failed = (
            await self.store.deliveries(Query({"webhook": ids.as_text(webhook.id), "state": "failed"}))
        ).items
        self.assertEqual([7], [each.id for each in failed])
        self.assertTrue(failed[0].detail)
