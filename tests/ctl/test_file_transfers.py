"""The command that lists files on their way."""

from __future__ import annotations

import json

from tests.ctl.appliance import ApplianceTestCase, items

TRANSFER = {
    "id": "0000000000007",
    "state": "running",
    "way": "http",
    "direction": "download",
    "device": "001CA8-Box-1",
    "job": "06abcdefgh123",
    "client": "192.0.2.7",
    "path": "Acme/Box/1.2/i\x1b.bin",
    "sent": 25_000_000,
    "size": 100_000_000,
    "began": "2026-11-25T12:00:00.000Z",
    "failure": None,
}
NAMELESS = {**TRANSFER, "way": "tftp", "device": None, "job": None, "sent": 1000, "size": 0}


class TransferTests(ApplianceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.appliance.routes["GET /transfers"] = items(TRANSFER, NAMELESS)

    def test_they_are_listed_with_how_far_they_have_come(self) -> None:
        lines = self.acsctl("transfer", "list").lines
        for told in ("http download", "25 % of 100,000,000", "001CA8-Box-1", r"Acme/Box/1.2/i\x1b.bin"):
            self.assertIn(told, lines[1])
        for told in ("tftp download", "1,000", "192.0.2.7"):
            self.assertIn(told, lines[2])

    def test_as_json_they_are_as_the_api_has_them(self) -> None:
        self.assertEqual([TRANSFER, NAMELESS], json.loads(self.acsctl("transfer", "list", "--json").output))
