"""Webhooks of a real process, taken by the receiver that is shipped as an example, over real sockets."""

from __future__ import annotations

import runpy
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests import ROOT
from tests.support.router import DEVICE, inform
from tests.test_appliance import ApplianceCase

EXAMPLE = runpy.run_path(str(ROOT / "etc" / "webhooks" / "receive.py"))


class Receiver:
    """The example, with what it has taken; while it is ``away`` it answers 503."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refused = 0
        self.away = False
        outer = self

        class Receiving(EXAMPLE["Receiving"]):  # type: ignore[misc]
            seen: set[str] = set()

            def do_POST(self) -> None:  # noqa: N802 (http.server's own name)
                if outer.away:
                    outer.refused += 1
                    self.send_error(503)
                else:
                    super().do_POST()

            def take(self, message: Any) -> None:
                outer.taken.append(message)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.kind = Receiving
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiving)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/acs"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class WebhookTests(ApplianceCase):
    grace = 0.5

    def setUp(self) -> None:
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), deadline, f"it never holds:\n{self.appliance.log()}")
            time.sleep(0.02)

    def add(self, *more: str) -> str:
        made = self.appliance.asked("webhook", "add", self.receiver.url, *more)
        self.receiver.kind.secret = made["secret"]
        return str(made["id"])

    def test_what_happens_arrives_signed(self) -> None:
        webhook = self.add("--events", "device_seen,session_failed")
        self.assertIn("taken", self.appliance.acsctl("webhook", "test", webhook))
        self.call_in("0 BOOTSTRAP", "1 BOOT")
        cpe = self.cpe()
        cpe.say(inform("2 PERIODIC"))
        cpe.close()
        self.appliance.stop()  # which loses the session that is open
        self.appliance.start()
        self.until(lambda: len(self.receiver.taken) == 3)
        test, seen, failed = self.receiver.taken
        self.assertEqual(
            ["test", "device_seen", "session_failed"], [each["event"] for each in self.receiver.taken]
        )
        self.assertEqual((DEVICE, DEVICE), (seen["device"], seen["object"]["id"]))
        self.assertEqual((DEVICE, "failed"), (failed["device"], failed["object"]["result"]))
        log = self.appliance.asked("webhook", "deliveries", webhook)
        self.assertEqual({"delivered"}, {each["state"] for each in log})

    def test_who_has_another_secret_takes_nothing(self) -> None:
        webhook = self.add("--events", "device_seen")
        self.receiver.kind.secret = "whsec_b3RoZXI="
        told = self.appliance.tried("webhook", "test", webhook)
        self.assertEqual(1, told.returncode)
        self.assertIn(b"status 403", told.stderr)
        self.assertEqual([], self.receiver.taken)

    def test_kill_9_loses_nothing_that_waits(self) -> None:
        webhook = self.add("--events", "device_seen")
        self.receiver.away = True
        self.call_in("0 BOOTSTRAP", "1 BOOT")
        self.until(lambda: self.receiver.refused)
        (waiting,) = self.appliance.asked("webhook", "deliveries", webhook, "--state", "queued")
        self.restart_killed()
        self.receiver.away = False
        self.appliance.acsctl("webhook", "resume", webhook)
        self.until(lambda: self.receiver.taken)
        self.assertEqual(waiting["id"], self.receiver.taken[0]["id"])
        self.assertEqual(1, len(self.receiver.taken))
