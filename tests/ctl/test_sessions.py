"""The ``session`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.sessions import heading, offset, pairs
from tests.ctl.appliance import Answer, ApplianceTestCase, document, items, problem

SESSION: dict[str, Any] = {
    "id": "09abc",
    "device": "001CA8-X-1",
    "started": "2026-11-23T19:30:00.000000Z",
    "ended": "2026-11-23T19:30:01.500000Z",
    "duration": 1.5,
    "events": ["0 BOOTSTRAP", "1 BOOT"],
    "result": "failed",
    "failure": "no answer\x1b[2J",
    "last_rpc": "Inform",
}
REQUEST_HEAD = "POST / HTTP/1.1\r\nHost: acs\r\nX-\xff: \x1b\r\n\r\n"
BODIES = {1: b"<a><b>\xc2\x9b</b></a>", 2: b"<ok/>", 4: b"\x1b[31m not XML"}


def exchange(number: int, direction: str, milliseconds: int, **members: Any) -> dict[str, Any]:
    """A message of a conversation as the API gives it."""
    return {
        "number": number,
        "direction": direction,
        "rpc": None,
        "time": f"2026-11-23T19:30:00.{milliseconds:03}000Z",
        "header_bytes": 7,
        "body_bytes": len(BODIES.get(number, b"")),
        "head": "",
        "status": None if direction == "in" else 200,
        "job": None,
        "answers": None,
        "note": None,
        **members,
    }


CONVERSATION = (
    exchange(1, "in", 0, rpc="Inform", head=REQUEST_HEAD),
    exchange(2, "out", 12, rpc="InformResponse", head="HTTP/1.1 200 OK\r\n\r\n", answers=1),
    exchange(3, "in", 20, head="POST / HTTP/1.1\r\n\r\n", note="no\tbody"),
    exchange(4, "out", 30, rpc="Reboot", head="HTTP/1.1 200 OK\r\n\r\n", job="07"),
    exchange(5, "in", 40, head="POST / HTTP/1.1\r\n\r\n"),
)


class SessionTestCase(ApplianceTestCase):
    """A test with one recorded session."""

    def setUp(self) -> None:
        super().setUp()
        self.appliance.routes |= {
            "GET /sessions": items(SESSION),
            "GET /sessions/09abc": document(SESSION),
            "GET /sessions/09abc/exchanges": items(*CONVERSATION),
        }
        for number, body in BODIES.items():
            self.appliance.routes[f"GET /sessions/09abc/exchanges/{number}"] = Answer(200, body, "text/xml")


class ListTests(SessionTestCase):
    def test_a_list_tells_what_happened(self) -> None:
        line = self.acsctl("session", "list").lines[1]
        for told in ("09abc", "2026-11-23 19:30:00Z", "001CA8-X-1", "1.500", "failed", r"no answer\x1b[2J"):
            self.assertIn(told, line)

    def test_json_is_what_the_api_gave(self) -> None:
        self.assertEqual([SESSION], json.loads(self.acsctl("session", "list", "--json").output))


class ShowTests(SessionTestCase):
    def test_the_whole_conversation_is_shown(self) -> None:
        lines = self.acsctl("session", "show", "09abc").lines
        told = [line for line in lines if line.startswith("#")]
        self.assertEqual(
            [
                "#1  CPE → ACS  +0.000 s  Inform  7 + 16 bytes",
                "#2  CPE ← ACS  +0.012 s  InformResponse  7 + 5 bytes  HTTP 200  answers #1",
                r"#3  CPE → ACS  +0.020 s  (empty)  7 + 0 bytes  (no\tbody)",
                "#4  CPE ← ACS  +0.030 s  Reboot  7 + 13 bytes  HTTP 200  job 07",
                "#5  CPE → ACS  +0.040 s  (empty)  7 + 0 bytes",
            ],
            told,
        )
        self.assertIn(r"  <b>\x9b</b>", lines)
        self.assertIn(r"\x1b[31m not XML", lines)

    def test_raw_messages_go_to_a_pipe_as_they_were_sent(self) -> None:
        output = self.acsctl("session", "show", "09abc", "--raw").output
        for body in BODIES.values():
            self.assertIn(b"\n" + body + b"\n", output)

    def test_raw_messages_cannot_command_a_terminal(self) -> None:
        outcome = self.acsctl("session", "show", "09abc", "--raw", terminal=True)
        self.assertNotIn(b"\x1b", outcome.output)
        self.assertIn(r"<a><b>\x9b</b></a>", outcome.text)

    def test_without_bodies_none_is_fetched(self) -> None:
        outcome = self.acsctl("session", "show", "09abc", "--no-bodies")
        self.assertNotIn("<ok/>", outcome.text)
        self.assertEqual(2, len(self.appliance.asked))

    def test_as_json_session_and_messages_are_one_document(self) -> None:
        shown = json.loads(self.acsctl("session", "show", "09abc", "--json").output)
        self.assertEqual({**SESSION, "exchanges": list(CONVERSATION)}, shown)

    def test_secrets_are_asked_for_only_when_wanted(self) -> None:
        self.acsctl("session", "show", "09abc")
        self.assertFalse(any("secrets" in asked.query for asked in self.appliance.asked))
        self.appliance.asked.clear()
        self.acsctl("session", "show", "09abc", "--secrets")
        self.assertTrue(all(asked.query["secrets"] == "true" for asked in self.appliance.asked[1:]))

    def test_a_conversation_that_is_gone_is_told(self) -> None:
        self.appliance.routes["GET /sessions/09abc/exchanges"] = problem(410, "Gone", "retention took it")
        outcome = self.acsctl("session", "show", "09abc")
        self.assertEqual((1, "acsctl: Gone: retention took it\n"), (outcome.status, outcome.errors))


class ExportTests(SessionTestCase):
    def export(self, *words: str) -> dict[str, bytes]:
        """The files of an export, by name."""
        folder = Path(self.mktemp())
        outcome = self.acsctl("session", "export", "09abc", "-o", str(folder), *words)
        self.assertEqual((0, f"5 messages in {folder}\n"), (outcome.status, outcome.text))
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def test_messages_are_files_as_they_went_over_the_wire(self) -> None:
        files = self.export()
        self.assertEqual(REQUEST_HEAD.encode("latin-1") + BODIES[1], files["001-request.txt"])
        self.assertEqual(b"HTTP/1.1 200 OK\r\n\r\n<ok/>", files["001-response.txt"])
        self.assertEqual(b"POST / HTTP/1.1\r\n\r\n", files["002-request.txt"])
        names = {
            "001-request.txt",
            "001-response.txt",
            "002-request.txt",
            "002-response.txt",
            "003-request.txt",
        }
        self.assertEqual(names | {"index.tsv"}, set(files))

    def test_an_index_has_a_line_for_each_pair(self) -> None:
        lines = self.export()["index.tsv"].decode().splitlines()
        self.assertEqual("001\t0.000\tPOST / HTTP/1.1\tInform (16B)\t200\tInformResponse\t-\t-", lines[0])
        self.assertEqual("002\t0.020\tPOST / HTTP/1.1\t- (0B)\t200\tReboot\t07\tno\\tbody", lines[1])
        self.assertEqual("003\t0.040\tPOST / HTTP/1.1\t- (0B)\t-\t-\t-\t-", lines[2])

    def test_a_folder_that_cannot_be_made_is_one_line(self) -> None:
        outcome = self.acsctl("session", "export", "09abc", "-o", "/dev/null/x")
        self.assertEqual((1, "acsctl: /dev/null/x: Not a directory\n"), (outcome.status, outcome.errors))


class HeadingTests(SynchronousTestCase):
    def test_messages_pair_up_with_their_answers(self) -> None:
        def paired(directions: str) -> list[str]:
            messages = [{"direction": {"i": "in", "o": "out"}[each]} for each in directions]
            return ["".join(each["direction"][0] for each in pair) for pair in pairs(messages)]

        self.assertEqual(["io", "io"], paired("ioio"))
        self.assertEqual(["i", "io", "o", "i"], paired("iiooi"))
        self.assertEqual([], paired(""))

    def test_a_time_that_cannot_be_told_from_the_start_is_given_as_it_is(self) -> None:
        self.assertEqual("2026-11-23 19:30:00Z", offset("2026-11-23T19:30:00Z", None))
        self.assertEqual("-", offset(None, "2026-11-23T19:30:00Z"))
        self.assertEqual("+1.500 s", offset("2026-11-23T19:30:01.500Z", "2026-11-23T19:30:00Z"))

    def test_a_heading_cannot_command_a_terminal(self) -> None:
        line = heading(exchange(1, "in", 0, rpc="X_\x1b[2J", note="\x9b"), SESSION["started"])
        self.assertTrue(line.isprintable())
