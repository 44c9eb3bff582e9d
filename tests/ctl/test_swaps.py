"""The ``device`` commands about a device that takes the place of another."""

from __future__ import annotations

import json
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, problem

LEFT_OUT = [{"name": "wifi.2g.passphrase", "reason": "is a secret\x1b[2J"}]
BACKUP: dict[str, Any] = {
    "parameters": {"wifi.2g.ssid": "Café", ".A.B": {"value": "1", "notify": "active"}},
    "left_out": LEFT_OUT,
}
LEVEL = "2026-11-26T12:00:00.000000Z"
SWAPPED: dict[str, Any] = {
    "id": "NEW",
    "desired_config_level": {"value": LEVEL, "source": "device"},
    "left_out": LEFT_OUT,
}


class BackupTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have a device with a backup."""
        super().setUp()
        self.appliance.routes["GET /devices/D/backup"] = document(BACKUP)

    def test_it_is_a_table_of_what_goes_along_and_one_of_what_does_not(self) -> None:
        lines = [line.split() for line in self.acsctl("device", "backup", "D").lines]
        self.assertEqual(["PARAMETER", "VALUE"], lines[0][:2])
        self.assertEqual(["wifi.2g.ssid", "Café"], lines[1][:2])
        self.assertEqual([".A.B", "1", "-", "active"], lines[2][:4])
        self.assertEqual([[], ["LEFT", "OUT", "WHY"]], lines[3:5])
        self.assertEqual(["wifi.2g.passphrase", "is", "a", r"secret\x1b[2J"], lines[5])

    def test_as_json_it_is_what_the_api_gave(self) -> None:
        outcome = self.acsctl("device", "backup", "D", "--json", "--secrets")
        self.assertEqual(BACKUP, json.loads(outcome.output))
        self.assertEqual("true", self.appliance.asked[0].query["secrets"])

    def test_where_all_goes_along_nothing_is_said_of_the_rest(self) -> None:
        self.appliance.routes["GET /devices/D/backup"] = document({**BACKUP, "left_out": []})
        self.assertEqual(3, len(self.acsctl("device", "backup", "D").lines))


class SwapTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have a device that can be replaced."""
        super().setUp()
        self.appliance.routes["POST /devices/OLD/swap"] = document(SWAPPED)

    def test_the_new_one_takes_the_place_of_the_old_one(self) -> None:
        outcome = self.acsctl("device", "swap", "OLD", "NEW", "--yes")
        self.assertEqual(0, outcome.status)
        self.assertEqual(f"the next session of NEW brings it to level {LEVEL}", outcome.lines[0])
        self.assertEqual(["wifi.2g.passphrase", "is", "a", r"secret\x1b[2J"], outcome.lines[-1].split())
        wanted = {"replacement": "NEW", "delete": False, "force": False}
        self.assertEqual(wanted, self.appliance.asked[0].json)

    def test_the_old_one_is_forgotten_and_what_the_new_one_has_is_lost_where_that_is_said(self) -> None:
        command = ("device", "swap", "OLD", "NEW", "--yes", "--delete", "--force", "--json")
        self.assertEqual(SWAPPED, json.loads(self.acsctl(*command).output))
        wanted = {"replacement": "NEW", "delete": True, "force": True}
        self.assertEqual(wanted, self.appliance.asked[0].json)

    def test_where_nothing_is_wanted_of_it_no_level_is_told(self) -> None:
        nothing = {"value": None, "source": None}
        told = document({**SWAPPED, "desired_config_level": nothing, "left_out": []})
        self.appliance.routes["POST /devices/OLD/swap"] = told
        self.assertEqual(
            ["NEW is to have nothing"], self.acsctl("device", "swap", "OLD", "NEW", "--yes").lines
        )

    def test_a_person_is_asked_and_may_decline(self) -> None:
        outcome = self.acsctl("device", "swap", "OLD", "NEW", stdin="n\n", terminal=True)
        self.assertEqual((1, []), (outcome.status, self.appliance.asked))
        self.assertIn("Have NEW take the place of OLD? [y/N]", outcome.errors)
        outcome = self.acsctl("device", "swap", "OLD", "NEW", "--delete", stdin="y\n", terminal=True)
        self.assertIn("Have NEW take the place of OLD, and forget OLD? [y/N]", outcome.errors)
        self.assertEqual((0, True), (outcome.status, self.appliance.asked[0].json["delete"]))

    def test_nothing_is_done_without_a_terminal_or_a_word(self) -> None:
        outcome = self.acsctl("device", "swap", "OLD", "NEW", stdin="y\n")
        self.assertEqual((2, []), (outcome.status, self.appliance.asked))
        self.assertIn("--yes", outcome.errors)

    def test_a_refusal_is_one_line(self) -> None:
        refused = problem(409, "Conflict", "the replacement has settings")
        self.appliance.routes["POST /devices/OLD/swap"] = refused
        outcome = self.acsctl("device", "swap", "OLD", "NEW", "--yes")
        self.assertEqual(
            (1, "acsctl: Conflict: the replacement has settings\n"), (outcome.status, outcome.errors)
        )
