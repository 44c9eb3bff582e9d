"""Webhooks over the API."""

from __future__ import annotations

from typing import Any

import orjson
from twisted.internet import reactor

from acs.store import ids
from acs.store.interface import Query
from acs.store.records import Role
from acs.store.records.alarms import AlarmKind
from acs.store.records.webhooks import Delivery
from acs.web.api.webhooks import MOST
from acs.web.site import make_site
from acs.web.telling.watch import Watch
from acs.web.webhooks.signing import key_of
from tests.web.cases import AIRTIES, NOON, ApiCase, path
from tests.web.client import Client
from tests.web.listening import until
from tests.web.webhooks.receiving import Receiver

URL = "https://crm.isp.example/acs"
WANTED = {"url": URL, "events": ["alarm", "device_seen"], "secret": "a long enough secret"}


class WebhookCase(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.receiver = Receiver(self.clock)
        self.watch = Watch(self.store, self.clock, post=self.receiver.post)
        self.addCleanup(self.watch.webhooks.stop)
        self.watch.webhooks.start()
        site = make_site(store=self.store, clock=self.clock, reactor=reactor, version="1.0", watch=self.watch)
        self.client = Client(site)

    async def add(self, **how: Any) -> Any:
        response = await self.ask("POST", path("webhooks"), WANTED | how)
        self.assertEqual(201, response.status, response.body)
        return response.json


class WebhookTests(WebhookCase):
    async def test_one_is_added_and_shown_without_its_secret(self) -> None:
        response = await self.ask("POST", path("webhooks"), WANTED | {"tags": ["vip"], "models": ["A/B"]})
        self.assertEqual(201, response.status)
        made = response.json
        self.assertEqual(path("webhooks", made["id"]), response.headers["Location"])
        self.assertEqual(
            {
                "url": URL,
                "events": ["alarm", "device_seen"],
                "tags": ["vip"],
                "models": ["A/B"],
                "created": "2026-11-25T12:00:00.000Z",
                "created_by": "token:a admin",
                "state": "active",
                "paused": None,
                "paused_because": None,
                "failing": None,
                "failures": 0,
                "next_try": None,
                "queued": 0,
                "dropped": 0,
            },
            {name: value for name, value in made.items() if name != "id"},
        )
        self.assertEqual(made, await self.get("webhooks", made["id"]))
        self.assertEqual([made], (await self.get("webhooks"))["items"])

    async def test_a_secret_that_is_made_is_shown_once(self) -> None:
        response = await self.ask("POST", path("webhooks"), {"url": URL, "events": ["alarm"]})
        secret = response.json["secret"]
        self.assertTrue(secret.startswith("whsec_"))
        self.assertEqual(secret, self.store.webhooks()[0].secret)
        self.assertEqual(32, len(key_of(secret)))
        self.assertNotIn(b"whsec", (await self.ask("GET", path("webhooks"))).body)

    async def test_on_disk_there_is_neither_secret_nor_url(self) -> None:
        await self.add()
        await self.store.committed()
        for file in self.folder.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                self.assertNotIn(b"long enough secret", content)
                self.assertNotIn(b"crm.isp.example", content)

    @property
    def folder(self) -> Any:
        return self.store._database._path.parent  # type: ignore[attr-defined]

    async def test_what_makes_no_sense_is_refused(self) -> None:
        for wrong, field in (
            ({"url": "ftp://crm/"}, "url"),
            ({"url": "http://169.254.169.254/"}, "url"),
            ({"events": []}, "events"),
        ):
            response = await self.assert_refused(422, "POST", path("webhooks"), WANTED | wrong)
            self.assertEqual([field], list(response.wrong))
        for wrong, field in (
            ({"events": ["noise"]}, "events[0]"),
            ({"secret": "short"}, "secret"),
            ({"url": ""}, "url"),
        ):
            response = await self.assert_refused(400, "POST", path("webhooks"), WANTED | wrong)
            self.assertEqual([field], list(response.wrong))
        self.assertEqual([], (await self.get("webhooks"))["items"])

    async def test_there_are_not_too_many(self) -> None:
        for _ in range(MOST):
            await self.add()
        await self.assert_refused(409, "POST", path("webhooks"), WANTED)

    async def test_one_is_changed(self) -> None:
        made = await self.add()
        place = path("webhooks", made["id"])
        changed = (await self.ask("PATCH", place, {"url": URL + "2", "events": ["alarm", "alarm"]})).json
        self.assertEqual((URL + "2", ["alarm"]), (changed["url"], changed["events"]))
        self.assertEqual("a long enough secret", self.store.webhooks()[0].secret)
        self.assertEqual(200, (await self.ask("PATCH", place, {"secret": "another hush, longer"})).status)
        self.assertEqual("another hush, longer", self.store.webhooks()[0].secret)
        await self.assert_refused(422, "PATCH", place, {"url": "http://0.0.0.0/"})
        await self.assert_refused(400, "PATCH", place, {})
        for method, body in (("GET", None), ("PATCH", {"url": URL}), ("DELETE", None)):
            for nobody in ("0000000000001", "x"):
                await self.assert_refused(404, method, path("webhooks", nobody), body)

    async def test_one_is_paused_and_goes_on(self) -> None:
        made = await self.add()
        place = path("webhooks", made["id"])
        paused = (await self.ask("PATCH", place, {"state": "paused"})).json
        self.assertEqual(("paused", "token:a admin has said so"), (paused["state"], paused["paused_because"]))
        self.store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "given up", AIRTIES.id)
        self.store.raise_alarm(AlarmKind.WEBHOOK_PAUSED, "no answer", subject=made["id"])
        self.assertEqual(2, (await self.get("webhooks", made["id"]))["queued"])
        self.clock.advance(10)
        await until(lambda: not self.watch.webhooks.busy)
        self.assertEqual([], self.receiver.got)
        self.assertEqual("active", (await self.ask("PATCH", place, {"state": "active"})).json["state"])
        self.clock.advance(1)
        await until(lambda: len(self.receiver.got) == 2)
        open_ = (await self.store.alarms(Query({"open": "true", "kind": "webhook_paused"}))).items
        self.assertEqual((), tuple(open_))
        await until(lambda: not self.watch.webhooks.busy)

    async def test_one_is_removed_with_what_waits(self) -> None:
        made = await self.add()
        self.store.raise_alarm(AlarmKind.WEBHOOK_PAUSED, "no answer", subject=made["id"])
        self.assertEqual(204, (await self.ask("DELETE", path("webhooks", made["id"]))).status)
        self.assertEqual([], (await self.get("webhooks"))["items"])
        self.assertEqual([], (await self.get("alarms", query="?open=true"))["items"])
        await self.assert_refused(404, "GET", path("webhooks", made["id"], "deliveries"))

    async def test_what_was_said_is_listed(self) -> None:
        made = await self.add()
        webhook = self.store.webhooks()[0].id
        for number in range(3):
            self.store.queue_delivery(
                Delivery(self.store.new_id(), webhook, "alarm", AIRTIES.id, NOON, b"{}", attempts=number)
            )
        page = await self.get("webhooks", made["id"], "deliveries", query="?limit=2")
        self.assertEqual([2, 1], [each["attempts"] for each in page["items"]])
        rest = await self.get("webhooks", made["id"], "deliveries", query=f"?limit=2&cursor={page['next']}")
        (first,) = rest["items"]
        del first["id"]
        self.assertEqual(
            {
                "event": "alarm",
                "device": AIRTIES.id,
                "created": "2026-11-25T12:00:00.000Z",
                "state": "queued",
                "attempts": 0,
                "tried": None,
                "seconds": 0.0,
                "status": None,
                "detail": None,
            },
            first,
        )
        failed = await self.get("webhooks", made["id"], "deliveries", query="?state=failed")
        self.assertEqual([], failed["items"])

    async def test_a_message_is_sent_to_try_it(self) -> None:
        made = await self.add()
        place = path("webhooks", made["id"], "test")
        sent = (await self.ask("POST", place)).json
        self.assertEqual(("test", "delivered", 200), (sent["event"], sent["state"], sent["status"]))
        ((url, message),) = self.receiver.got
        self.assertEqual((URL, "test", sent["id"]), (url, message["event"], message["id"]))
        self.receiver.answers = [404]
        sent = (await self.ask("POST", place)).json
        self.assertEqual(("failed", 404, "no"), (sent["state"], sent["status"], sent["detail"]))
        log = (await self.get("webhooks", made["id"], "deliveries"))["items"]
        self.assertEqual(["failed", "delivered"], [each["state"] for each in log])

    async def test_only_an_administrator_has_to_do_with_them(self) -> None:
        made = await self.add()
        for method, target in (
            ("GET", path("webhooks")),
            ("GET", path("webhooks", made["id"])),
            ("GET", path("webhooks", made["id"], "deliveries")),
            ("POST", path("webhooks", made["id"], "test")),
            ("DELETE", path("webhooks", made["id"])),
        ):
            await self.assert_refused(403, method, target, role=Role.OPERATOR)

    async def test_how_many_wait_is_among_the_numbers(self) -> None:
        await self.add()
        webhook = self.store.webhooks()[0].id
        self.store.queue_delivery(Delivery(self.store.new_id(), webhook, "alarm", "", NOON, orjson.dumps({})))
        text = (await self.ask("GET", "/metrics")).body.decode()
        self.assertIn("acs_webhook_waiting 1.0", text)
        self.assertIn('acs_webhook_messages_total{outcome="taken",worker="0"} 0.0', text)
        self.assertIn('acs_alarms_open{kind="webhook_paused"} 0.0', text)


class AloneTests(ApiCase):
    async def test_a_site_by_itself_sends_nothing(self) -> None:
        made = (await self.ask("POST", path("webhooks"), WANTED)).json
        sent = (await self.ask("POST", path("webhooks", made["id"], "test"))).json
        self.assertEqual(("failed", "this process sends nothing"), (sent["state"], sent["detail"]))
        self.assertEqual(13, len(ids.as_text(self.store.webhooks()[0].id)))
