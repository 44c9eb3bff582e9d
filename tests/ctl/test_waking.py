"""The ``device`` commands about waking."""

from __future__ import annotations

import json
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, items

WOKEN: dict[str, Any] = {
    "method": "http",
    "outcome": "informed",
    "detail": "204\x1b[2J",
    "seconds": 1.25,
    "session": "S",
}


class WakingTests(ApplianceTestCase):
    def test_what_came_of_it_is_one_line(self) -> None:
        self.appliance.routes["POST /devices/D/wake"] = document(WOKEN)
        outcome = self.acsctl("device", "wake", "D")
        self.assertEqual(
            (0, r"informed by http after 1.2 s: 204\x1b[2J"), (outcome.status, *outcome.lines)[:2]
        )
        self.assertEqual({"method": "auto"}, self.appliance.asked[0].json)

    def test_one_that_does_not_call_is_a_failure(self) -> None:
        told = {**WOKEN, "method": None, "outcome": "impossible", "detail": ""}
        self.appliance.routes["POST /devices/D/wake"] = document(told)
        outcome = self.acsctl("device", "wake", "D", "--method", "udp")
        self.assertEqual((1, ["impossible after 1.2 s"]), (outcome.status, outcome.lines))
        self.assertEqual({"method": "udp"}, self.appliance.asked[0].json)
        self.assertEqual(told, json.loads(self.acsctl("device", "wake", "D", "--json").output))

    def test_what_came_of_it_before_is_a_table(self) -> None:
        wake = {**WOKEN, "time": "2026-11-26T12:00:00.000Z", "requested_by": "anna", "job": None}
        self.appliance.routes["GET /devices/D/wakes"] = items(wake)
        lines = self.acsctl("device", "wakes", "D").lines
        self.assertEqual(["http", "informed", "1.25", "anna", r"204\x1b[2J"], lines[1].split()[-5:])

    def test_what_it_is_woken_with_is_shown_with_its_ways(self) -> None:
        told = {"username": "me", "ways": [{"method": "udp", "why_not": "no binding"}]}
        self.appliance.routes["GET /devices/D/waking"] = document(told)
        lines = self.acsctl("device", "waking", "D").lines
        self.assertEqual(
            [["username", "me"], ["WAY", "WHY", "NOT"], ["udp", "no", "binding"]], [*map(str.split, lines)]
        )
        self.assertEqual(told, json.loads(self.acsctl("device", "waking", "D", "--json").output))

    def test_it_is_given_new_passwords(self) -> None:
        self.appliance.routes["POST /devices/D/waking/renew"] = document({}, 202)
        self.assertIn("new passwords", self.acsctl("device", "waking", "D", "--renew").lines[0])
