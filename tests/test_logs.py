"""What the log looks like, whatever devices say."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from acs.logs import INDENT, TALKATIVE, as_json, as_text, observer
from acs.settings import Secret
from tests.support.router import DEVICE, inform
from tests.test_appliance import ApplianceCase

EVIL = (
    'x\n2026-11-25T12:00:00.000Z critical acs "forged"\r\n{"level": "critical"}\u2028\u0085\x1b[2J\x00\ud800'
)


def said(form: str, words: str, level: str = "info", **fields: Any) -> str:
    """What is written of an event."""
    stream = StringIO()
    Logger("acs.test", observer=observer(stream, "debug", form)).info(words, **fields)
    return stream.getvalue()


def failed(form: str, error: Exception, words: str = "it failed", **fields: Any) -> str:
    stream = StringIO()
    try:
        raise error
    except Exception:
        failure = Failure()
    Logger("acs.test", observer=observer(stream, "debug", form)).failure(words, failure, **fields)
    return stream.getvalue()


class TextTests(SynchronousTestCase):
    def test_an_event_is_a_line(self) -> None:
        line = said("text", "session of {device} failed", device="a-b")
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z info acs\.test session of a-b failed\n$")

    def test_nothing_that_is_said_makes_a_line(self) -> None:
        self.assertEqual(1, said("text", "{device}", device=EVIL).count("\n"))
        self.assertNotIn("\x1b", said("text", "{device}", device=EVIL))

    def test_a_traceback_is_indented_whatever_stands_in_it(self) -> None:
        first, *rest = failed("text", ValueError(EVIL)).splitlines()
        self.assertTrue(first.endswith("it failed"))
        self.assertGreater(len(rest), 2)
        for line in rest:
            self.assertTrue(line.startswith(INDENT), line)
            self.assertTrue(line.isprintable(), line)

    @settings(suppress_health_check=[HealthCheck.too_slow])  # the tables of all characters are made first
    @given(st.text())
    def test_of_any_text(self, text: str) -> None:
        line = said("text", "session of {device}", device=text)
        self.assertEqual(1, len(line.splitlines()))
        self.assertTrue(line[:-1].isprintable())


class JsonTests(SynchronousTestCase):
    def test_an_event_is_an_object_with_what_it_is_about(self) -> None:
        line = said(
            "json",
            "{device} from {address}",
            device="a-b",
            session="0123",
            address="192.0.2.7",
            who="user:anna",
        )
        found = json.loads(line)
        self.assertRegex(found.pop("time"), r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        self.assertEqual(
            {
                "level": "info",
                "namespace": "acs.test",
                "message": "a-b from 192.0.2.7",
                "device": "a-b",
                "session": "0123",
                "address": "192.0.2.7",
                "who": "user:anna",
            },
            found,
        )

    def test_what_it_is_not_about_is_not_there(self) -> None:
        found = json.loads(said("json", "x", device="", session=None, client="192.0.2.7"))
        self.assertEqual({"time", "level", "namespace", "message", "address"}, set(found))
        self.assertEqual("192.0.2.7", found["address"])

    def test_nothing_that_is_said_makes_a_line_or_a_field(self) -> None:
        line = said("json", "{device}", device=EVIL, who='", "level": "critical')
        self.assertEqual(1, len(line.splitlines()))
        found = json.loads(line)
        self.assertEqual("info", found["level"])
        self.assertEqual({"time", "level", "namespace", "message", "device", "who"}, set(found))
        self.assertTrue(all(value.isprintable() for value in found.values()))

    def test_a_traceback_is_a_field(self) -> None:
        line = failed("json", ValueError(EVIL), device="a-b")
        self.assertEqual(1, line.count("\n"))
        found = json.loads(line)
        self.assertEqual(
            ("critical", "it failed", "a-b"), (found["level"], found["message"], found["device"])
        )
        self.assertIn("ValueError", found["traceback"])

    def test_only_what_is_named_is_shown_of_an_event(self) -> None:
        line = said("json", "configured", password="hush", config={"secret": "hush"}, url=Secret("hush"))
        self.assertNotIn("hush", line)
        self.assertNotIn("hush", said("json", "{url!r}", url=Secret("hush")))

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(), st.text())
    def test_of_any_text(self, device: str, who: str) -> None:
        line = said("json", "session of {device}", device=device, who=who, level="critical")
        self.assertEqual(1, len(line.splitlines()))
        found = json.loads(line)
        self.assertEqual("info", found["level"])
        self.assertLessEqual(set(found), {"time", "namespace", "message", "level", "device", "who"})


class ProcessTests(ApplianceCase):
    """What a whole appliance writes."""

    grace = 0.1

    def more(self) -> str:
        return '[log]\nformat = "json"\n'

    def test_each_line_is_an_object_and_tells_what_it_is_about(self) -> None:
        self.call_in("0 BOOTSTRAP", "1 BOOT")
        cpe = self.cpe()
        cpe.say(inform("2 PERIODIC"))
        self.appliance.acsctl("device", "show", DEVICE)
        self.appliance.stop()
        lines = self.appliance.log().splitlines()
        announced = [line for line in lines if line.startswith(("console:", "user:", "password:"))]
        told = [json.loads(line) for line in lines if line not in announced]
        (failed,) = [each for each in told if "failed: " in each["message"]]
        self.assertEqual((DEVICE, "127.0.0.1"), (failed["device"], failed["address"]))
        self.assertEqual(13, len(failed["session"]))
        shown = [each for each in told if each["message"].startswith("GET /api/v1/devices/")]
        self.assertTrue(shown)
        self.assertEqual(
            {("token:acsctl on this machine", "127.0.0.1")},
            {(each["who"], each["address"]) for each in shown},
        )
        (password,) = [line.partition(": ")[2] for line in announced if line.startswith("password:")]
        self.assertNotIn(password, str(told))


class LevelTests(SynchronousTestCase):
    def test_what_tells_of_every_connection_is_for_who_wants_to_hear_all(self) -> None:
        for level, lines in (("debug", 3), ("info", 2), ("warn", 1), ("error", 0)):
            stream = StringIO()
            watching = observer(stream, level, "text")
            for name in (TALKATIVE[0], "acs.test"):
                Logger(name, observer=watching).info("x")
            Logger(TALKATIVE[0], observer=watching).warn("y")
            self.assertEqual(lines, stream.getvalue().count("\n"), level)


class EmptyTests(SynchronousTestCase):
    def test_what_says_nothing_is_not_written(self) -> None:
        for form in (as_text, as_json):
            self.assertIsNone(form({"log_format": "", "log_time": 0.0}))
