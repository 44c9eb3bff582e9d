"""The testbed from end to end: all of its parts work together, one may go, and nothing is left of any."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.support.access_network import ACS_HOST, ADDRESS, PORT, namespaces, refusal
from tests.support.appliance import ApplianceProcess
from tests.support.nodes import owner
from tests.support.router import CODE
from tests.support.testbed import MODELS, ODD, PASSWORD, SKIP, TOLD, USER, Testbed

COUNT, MISBEHAVING, INTERVAL = 16, 4, 5
DEADLINE = 60.0
ROUTER, HGW = "02A098-", "02A181-"
"""What TR-098 routers are called here, and those of TR-181, which have XMPP."""


class WalkTests(SynchronousTestCase):
    """One testbed, which is walked through."""

    skip = SKIP

    def setUp(self) -> None:
        """Start it, with few devices that call often."""
        folder = Path(self.mktemp()).absolute()
        self.testbed = Testbed(folder, COUNT, MISBEHAVING, INTERVAL)
        self.addCleanup(self.testbed.stop)
        self.testbed.start()
        self.one, self.two = self.testbed.nodes

    def test_all_parts_work_together(self) -> None:
        """Each step takes the testbed as the one before has left it."""
        self.everybody_calls_both_nodes()
        self.who_misbehaves_is_seen_and_harms_nobody()
        self.the_home_gateway_calls_where_dhcp_has_told_it()
        self.a_job_of_either_node_is_done_at_either()
        self.devices_are_woken()
        self.people_come_in_at_both_consoles()
        self.no_device_is_lost_with_a_node()
        self.its_end_leaves_nothing()

    def everybody_calls_both_nodes(self) -> None:
        """Devices of every vendor, as many as there are."""
        everybody = COUNT + (self.testbed.network is not None)
        self.until(lambda: len(self.devices(self.two)) == everybody, "all devices call")
        self.until(lambda: self.owners() == {0, 1}, "each node has sessions")
        self.assertEqual(self.devices(self.one).keys(), self.devices(self.two).keys())
        makes = {device["manufacturer"] for device in self.devices(self.one).values()}
        self.assertEqual(len(MODELS), len(makes), makes)

    def who_misbehaves_is_seen_and_harms_nobody(self) -> None:
        """Sessions fail, and it is told why: theirs alone."""
        self.until(lambda: any(ODD in (each["device"] or "") for each in self.failed()), "one misbehaves")
        self.assert_others_do_well()
        self.assertEqual(MISBEHAVING, len([name for name in self.devices(self.one) if ODD in name]))

    def the_home_gateway_calls_where_dhcp_has_told_it(self) -> None:
        """It has a session over its own network."""
        if self.testbed.network is None:
            return
        self.assertEqual(f"http://{ACS_HOST}:{PORT}/", self.testbed.told)
        (which,) = [name for name in self.devices(self.one) if TOLD in name]
        newest = self.one.asked("session", "list", "--device", which, "--limit", "1")[0]
        self.assertEqual("success", newest["result"], newest)
        self.assertEqual(ADDRESS.rpartition(".")[0], newest["client_ip"].rpartition(".")[0])

    def a_job_of_either_node_is_done_at_either(self) -> None:
        """The HAProxy leads a device to any of them, whichever has taken the job."""
        routers = self.well_behaved(ROUTER)
        ways: set[tuple[int, int]] = set()
        until = time.monotonic() + DEADLINE
        while ways != {(taken, done) for taken in (0, 1) for done in (0, 1)}:
            self.assertLess(time.monotonic(), until, f"jobs went these ways: {ways}")
            for number, node in enumerate(self.testbed.nodes):
                jobs = [self.job(node, router, f"{CODE}={time.monotonic()}") for router in routers]
                ways |= {(number, owner(self.done(job)["session"])) for job in jobs}

    def devices_are_woken(self) -> None:
        """By HTTP and by XMPP."""
        for method, kind in (("http", ROUTER), ("xmpp", HGW)):
            self.until(
                lambda: any(self.woken(each, method) for each in self.well_behaved(kind)),  # noqa: B023
                f"one is woken by {method}",
            )

    def people_come_in_at_both_consoles(self) -> None:
        """With what `Testbed.words` tell them."""
        told = self.testbed.words()
        for word in (USER, PASSWORD, self.testbed.url, self.testbed.told):
            self.assertIn(word, told)
        for node in self.testbed.nodes:
            self.assertIn(f"http://127.0.0.1:{node.console}/", told)
            answer = self.ask(node, "POST", "/api/v1/login", {"name": USER, "password": PASSWORD})
            self.assertEqual(200, answer.status)
            page = self.ask(node, "GET", "/devices", cookie=answer.headers["Set-Cookie"].partition(";")[0])
            self.assertEqual((200, "text/html; charset=utf-8"), (page.status, page.headers["Content-Type"]))

    def no_device_is_lost_with_a_node(self) -> None:
        """One is stopped: all call the other; it comes back, and has sessions again."""
        newest = self.devices(self.two)
        self.one.stop()
        stopped = max(device["last_inform"] for device in self.devices(self.two).values())
        self.until(
            lambda: all(each["last_inform"] > stopped for each in self.devices(self.two).values()),
            "all call the other node",
        )
        self.assertEqual(newest.keys(), self.devices(self.two).keys())
        (router, *_) = self.well_behaved(ROUTER, self.two)
        job = self.job(self.two, router, f"{CODE}=alone")
        self.assertEqual(1, owner(self.done(job, self.two)["session"]))
        self.one.start()
        started = time.time()
        self.until(lambda: 0 in self.owners(started), "who comes back has sessions")
        self.assert_others_do_well()

    def its_end_leaves_nothing(self) -> None:
        """No namespace; and nobody's log has told of a mistake."""
        self.assertNotIn("traceback", self.testbed.xmpp.said().lower())
        self.testbed.stop()
        logs = list(self.testbed.folder.rglob("*log"))
        self.assertLessEqual({"log", "devices.log", "misbehaving.log"}, {path.name for path in logs})
        for path in logs:
            self.assertNotIn("Traceback", path.read_text(), path)
        if self.testbed.network is not None:
            self.assertFalse({self.testbed.network.isp, self.testbed.network.home} & namespaces())

    # What the steps ask

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it is so."""
        until = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), until, f"{what}\n{self.one.log()}\n{self.two.log()}")
            time.sleep(0.2)

    def devices(self, node: ApplianceProcess) -> dict[str, dict[str, Any]]:
        """All devices that a node knows of."""
        return {each["id"]: each for each in node.asked("device", "list", "--limit", "200")}

    def well_behaved(self, kind: str, node: ApplianceProcess | None = None) -> list[str]:
        """Those of a kind that are on this machine, and do as they should."""
        known = self.devices(node or self.one)
        return [name for name in known if name.startswith(kind) and ODD not in name and TOLD not in name]

    def owners(self, since: float = 0.0) -> set[int]:
        """The nodes that have had sessions since then."""
        sessions = self.two.asked("session", "list", "--since", _moment(since), "--limit", "200")
        return {owner(session["id"]) for session in sessions}

    def failed(self) -> list[dict[str, Any]]:
        """The sessions that did not go well."""
        words = ("session", "list", "--result", "failed", "--limit", "200")
        found: list[dict[str, Any]] = self.two.asked(*words)
        return found

    def assert_others_do_well(self) -> None:
        """It is told why sessions have failed, and all of them were of those who misbehave."""
        for session in self.failed():
            self.assertTrue(session["failure"], session)
            # Where no Inform can be read, nobody knows whose session it was to be.
            self.assertIn(ODD, session["device"] or ODD, session)

    def job(self, node: ApplianceProcess, device: str, value: str) -> str:
        """A job that this node has taken."""
        return str(node.asked("job", "add", device, "SetParameterValues", value)["id"])

    def done(self, job: str, node: ApplianceProcess | None = None) -> dict[str, Any]:
        """The job, as soon as it is done."""
        shown: dict[str, Any] = {}

        def is_done() -> bool:
            shown.update((node or self.one).asked("job", "show", job))
            return bool(shown["state"] == "done")

        self.until(is_done, f"job {job} is done")
        return shown

    def woken(self, device: str, method: str) -> bool:
        """Whether it calls because it was asked to in this way."""
        done = self.one.tried("device", "wake", device, "--method", method, "--json")
        return bool(json.loads(done.stdout)["outcome"] == "informed")

    def ask(
        self, node: ApplianceProcess, method: str, path: str, body: Any = None, cookie: str = ""
    ) -> HTTPResponse:
        """What a console answers."""
        connection = HTTPConnection("127.0.0.1", node.console, timeout=DEADLINE)
        self.addCleanup(connection.close)
        headers = {"Content-Type": "application/json", "Accept": "*/*", "Cookie": cookie}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class EndTests(SynchronousTestCase):
    """``make testbed``, as it ends: nothing is left, whenever that is."""

    skip = SKIP

    def start(self, *before: str, **environment: str) -> subprocess.Popen[str]:
        """Start it, in a group of its own as a shell does."""
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.support.testbed"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def words(self, process: subprocess.Popen[str]) -> str:
        """What it says until it runs."""
        assert process.stdout is not None
        said = ""
        while "Ctrl-C ends it" not in said:
            line = process.stdout.readline()
            self.assertTrue(line, said)
            said += line
        return said

    def press(self, process: subprocess.Popen[str]) -> None:
        """Press Ctrl-C, which all of the group hear."""
        os.killpg(process.pid, signal.SIGINT)

    def assert_over(self, process: subprocess.Popen[str]) -> None:
        """It ends in good order, as it was asked to."""
        self.assertEqual((0, "ending it\n"), self.ended(process))

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """How it ends, and what it says; then nobody is left of the group, and no network."""
        said, _ = process.communicate(timeout=DEADLINE)
        until = time.monotonic() + DEADLINE
        while _has_members(process.pid):  # who has told how another ended ends a moment later
            self.assertLess(time.monotonic(), until, said)
            time.sleep(0.01)
        self.assertEqual(set(), self.networks(process))
        return process.returncode, said

    def networks(self, process: subprocess.Popen[str]) -> set[str]:
        """The last words of the names of the namespaces that it has made."""
        made = f"acs-{process.pid}-"
        return {name.rpartition("-")[2] for name in namespaces() if name.startswith(made)}

    def test_ctrl_c_ends_all_of_it(self) -> None:
        process = self.start()
        said = self.words(process)
        self.assertEqual(set() if refusal() else {"home", "isp"}, self.networks(process))
        self.press(process)
        self.press(process)
        self.assert_over(process)
        (folder,) = re.findall(r"logs: +(\S+)/\*/", said)
        self.assertFalse(Path(folder).exists())

    def test_so_it_does_before_all_of_it_has_started(self) -> None:
        process = self.start()
        until = time.monotonic() + DEADLINE
        while "home" not in self.networks(process):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        self.press(process)
        self.assert_over(process)

    test_so_it_does_before_all_of_it_has_started.skip = refusal()  # type: ignore[attr-defined]

    def test_so_it_does_where_a_part_does_not_start(self) -> None:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        (folder / "dnsmasq").symlink_to("/bin/false")
        process = self.start(PATH=f"{folder}:{os.environ['PATH']}")
        status, said = self.ended(process)
        self.assertEqual(1, status)
        self.assertIn("nobody answers", said)

    test_so_it_does_where_a_part_does_not_start.skip = refusal()  # type: ignore[attr-defined]

    def test_who_may_make_no_network_is_told_and_has_the_rest(self) -> None:
        process = self.start("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")
        self.assertRegex(self.words(process), "(?m)^no DHCP: +a network namespace cannot be made: .+$")
        process.terminate()
        self.assert_over(process)

    test_who_may_make_no_network_is_told_and_has_the_rest.skip = refusal()  # type: ignore[attr-defined]


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
