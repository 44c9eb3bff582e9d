"""The command that tells what happens, as it does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

from acs.ctl import events
from tests import ROOT
from tests.ctl import Outcome
from tests.ctl.appliance import TOKEN, Answer, ApplianceTestCase, Asked, document, problem

TIME = "2026-11-25T12:00:00.000Z"
SESSION = {"failure": None, "events": ["2 PERIODIC"]}
CAMPAIGN = {"name": "spr\x1bing", "counts": {"waiting": 7, "offered": 0, "confirmed": 2}}
MOVED = {"path": "a/b/1/i.bin", "sent": 50, "size": 200, "failure": "the client has gone"}
FAULT = {"FaultCode": 9001, "FaultString": "Request\x1b denied"}


def event(type_: str, what: str, told: Any, **more: Any) -> dict[str, Any]:
    """An event of the API."""
    return {"type": type_, "what": what, "device": "dev", "time": TIME, "object": told, **more}


def stream(*told: dict[str, Any], first: int = 1) -> Answer:
    """A stream of these, which then breaks off."""
    text = f"retry: 2000\nid: e-{first - 1}\n\n:\n\n"
    for number, each in enumerate(told, first):
        line = json.dumps({"id": f"e-{number}", **each})
        text += f"id: e-{number}\nevent: {each['type']}\ndata: {line}\n\n"
    return Answer(200, text.encode(), "text/event-stream")


# What a shell has started in the background, as these tests may be, takes no notice of Ctrl-C by itself.
_INTERRUPTED = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " import sys; from acs.ctl import main; sys.exit(main())"
)


class EventsTests(ApplianceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(events, "AGAIN", 0.0)

    def follow(self, *answers: Answer, words: tuple[str, ...] = ()) -> Outcome:
        """What is printed where the appliance gives these answers, and then takes the token no more."""
        left = [*answers, problem(401, "Unauthorized")]

        def answer(asked: Asked) -> Answer:
            return left.pop(0)

        self.appliance.routes["GET /events"] = answer
        return self.acsctl("events", *words)

    def test_each_is_told_on_a_line(self) -> None:
        change = {"name": "Device.X", "owner": "subscriber", "old": None, "new": "********"}
        told = self.follow(
            stream(
                event("session", "ended", SESSION),
                event("session", "ended", {"failure": "silent for 60 s"}),
                event("job", "failed", {"rpc": "Reboot", "fault": FAULT}),
                event("job", "queued", {"rpc": "Reboot", "fault": None}),
                event("device", "user_changed", {}, changes=[change]),
                event("device", "configuration_failed", {"config_problems": ["X: no"]}),
                event("device", "changed", {}, fields=["notes", "tags"]),
                event("device", "renamed", {}, formerly="old"),
                event("device", "deleted", None),
                event("campaign", "progressed", CAMPAIGN, device=None),
                event("transfer", "failed", MOVED),
                {"type": "reset"},
            )
        )
        noon = "2026-11-25 12:00:00Z"
        self.assertEqual(
            [
                f"{noon}  session  ended  dev  2 PERIODIC",
                f"{noon}  session  ended  dev  silent for 60 s",
                f"{noon}  job  failed  dev  Reboot  9001 Request\\x1b denied",
                f"{noon}  job  queued  dev  Reboot",
                f"{noon}  device  user_changed  dev  Device.X: - → ******** (subscriber)",
                f"{noon}  device  configuration_failed  dev  X: no",
                f"{noon}  device  changed  dev  notes, tags",
                f"{noon}  device  renamed  dev  old",
                f"{noon}  device  deleted  dev",
                f"{noon}  campaign  progressed  -  spr\\x1bing  waiting=7 confirmed=2",
                f"{noon}  transfer  failed  dev  25 % of 200  a/b/1/i.bin  the client has gone",
                "some events may have been missed",
            ],
            told.lines,
        )
        self.assertEqual((1, "acsctl: Unauthorized\n"), (told.status, told.errors))

    def test_json_is_an_object_a_line(self) -> None:
        told = self.follow(stream(event("session", "ended", SESSION)), words=("--json",))
        (line,) = told.lines
        self.assertEqual(event("session", "ended", SESSION) | {"id": "e-1"}, json.loads(line))

    def test_what_is_wanted_is_asked_for(self) -> None:
        self.follow(stream(), words=("--type", "session,job", "--device", "d%2De"))
        self.assertEqual({"type": "session,job", "device": "d%2De"}, self.appliance.asked[0].query)
        self.assertNotIn("Last-Event-ID", self.appliance.asked[0].headers)

    def test_a_stream_that_breaks_is_taken_up_where_it_was(self) -> None:
        told = self.follow(
            stream(event("session", "ended", SESSION)),
            problem(503, "Service Unavailable"),
            problem(503, "Service Unavailable"),
            stream(event("session", "ended", SESSION), first=2),
        )
        self.assertEqual(2, len(told.lines))
        asked = [each.headers["Last-Event-ID"] for each in self.appliance.asked]
        self.assertEqual([None, "e-1", "e-1", "e-1", "e-2"], asked)
        self.assertEqual("acsctl: Service Unavailable\nacsctl: Unauthorized\n", told.errors)

    def test_a_refusal_at_the_beginning_is_an_error(self) -> None:
        self.appliance.routes["GET /events"] = problem(503, "Service Unavailable")
        self.assertEqual(1, self.acsctl("events").status)

    def test_what_is_no_stream_is_an_error(self) -> None:
        text = b"id: 1\ndata: [1]\n\n"
        for answer in (document({}), Answer(200, b"", "text/html"), Answer(200, text, "text/event-stream")):
            self.appliance.routes["GET /events"] = answer
            outcome = self.acsctl("events")
            self.assertEqual(1, outcome.status)
            self.assertIn("no stream of events", outcome.errors)

    def test_it_ends_when_it_is_interrupted(self) -> None:
        self.patch(events, "AGAIN", 60.0)
        self.appliance.routes["GET /events"] = stream(event("session", "ended", SESSION))
        reach = ["--url", self.appliance.url, "--token", TOKEN]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-c", _INTERRUPTED, *reach, "events"], stdout=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout is not None
            self.assertIn(b"session", process.stdout.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(130, process.wait(20))
