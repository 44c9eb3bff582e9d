"""The ``webhook`` commands."""

from __future__ import annotations

import json
from typing import Any

from acs.store.records.webhooks import WebhookEvent
from tests.ctl.appliance import ApplianceTestCase, document, items

WEBHOOK: dict[str, Any] = {
    "id": "0sbpzkq6m0001",
    "url": "https://crm.isp.example/\x1b[2J",
    "events": ["alarm", "device_seen"],
    "tags": [],
    "models": [],
    "created": "2026-11-26T12:00:00.000Z",
    "created_by": "anna",
    "state": "active",
    "paused": None,
    "paused_because": None,
    "failing": None,
    "failures": 0,
    "next_try": None,
    "queued": 3,
    "dropped": 0,
}
DELIVERY: dict[str, Any] = {
    "id": "0sbpzkq6m0002",
    "event": "alarm",
    "device": None,
    "created": "2026-11-26T12:00:00.000Z",
    "state": "delivered",
    "attempts": 2,
    "tried": "2026-11-26T12:00:01.000Z",
    "seconds": 0.25,
    "status": 204,
    "detail": None,
}


class WebhookTests(ApplianceTestCase):
    def test_they_are_listed_with_how_they_fare(self) -> None:
        failing = {**WEBHOOK, "failing": "2026-11-26T12:00:00.000Z"}
        self.appliance.routes["GET /webhooks"] = items(WEBHOOK, failing, {**failing, "state": "paused"})
        lines = self.acsctl("webhook", "list").lines
        self.assertEqual(
            ["0sbpzkq6m0001", "active", "3", "alarm,device_seen", r"https://crm.isp.example/\x1b[2J"],
            lines[1].split(),
        )
        self.assertEqual(["active", "failing", "paused"], [line.split()[1] for line in lines[1:4]])

    def test_one_is_added_and_its_secret_shown(self) -> None:
        self.appliance.routes["POST /webhooks"] = document({**WEBHOOK, "secret": "whsec_x"}, 201)
        told = self.acsctl(
            "webhook", "add", "https://crm/", "--events", "alarm,job_done", "--tag", "vip", "--model", "A/B"
        )
        self.assertEqual(["0sbpzkq6m0001", "secret: whsec_x"], told.lines)
        self.assertEqual(
            {"url": "https://crm/", "events": ["alarm", "job_done"], "tags": ["vip"], "models": ["A/B"]},
            self.appliance.asked[0].json,
        )

    def test_a_secret_of_ones_own_is_read_from_standard_input(self) -> None:
        self.appliance.routes["POST /webhooks"] = document(WEBHOOK, 201)
        words = ("webhook", "add", "https://crm/", "--events", "alarm", "--secret-stdin")
        self.assertEqual(["0sbpzkq6m0001"], self.acsctl(*words, stdin="a secret of my own\n").lines)
        self.assertEqual("a secret of my own", self.appliance.asked[0].json["secret"])

    def test_one_is_removed_when_that_is_meant(self) -> None:
        self.appliance.routes["DELETE /webhooks/W"] = document(None, 204)
        self.assertEqual(2, self.acsctl("webhook", "remove", "W").status)
        self.assertEqual([], self.appliance.asked)
        self.assertEqual(["removed"], self.acsctl("webhook", "remove", "W", "--yes").lines)

    def test_a_message_is_sent_and_what_came_of_it_told(self) -> None:
        self.appliance.routes["POST /webhooks/W/test"] = document(DELIVERY)
        self.assertEqual(["taken, after 0.2 s: status 204"], self.acsctl("webhook", "test", "W").lines)
        refused = {**DELIVERY, "state": "failed", "status": 500, "detail": "no\x1b"}
        self.appliance.routes["POST /webhooks/W/test"] = document(refused)
        told = self.acsctl("webhook", "test", "W")
        self.assertEqual(1, told.status)
        self.assertIn(r"not taken, after 0.2 s: status 500: no\x1b", told.errors)
        self.appliance.routes["POST /webhooks/W/test"] = document(
            {**refused, "status": None, "detail": "late"}
        )
        told = self.acsctl("webhook", "test", "W", "--json")
        self.assertEqual((1, "late"), (told.status, json.loads(told.output)["detail"]))
        self.assertIn("no answer: late", told.errors)

    def test_what_was_said_is_listed(self) -> None:
        self.appliance.routes["GET /webhooks/W/deliveries"] = items(DELIVERY)
        lines = self.acsctl("webhook", "deliveries", "W", "--state", "delivered").lines
        self.assertIn("204", lines[1].split())
        self.assertEqual("delivered", self.appliance.asked[0].query["state"])

    def test_one_is_paused_and_goes_on(self) -> None:
        self.appliance.routes["PATCH /webhooks/W"] = document({**WEBHOOK, "state": "paused"})
        self.assertEqual(
            ["the webhook is paused; 3 messages wait"], self.acsctl("webhook", "pause", "W").lines
        )
        self.acsctl("webhook", "resume", "W")
        self.assertEqual(["paused", "active"], [asked.json["state"] for asked in self.appliance.asked])

    def test_the_help_names_all_events(self) -> None:
        told = " ".join(self.acsctl("webhook", "add", "--help").output.decode().split())
        for event in WebhookEvent:
            self.assertIn(event.value, told)
