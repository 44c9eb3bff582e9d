"""The ``device`` commands about uploads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.ctl.appliance import Answer, ApplianceTestCase, items, problem

UPLOAD = {
    "job": "06abcdefgh123",
    "name": "config\x1b.xml",
    "file_type": "3 Vendor Configuration File",
    "size": 5,
    "sha256": "00",
    "time": "2026-11-25T12:00:00.000Z",
}
CONTENT = b"\x00\x1b[2J"


class UploadTests(ApplianceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.appliance.routes |= {
            "GET /devices/D/uploads": items(UPLOAD),
            "GET /devices/D/uploads/J": Answer(200, CONTENT, "application/octet-stream"),
            "GET /devices/D/uploads/J/diff": Answer(200, b"--- a\n+++ b\n", "text/plain"),
            "DELETE /devices/D/uploads/J": Answer(204),
        }

    def test_they_are_listed(self) -> None:
        line = self.acsctl("device", "uploads", "D").lines[1]
        for told in (
            "06abcdefgh123",
            "2026-11-25 12:00:00Z",
            "3 Vendor Configuration File",
            r"config\x1b.xml",
        ):
            self.assertIn(told, line)
        self.assertEqual([UPLOAD], json.loads(self.acsctl("device", "uploads", "D", "--json").output))

    def test_one_goes_to_a_file_or_a_pipe_as_it_is(self) -> None:
        self.assertEqual(CONTENT, self.acsctl("device", "upload", "D", "J").output)
        file = Path(self.mktemp())
        outcome = self.acsctl("device", "upload", "D", "J", "-o", str(file))
        self.assertEqual((f"5 bytes in {file}\n", CONTENT), (outcome.text, file.read_bytes()))

    def test_it_cannot_command_a_terminal(self) -> None:
        self.assertNotIn(b"\x1b", self.acsctl("device", "upload", "D", "J", terminal=True).output)

    def test_it_is_compared_with_another_or_the_newest(self) -> None:
        self.assertEqual("--- a\n+++ b\n", self.acsctl("device", "upload", "D", "J", "--diff", "K").text)
        self.assertEqual({"to": "K"}, self.appliance.asked[-1].query)
        self.acsctl("device", "upload", "D", "J", "--diff")
        self.assertEqual({}, self.appliance.asked[-1].query)

    def test_it_is_removed(self) -> None:
        self.assertEqual("deleted\n", self.acsctl("device", "upload", "D", "J", "--delete").text)

    def test_one_that_is_not_there_is_one_line(self) -> None:
        self.appliance.routes["GET /devices/D/uploads/J"] = problem(404, "Not Found", "no such upload")
        outcome = self.acsctl("device", "upload", "D", "J")
        self.assertEqual((1, "acsctl: Not Found: no such upload\n"), (outcome.status, outcome.errors))
