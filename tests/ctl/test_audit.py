"""The ``audit`` commands."""

from __future__ import annotations

import json

from tests.ctl.appliance import ApplianceTestCase, items

SAID = {
    "id": "0sbpzkq6m0001",
    "time": "2026-11-26T12:00:00.000Z",
    "who": "anna\x1b[2J",
    "address": None,
    "method": "PATCH",
    "target": "/api/v1/devices/a",
    "status": 200,
    "before": {"notes": "", "tags": []},
    "after": {"notes": "x", "category": "gold"},
}


class AuditTests(ApplianceTestCase):
    def test_it_is_listed_with_what_has_changed(self) -> None:
        self.appliance.routes["GET /audit"] = items(SAID, {**SAID, "before": None, "after": None})
        outcome = self.acsctl("audit", "list", "--who", "anna", "--target", "/api/v1/devices/")
        self.assertEqual(0, outcome.status)
        self.assertIn("notes, tags, category", outcome.text)
        self.assertNotIn("\x1b", outcome.text)
        (asked,) = self.appliance.asked
        self.assertEqual(("anna", "/api/v1/devices/"), (asked.query["who"], asked.query["target"]))

    def test_it_is_given_as_json(self) -> None:
        self.appliance.routes["GET /audit"] = items(SAID)
        self.assertEqual([SAID], json.loads(self.acsctl("audit", "list", "--json").text))
