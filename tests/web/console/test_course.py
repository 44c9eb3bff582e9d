"""How far a job has come, in steps."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.web.console.course import ACTIVE, AHEAD, DONE, FAILED, course

CREATED, SENT, ENDED = (f"2026-11-25T12:00:0{second}Z" for second in (0, 1, 2))


def job(**how: Any) -> dict[str, Any]:
    """A job as the API tells it."""
    return {
        "rpc": "Reboot",
        "state": "queued",
        "automatic": False,
        "requested_by": "user:anna",
        "created": CREATED,
        "sent": None,
        "ended": None,
        "session": None,
        "uncertain": False,
        "wake": None,
        "fault": None,
        **how,
    }


def wake(outcome: str | None = None, method: str | None = None, detail: str | None = None) -> dict[str, Any]:
    """What a job tells of waking its device."""
    return {"tries": 1, "next": None, "method": method, "outcome": outcome, "detail": detail}


def steps(**how: Any) -> list[tuple[str, str]]:
    return [(step.name, step.state) for step in course(job(**how))]


class CourseTests(SynchronousTestCase):
    def test_one_that_waits_until_the_device_calls(self) -> None:
        self.assertEqual([("queued", DONE), ("to be sent", ACTIVE), ("done", AHEAD)], steps())
        first, second, _ = course(job())
        self.assertEqual(
            ("by user:anna", CREATED, "when it calls"), (first.detail, first.time, second.detail)
        )

    def test_one_whose_device_is_being_woken(self) -> None:
        self.assertEqual(
            [("queued", DONE), ("waking", ACTIVE), ("to be sent", AHEAD), ("done", AHEAD)], steps(wake=wake())
        )
        self.assertEqual(("waking by udp", ACTIVE), steps(wake=wake("accepted", "udp"))[1])

    def test_one_whose_device_has_been_woken(self) -> None:
        found = steps(wake=wake("informed", "http"))
        self.assertEqual([("woken by http", DONE), ("to be sent", ACTIVE)], found[1:3])

    def test_why_waking_has_failed_is_told(self) -> None:
        step = course(job(wake=wake("unreachable", "http", "connection refused")))[1]
        self.assertEqual(("not woken", FAILED), (step.name, step.state))
        self.assertEqual("unreachable: connection refused", step.detail)

    def test_one_that_was_sent_though_nobody_could_wake_its_device(self) -> None:
        found = steps(wake=wake("timeout", "http"), state="sent", sent=SENT)
        self.assertEqual([("asked to call by http", DONE), ("sent", DONE), ("done", ACTIVE)], found[1:])

    def test_one_whose_end_a_transfer_tells(self) -> None:
        last = course(job(rpc="Download", state="sent", sent=SENT))[-1]
        self.assertEqual("it tells when the transfer is over", last.detail)

    def test_one_that_is_done(self) -> None:
        found = course(job(state="done", sent=SENT, ended=ENDED, session="0abc"))
        self.assertEqual([DONE] * 3, [step.state for step in found])
        self.assertEqual(["0abc", "0abc"], [step.session for step in found[1:]])

    def test_one_that_has_failed_tells_the_fault(self) -> None:
        fault = {"FaultCode": 9005, "FaultString": "Invalid Parameter Name"}
        last = course(job(state="failed", sent=SENT, ended=ENDED, fault=fault))[-1]
        self.assertEqual(
            ("failed", FAILED, "9005 Invalid Parameter Name"), (last.name, last.state, last.detail)
        )

    def test_one_that_nobody_sent(self) -> None:
        found = steps(state="cancelled", ended=ENDED)
        self.assertEqual([("queued", DONE), ("not sent", FAILED), ("cancelled", FAILED)], found)

    def test_one_of_which_nobody_knows(self) -> None:
        self.assertEqual(("uncertain", FAILED), steps(state="sent", sent=SENT, uncertain=True)[-1])

    def test_one_by_the_appliance(self) -> None:
        self.assertEqual("by the appliance", course(job(automatic=True, requested_by=None))[0].detail)
