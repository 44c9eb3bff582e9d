"""The ``device bulk`` commands."""

from __future__ import annotations

import json
from typing import Any

from acs.ctl import bulks
from tests.ctl.appliance import Answer, ApplianceTestCase, Asked, document, items

BULK: dict[str, Any] = {
    "id": "0sbpzkq6m0001",
    "action": "job",
    "wanted": {"filter": {}},
    "state": "done",
    "devices": 2,
    "done": 1,
    "refused": 1,
    "reasons": [{"device": "a\x1b[2J", "reason": "there is no device with this id"}],
    "created": "2026-11-26T12:00:00.000Z",
    "created_by": "anna",
    "ended": "2026-11-26T12:00:01.000Z",
}
TOLD = {"devices": 2, "unknown": 1, "first": ["a", "b"]}


class BulkTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Answer what is begun, and before that whom it touches."""
        super().setUp()
        self.appliance.routes["POST /bulk"] = self.begun
        self.patch(bulks, "INTERVAL", 0.01)

    def begun(self, asked: Asked) -> Answer:
        return document(TOLD) if asked.json.get("dry_run") else document({**BULK, "state": "running"}, 202)

    def said(self, *words: str) -> dict[str, Any]:
        """What was asked of the appliance in the end, after a look at whom it touches."""
        outcome = self.acsctl("device", "bulk", *words, "--yes")
        self.assertEqual(0, outcome.status, outcome.errors)
        first, last = (asked.json for asked in self.appliance.asked[-2:])
        self.assertEqual({**last, "dry_run": True}, first)
        return dict(last)

    def test_a_job(self) -> None:
        said = self.said(
            "job", "SetParameterValues", "A.B=1", "--filter", "tag=x", "--reason", "why", "--urgent"
        )
        arguments = {"ParameterList": [{"Name": "A.B", "Value": "1"}]}
        job = {"rpc": "SetParameterValues", "arguments": arguments, "reason": "why", "urgent": True}
        self.assertEqual({"action": "job", "filter": {"tag": "x"}, "job": job}, said)

    def test_a_patch(self) -> None:
        words = "--add-tag", "a", "--add-tag", "b", "--remove-tag", "c", "--category", "gold"
        said = self.said("patch", "--device", "x", *words, "--software-version", "")
        tags = {"add": ["a", "b"], "remove": ["c"]}
        patch = {"tags": tags, "category": "gold", "desired_software_version": None}
        self.assertEqual({"action": "patch", "devices": ["x"], "patch": patch}, said)
        said = self.said("patch", "--device", "x", "--category", "gold")
        self.assertEqual({"category": "gold"}, said["patch"])

    def test_what_needs_no_more_words(self) -> None:
        for action in ("wake", "refresh", "reconfigure", "delete"):
            self.assertEqual({"action": action, "filter": {}}, self.said(action, "--all"))

    def test_beforehand_it_is_told_whom_it_touches(self) -> None:
        outcome = self.acsctl("device", "bulk", "delete", "--filter", "tag=x", "--dry-run")
        self.assertEqual("2 devices; 1 are not known\na\nb\n", outcome.text)
        self.assertEqual(1, len(self.appliance.asked))
        outcome = self.acsctl("device", "bulk", "delete", "--filter", "tag=x", "--dry-run", "--json")
        self.assertEqual(TOLD, json.loads(outcome.text))

    def test_without_a_terminal_it_is_not_done_unasked(self) -> None:
        outcome = self.acsctl("device", "bulk", "wake", "--all")
        self.assertEqual(2, outcome.status)
        self.assertEqual([True], [asked.json.get("dry_run") for asked in self.appliance.asked])

    def test_nobody_is_meant_by_mistake(self) -> None:
        for words in ([], ["--all", "--device", "x"], ["--device", "x", "--filter", "tag=x"]):
            self.assertEqual(2, self.acsctl("device", "bulk", "wake", *words).status)
        self.assertEqual([], self.appliance.asked)

    def test_it_is_waited_for(self) -> None:
        states = iter(["running", "done"])
        self.appliance.routes["GET /bulk/0sbpzkq6m0001"] = lambda _: document({**BULK, "state": next(states)})
        outcome = self.acsctl("device", "bulk", "wake", "--all", "--yes", "--wait")
        self.assertEqual(0, outcome.status)
        self.assertIn("there is no device with this id", outcome.text)
        self.assertNotIn("\x1b", outcome.text)

    def test_one_that_was_interrupted_is_a_failure(self) -> None:
        self.appliance.routes["GET /bulk/0sbpzkq6m0001"] = document({**BULK, "state": "interrupted"})
        self.assertEqual(1, self.acsctl("device", "bulk", "show", "0sbpzkq6m0001").status)
        outcome = self.acsctl("device", "bulk", "show", "0sbpzkq6m0001", "--json")
        self.assertEqual("interrupted", json.loads(outcome.text)["state"])

    def test_they_are_listed_and_stopped(self) -> None:
        self.appliance.routes["GET /bulk"] = items(BULK)
        self.assertIn("0sbpzkq6m0001", self.acsctl("device", "bulk", "list").text)
        self.appliance.routes["DELETE /bulk/0sbpzkq6m0001"] = document({**BULK, "state": "stopping"}, 202)
        self.assertEqual("it is stopping\n", self.acsctl("device", "bulk", "stop", "0sbpzkq6m0001").text)
