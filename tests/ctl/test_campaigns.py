"""The ``campaign`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, items

CAMPAIGN: dict[str, Any] = {
    "id": "0sbpzkq6m0001",
    "name": "spring\x1b[2J",
    "state": "running",
    "state_reason": None,
    "software_version": "2.0",
    "config_level": None,
    "plan": {
        "waves": [{"devices": 1}, {"devices": 20}, {"percent": 12.5}],
        "rule": {"failures": 3, "of_last": 50, "percent": 5, "least": 100},
        "window": {"begins": "23:30", "ends": "04:00"},
        "timezone": "Europe/Berlin",
        "at_once": 5,
    },
    "devices": 20,
    "counts": {"waiting": 9, "offered": 5, "confirmed": 4, "failed": 1, "unreachable": 1, "left": 0},
    "created": "2026-11-26T12:00:00.000Z",
    "created_by": "anna",
    "changed": "2026-11-26T12:00:00.000Z",
}


class CampaignTests(ApplianceTestCase):
    def test_they_are_listed_with_how_many_are_where(self) -> None:
        self.appliance.routes["GET /campaigns"] = items(CAMPAIGN)
        lines = self.acsctl("campaign", "list").lines
        self.assertEqual(
            ["0sbpzkq6m0001", "running", "2.0", "9", "5", "4", "1", "1", r"spring\x1b[2J"], lines[1].split()
        )

    def test_one_is_shown(self) -> None:
        self.appliance.routes["GET /campaigns/C"] = document(CAMPAIGN)
        lines = self.acsctl("campaign", "show", "C").lines
        self.assertIn(["confirmed", "4"], [line.split() for line in lines])
        told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
        self.assertEqual("1 device, 20 devices, 12.5 %, all", told["waves"])
        self.assertEqual("3 failures of the last 50 or 5 % failures of at least 100", told["rule"])
        self.assertEqual(("23:30-04:00", "5"), (told["window"], told["at_once"]))
        plain = {"plan": {"waves": [{"percent": 100}], "rule": {}, "window": None}}
        self.appliance.routes["GET /campaigns/C"] = document({**CAMPAIGN, **plain})
        lines = self.acsctl("campaign", "show", "C").lines
        told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
        self.assertEqual(("100 %", "-", "at any time"), (told["waves"], told["rule"], told["window"]))
        self.appliance.routes["GET /campaigns/C"] = document(CAMPAIGN)
        self.assertEqual(CAMPAIGN, json.loads(self.acsctl("campaign", "show", "C", "--json").output))

    def test_its_devices_are_listed(self) -> None:
        device = {
            "device": "D",
            "place": 0,
            "state": "failed",
            "changed": "2026-11-26T12:00:00.000Z",
            "detail": "no",
        }
        self.appliance.routes["GET /campaigns/C/devices"] = items(device)
        lines = self.acsctl("campaign", "devices", "C", "--state", "failed").lines
        self.assertEqual(["D", "failed"], lines[1].split()[:2])
        self.assertEqual("failed", self.appliance.asked[0].query["state"])

    def test_one_is_begun_by_options(self) -> None:
        self.appliance.routes["POST /campaigns"] = document(CAMPAIGN, 201)
        options = ("--software-version", "2.0", "--filter", "manufacturer=Acme", "--filter", "tag=a")
        more = (
            "--window",
            "23:00-04:00",
            "--at-once",
            "50",
            "--patience-hours",
            "12.5",
            "--wake",
            "--paused",
        )
        self.assertEqual(0, self.acsctl("campaign", "add", "spring", *options, *more).status)
        self.assertEqual(
            {
                "name": "spring",
                "software_version": "2.0",
                "filter": {"manufacturer": "Acme", "tag": "a"},
                "window": {"begins": "23:00", "ends": "04:00"},
                "at_once": 50,
                "patience_hours": 12.5,
                "wake": True,
                "paused": True,
            },
            self.appliance.asked[0].json,
        )

    def test_one_is_begun_by_a_file(self) -> None:
        self.appliance.routes["POST /campaigns"] = document(CAMPAIGN, 201)
        file = Path(self.mktemp() + ".toml")
        file.write_text(
            "waves = [{ devices = 1 }, { percent = 10 }]\nrule = { failures = 3, of_last = 20 }\n"
        )
        words = ("--plan", f"@{file}", "--config-level", "now", "--device", "A", "--device", "B")
        self.acsctl("campaign", "add", "x", *words)
        said = self.appliance.asked[0].json
        self.assertEqual(
            ([{"devices": 1}, {"percent": 10}], {"failures": 3, "of_last": 20}, ["A", "B"], "now", False),
            tuple(said[name] for name in ("waves", "rule", "devices", "config_level", "paused")),
        )
        file.write_text("[]")
        self.assertEqual(2, self.acsctl("campaign", "add", "x", "--plan", f"@{file}").status)

    def test_it_is_halted_goes_on_and_is_ended(self) -> None:
        self.appliance.routes["PATCH /campaigns/C"] = document(CAMPAIGN)
        for words, state in (
            (("pause",), "paused"),
            (("resume",), "running"),
            (("abort", "--yes"), "aborted"),
        ):
            outcome = self.acsctl("campaign", words[0], "C", *words[1:])
            self.assertEqual(["the campaign is running"], outcome.lines)
            self.assertEqual({"state": state}, self.appliance.asked[-1].json)
        self.assertNotEqual(0, self.acsctl("campaign", "abort", "C").status)
        self.assertEqual(3, len(self.appliance.asked))
