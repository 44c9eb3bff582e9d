"""The ``job`` commands."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.ctl import jobs
from acs.ctl.api import Api
from acs.ctl.jobs import state, wait
from tests.ctl.appliance import TOKEN, Answer, ApplianceTestCase, Asked, document, items

FAULT = {
    "FaultCode": 9003,
    "FaultString": "Invalid arguments",
    "SetParameterValuesFault": [
        {"ParameterName": "Device.A\x1b", "FaultCode": 9007, "FaultString": "Invalid value"}
    ],
}


def job(state: str, **members: Any) -> dict[str, Any]:
    """A job as the API gives it."""
    return {"id": "7", "device": "D", "rpc": "GetParameterValues", "state": state, **members}


class AddTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have jobs looked at more often than people need it."""
        super().setUp()
        self.patch(jobs, "INTERVAL", 0.01)

    def ends(self, *jobs: dict[str, Any]) -> None:
        """Have a job that is queued and then, look by look, these."""
        later = iter(jobs)
        self.appliance.routes["POST /devices/D/jobs"] = document(job("queued"), 201)
        self.appliance.routes["GET /jobs/7"] = lambda _: document(next(later))

    def test_a_job_is_accepted_at_once(self) -> None:
        self.ends()
        outcome = self.acsctl("job", "add", "D", "SetParameterValues", "Device.A=1", "--reason", "why")
        self.assertEqual((0, "job 7 is queued\n"), (outcome.status, outcome.text))
        arguments = {"ParameterList": [{"Name": "Device.A", "Value": "1"}]}
        wanted = {"rpc": "SetParameterValues", "arguments": arguments, "reason": "why", "urgent": False}
        self.assertEqual(wanted, self.appliance.asked[0].json)

    def test_a_job_that_is_waited_for_shows_its_result(self) -> None:
        values = [{"Name": "Device.A", "Value": "1", "Type": "xsd:int"}]
        self.ends(job("sent"), job("done", result={"ParameterList": values}))
        outcome = self.acsctl("job", "add", "D", "GetParameterValues", "Device.A", "--wait", "30")
        self.assertEqual(0, outcome.status)
        self.assertEqual(
            ["job 7 is done", "NAME      VALUE  TYPE", "Device.A  1      xsd:int"], outcome.lines
        )

    def test_other_results_are_shown_member_by_member(self) -> None:
        self.ends(job("done", result={"InstanceNumber": 3, "Status": 0}))
        lines = self.acsctl("job", "add", "D", "AddObject", "Device.A.", "--wait", "30").lines
        self.assertEqual(["job 7 is done", "InstanceNumber  3", "Status          0"], lines)

    def test_rows_are_shown_as_a_table(self) -> None:
        rows = [{"Host": "192.0.2.1", "ErrorCode": 0}, {"Host": "a\x1b", "RTTimes": "1,2"}]
        found = {"DiagnosticsState": "Complete", "RouteHops": rows, "Result": []}
        lines = [
            "DiagnosticsState  Complete",
            "Result            -",
            "",
            "RouteHops:",
            "Host       ErrorCode  RTTimes",
            "192.0.2.1  0          -",
            "a\\x1b      -          1,2",
        ]
        self.ends(job("done", result=found))
        outcome = self.acsctl("job", "add", "D", "TraceRoute", "Host=192.0.2.1", "--wait", "30")
        self.assertEqual(["job 7 is done", *lines], outcome.lines)
        self.appliance.routes["GET /jobs/7"] = document(job("done", result=found))
        self.assertEqual(["", "result:", *lines], self.acsctl("job", "show", "7").lines[-9:])

    def test_a_job_that_fails_shows_its_fault_and_fails_the_command(self) -> None:
        self.ends(job("failed", fault=FAULT))
        outcome = self.acsctl("job", "add", "D", "SetParameterValues", "Device.A=x", "--wait", "30")
        self.assertEqual(1, outcome.status)
        self.assertEqual(
            ["job 7 is failed", "9003 Invalid arguments", r"  Device.A\x1b: 9007 Invalid value"],
            outcome.lines,
        )

    def test_a_job_that_does_not_end_in_time_fails_the_command(self) -> None:
        self.appliance.routes["POST /devices/D/jobs"] = document(job("queued"), 201)
        self.appliance.routes["GET /jobs/7"] = document(job("sent"))
        outcome = self.acsctl("job", "add", "D", "Reboot", "--wait", "0.01")
        self.assertEqual((1, "acsctl: job 7 is still sent after 0.01 s\n"), (outcome.status, outcome.errors))

    def test_of_one_that_waits_it_tells_what_came_of_waking_its_device(self) -> None:
        wake: dict[str, Any] = {"tries": 0, "next": None, "method": None, "outcome": None, "detail": None}
        tried = {"method": "http", "outcome": "busy", "detail": "503\x1b", "next": "2026-11-26T12:00:15.000Z"}
        for told, line in (
            (wake, "its device is being woken"),
            (wake | tried, r"waking its device: busy by http: 503\x1b; again at 2026-11-26 12:00:15Z"),
            (wake | {"outcome": "impossible", "detail": ""}, "waking its device: impossible"),
        ):
            self.appliance.routes["POST /devices/D/jobs"] = document(job("queued"), 201)
            self.appliance.routes["GET /jobs/7"] = document({**job("queued"), "wake": told})
            outcome = self.acsctl("job", "add", "D", "Reboot", "--urgent", "--wait", "0.01")
            self.assertEqual(["job 7 is queued", line], outcome.lines)

    def test_the_end_may_be_had_as_json(self) -> None:
        self.ends(job("failed", fault=FAULT))
        outcome = self.acsctl("job", "add", "D", "Reboot", "--wait", "30", "--json")
        self.assertEqual((1, job("failed", fault=FAULT)), (outcome.status, json.loads(outcome.output)))

    def test_arguments_may_come_from_standard_input(self) -> None:
        self.ends()
        self.acsctl("job", "add", "D", "Reboot", "-", stdin='{"CommandKey": "k"}')
        self.assertEqual({"CommandKey": "k"}, self.appliance.asked[0].json["arguments"])

    def test_a_file_that_is_not_there_is_one_line(self) -> None:
        outcome = self.acsctl("job", "add", "D", "Reboot", "@/nonexistent")
        self.assertEqual(
            (1, "acsctl: /nonexistent: No such file or directory\n"), (outcome.status, outcome.errors)
        )


class WaitTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have a clock that nobody waits for."""
        super().setUp()
        self.api = Api(self.appliance.url, TOKEN, proxies={})
        self.clock = Clock()

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait for a queued job."""
        return dict(wait(self.api, job("queued"), seconds, self.clock.seconds, self.clock.advance))

    def test_the_job_is_looked_at_until_it_ends(self) -> None:
        def look(_: Asked) -> Answer:
            return document(job("done" if self.clock.seconds() >= 3 else "sent"))

        self.appliance.routes["GET /jobs/7"] = look
        self.assertEqual("done", self.wait(60)["state"])
        self.assertEqual(3, self.clock.seconds())

    def test_the_wait_ends_with_the_time(self) -> None:
        self.appliance.routes["GET /jobs/7"] = document(job("queued"))
        self.assertEqual("queued", self.wait(10.2)["state"])
        self.assertAlmostEqual(10.2, self.clock.seconds())

    def test_no_answer_is_waited_for_that_cannot_come(self) -> None:
        self.appliance.routes["GET /jobs/7"] = document(job("sent", uncertain=True))
        self.wait(60)
        self.assertEqual(1, len(self.appliance.asked))


class ListTests(ApplianceTestCase):
    def test_a_list_shows_state_and_fault(self) -> None:
        self.appliance.routes["GET /jobs"] = items(job("failed", fault=FAULT), job("sent", uncertain=True))
        lines = self.acsctl("job", "list").lines
        self.assertIn("9003 Invalid arguments", lines[1])
        self.assertIn("sent, uncertain", lines[2])

    def test_a_job_is_shown_with_arguments_and_fault(self) -> None:
        shown = job("failed", arguments={"ParameterNames": ["Device."]}, fault=FAULT, result=None)
        self.appliance.routes["GET /jobs/7"] = document(shown)
        text = self.acsctl("job", "show", "7").text
        self.assertIn('"ParameterNames": [', text)
        self.assertIn("\nfault:\n", text)
        self.assertNotIn("result", text)

    def test_a_job_is_cancelled(self) -> None:
        self.appliance.routes["DELETE /jobs/7"] = Answer(204)
        self.assertEqual(
            (0, b"cancelled\n"), (lambda done: (done.status, done.output))(self.acsctl("job", "cancel", "7"))
        )


class StateTests(SynchronousTestCase):
    def test_a_job_left_in_doubt_says_so(self) -> None:
        self.assertEqual(
            ["sent", "sent, uncertain"], [state(job("sent")), state(job("sent", uncertain=True))]
        )
