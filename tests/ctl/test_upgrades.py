"""The commands about firmware, and about alarms."""

from __future__ import annotations

import json
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, items

DEVICE: dict[str, Any] = {
    "software_version": "1.0",
    "desired_software_version": {"value": "2.0\x1b", "source": "device"},
}
ALARM: dict[str, Any] = {
    "id": "A1",
    "kind": "firmware_failed",
    "device": "D",
    "campaign": None,
    "text": "given up\x1b",
    "since": "2026-11-26T12:00:00.000Z",
    "acknowledged": None,
    "acknowledged_by": None,
    "ended": None,
}


class UpgradeTests(ApplianceTestCase):
    def test_a_device_is_brought_to_a_version(self) -> None:
        self.appliance.routes["POST /devices/D/upgrade"] = document(DEVICE, 202)
        outcome = self.acsctl("device", "upgrade", "D", "2.0")
        self.assertEqual({"version": "2.0"}, self.appliance.asked[0].json)
        said = r"the next sessions bring it to 2.0\x1b; see it with: device show"
        self.assertEqual((0, [said]), (outcome.status, outcome.lines))

    def test_or_to_what_is_wanted_already(self) -> None:
        self.appliance.routes["POST /devices/D/upgrade"] = document(
            {**DEVICE, "software_version": "2.0\x1b"}, 202
        )
        self.assertEqual([r"it runs 2.0\x1b"], self.acsctl("device", "upgrade", "D").lines)
        self.assertEqual({}, self.appliance.asked[0].json)

    def test_or_back(self) -> None:
        self.appliance.routes["POST /devices/D/rollback"] = document(DEVICE, 202)
        outcome = self.acsctl("device", "rollback", "D", "--json")
        self.assertEqual(DEVICE, json.loads(outcome.text))


class AlarmTests(ApplianceTestCase):
    def test_open_ones_are_listed_and_all_where_that_is_asked_for(self) -> None:
        seen, past = {**ALARM, "acknowledged": ALARM["since"]}, {**ALARM, "ended": ALARM["since"]}
        self.appliance.routes["GET /alarms"] = items(ALARM, seen, {**past, "device": None, "campaign": "C"})
        lines = self.acsctl("alarm", "list").lines
        self.assertEqual("true", self.appliance.asked[0].query["open"])
        self.assertEqual(["firmware_failed", "D", "given", r"up\x1b"], lines[1].split()[-4:])
        self.assertIn(" acknowledged ", lines[2])
        self.assertEqual(["past", "firmware_failed", "C"], lines[3].split()[-5:-2])
        self.acsctl("alarm", "list", "--all", "--device", "D")
        self.assertEqual(("D", None), tuple(map(self.appliance.asked[-1].query.get, ("device", "open"))))

    def test_they_are_acknowledged(self) -> None:
        for alarm in ("A1", "A2"):
            self.appliance.routes[f"PATCH /alarms/{alarm}"] = document(ALARM)
        self.assertEqual(["acknowledged"], self.acsctl("alarm", "acknowledge", "A1", "A2").lines)
        self.assertEqual([{"acknowledged": True}] * 2, [asked.json for asked in self.appliance.asked])
        self.acsctl("alarm", "acknowledge", "A1", "--undo")
        self.assertEqual({"acknowledged": False}, self.appliance.asked[-1].json)
