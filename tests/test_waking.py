"""Devices are woken, as an operator does it: a real appliance, simulated devices of another process."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support import prosody
from tests.support.appliance import ApplianceProcess
from tests.support.forking import Forked
from tests.support.ports import free_port
from tests.support.prosody import Prosody
from tests.test_appliance import ApplianceCase

PATIENCE = 20.0
"""Seconds in which things have to come about that nobody waits for."""


class WakingAppliance(ApplianceProcess):
    """One that gives devices what they are woken by."""

    wakes = True


class WakingCase(ApplianceCase):
    """An appliance that may call loopback, and one simulated device that calls it once an hour."""

    kind = WakingAppliance
    grace = 0.0
    model = "tr098-router"
    trust: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.udp = free_port()
        super().setUp()
        self.simulate(f"http://127.0.0.1:{self.appliance.cwmp}/")
        self.until(lambda: self.device() is not None and self.waking()["given"])

    def more(self) -> str:
        return (
            '[wake]\nallow_networks = ["127.0.0.0/8"]\n'
            f'[wake.udp]\nendpoint = "udp:{self.udp}:interface=127.0.0.1"\n'
        )

    def simulate(self, url: str) -> None:
        """Let the device live until the test is over."""
        words = ["--url", url, "--model", self.model, "--interval", "3600", "--ramp", "0", *self.trust]
        with open(os.devnull, "r+b") as nothing, open(self.appliance.folder / "simulated", "ab") as said:
            cpe = Forked(
                ["-m", "acs.ctl", "simulate", *words],
                Path.cwd(),
                self.appliance.environment,
                nothing,
                said,
                said,
            )
        self.addCleanup(cpe.wait, 30.0)
        self.addCleanup(cpe.send_signal, signal.SIGTERM)

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), end, self.appliance.log()[-3000:])
            time.sleep(0.05)

    def device(self) -> dict[str, Any] | None:
        """What the appliance says of the device, once it has read it."""
        found = self.appliance.asked("device", "list")
        device: dict[str, Any] | None = found[0] if found and not found[0]["full_read_requested"] else None
        return device

    @property
    def which(self) -> str:
        found = self.device()
        assert found is not None
        return str(found["id"])

    def waking(self) -> dict[str, Any]:
        told: dict[str, Any] = self.appliance.asked("device", "waking", self.which)
        return told

    def wake(self, method: str = "auto") -> tuple[str, str]:
        """The outcome, and the way that led to it."""
        done = self.appliance.tried("device", "wake", self.which, "--method", method, "--json")
        woken = json.loads(done.stdout)
        return woken["outcome"], woken["method"]

    def urgent(self) -> dict[str, Any]:
        """A job that cannot wait, when it has ended."""
        words = ("job", "add", self.which, "GetRPCMethods", "--urgent", "--wait", "20")
        job: dict[str, Any] = self.appliance.asked(*words)
        return job


class HttpAndUdpTests(WakingCase):
    def test_a_support_agent_wakes_a_device_and_an_urgent_job_is_done_at_once(self) -> None:
        self.assertEqual(("informed", "http"), self.wake())
        job = self.urgent()
        self.assertEqual(
            ("done", "informed", 1), (job["state"], *(job["wake"][n] for n in ("outcome", "tries")))
        )
        self.assertIn(
            "6 CONNECTION REQUEST", self.appliance.asked("session", "show", job["session"])["events"]
        )
        self.assertEqual(2, len(self.appliance.asked("device", "wakes", self.which)))

    def test_it_is_woken_through_its_nat_where_its_stun_requests_tell(self) -> None:
        self.until(lambda: self.waking()["binding"])
        self.assertEqual(("informed", "udp"), self.wake("udp"))
        self.assertEqual(["http", "udp"], self.appliance.asked("device", "show", self.which)["wake_methods"])

    def test_new_passwords_are_as_good_as_the_old_ones(self) -> None:
        before = self.appliance.asked("device", "waking", self.which, "--secrets")["password"]
        self.appliance.acsctl("device", "waking", self.which, "--renew")
        self.assertEqual(("informed", "http"), self.wake())
        self.until(lambda: self.waking()["given"])
        self.assertNotEqual(
            before, self.appliance.asked("device", "waking", self.which, "--secrets")["password"]
        )
        self.assertEqual(("informed", "http"), self.wake())
        for secret in (before, self.appliance.asked("device", "waking", self.which, "--secrets")["password"]):
            self.assertNotIn(secret, self.appliance.log())


class XmppTests(WakingCase):
    skip = prosody.SKIP
    model = "tr181-router"

    def setUp(self) -> None:
        self.server = Prosody()
        self.addCleanup(self.server.remove)
        authority, _ = self.server.authority.own.write(self.server.folder, "authority")
        self.trust = ("--ca-file", str(authority))
        self.server.start()
        super().setUp()

    def more(self) -> str:
        return self.server.settings

    def test_it_has_an_account_made_for_it_is_woken_there_and_the_urgent_job_is_done(self) -> None:
        waking = self.waking()
        self.assertTrue(waking["xmpp_made"])
        self.assertTrue(self.server.has_account(waking["xmpp_username"]))
        self.until(lambda: self.wake("xmpp") == ("informed", "xmpp"))
        job = self.urgent()
        self.assertEqual(("done", "xmpp"), (job["state"], job["wake"]["method"]))
        soon = "Device.XMPP.Connection.1.ServerRetryInitialInterval=1"
        self.appliance.asked("job", "add", self.which, "SetParameterValues", soon, "--urgent", "--wait", "20")
        self.server.stop()
        self.assertEqual("impossible", self.wake("xmpp")[0])
        self.server.start()
        self.until(lambda: self.wake("xmpp") == ("informed", "xmpp"))
        self.assertEqual("done", self.urgent()["state"])
