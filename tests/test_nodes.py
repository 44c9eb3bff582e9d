"""Two appliances on one database, as processes: devices that are scattered, and a node that dies."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Role
from tests.support import nodes, postgres
from tests.support.appliance import ApplianceProcess
from tests.support.router import CODE, DEVICE, Router, inform


class ScatteredCpe:
    """A CPE whose every request reaches another node."""

    def __init__(self, *ports: int) -> None:
        self.dialogue = Dialogue(Role.CPE)
        self.router = Router()
        self._ports = ports
        self._turn = 0
        self._cookie = ""
        self.status = 0

    def say(self, message: m.Message | None) -> m.Message | None:
        """Say it on a connection of its own, and return the answer."""
        body = self.dialogue.say(message)
        port = self._ports[self._turn % len(self._ports)]
        self._turn += 1
        with self.connect(port) as connection:
            connection.sendall(
                f"POST / HTTP/1.1\r\nHost: acs\r\nCookie: {self._cookie}\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        head, _, content = answer.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])
        for line in head.decode().split("\r\n"):
            if line.startswith("Set-Cookie: "):
                self._cookie = line.partition(": ")[2].split(";")[0]
        return self.dialogue.hear(content).message

    def connect(self, port: int) -> socket.socket:
        """A connection to that port."""
        return socket.create_connection(("127.0.0.1", port), timeout=20)


class Conversing(SynchronousTestCase):
    """Whole sessions with any of the ``nodes``."""

    nodes: list[ApplianceProcess]

    def cpe(self) -> ScatteredCpe:
        return ScatteredCpe(*[node.cwmp for node in self.nodes])

    def session(self, *events: str, cpe: ScatteredCpe | None = None) -> list[str]:
        """A whole session; the names of what was asked in it."""
        cpe = cpe or self.cpe()
        self.assertIsInstance(cpe.say(inform(*events)), m.InformResponse)
        asked = []
        message = cpe.say(None)
        while message is not None:
            asked.append(m.name_of(message))
            message = cpe.say(cpe.router.reply(message))
        # What nobody waited for is written some milliseconds later, or when somebody asks.
        for node in self.nodes:
            if node.process is not None:
                node.asked("session", "list")
        return asked

    def job(self, node: ApplianceProcess, value: str) -> dict[str, Any]:
        arguments = json.dumps({"ParameterList": [{"Name": CODE, "Value": value}]})
        added: dict[str, Any] = node.asked("job", "add", DEVICE, "SetParameterValues", arguments)
        return added

    def until_done(self, node: ApplianceProcess, job: str) -> None:
        """Wait until a node knows that a job is done: it may hear of it a moment later."""
        until = time.monotonic() + 10
        while (state := node.asked("job", "show", job)["state"]) != "done":
            self.assertLess(time.monotonic(), until, state)


class TwoNodes(Conversing):
    """Two nodes, one secret key.  ``listener`` is more of the configuration of both."""

    listener = ""

    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        url = postgres.shared().url(postgres.database_for(self))
        self.nodes = [self.node(folder / name, name, url) for name in ("one", "two")]
        nodes.start(self.nodes)

    def node(self, folder: Path, name: str, url: str) -> ApplianceProcess:
        node = ApplianceProcess(folder, nodes.settings(name, url), self.listener)
        self.addCleanup(node.stop)
        return node


class TwoNodesTests(TwoNodes):
    skip = postgres.SKIP or None

    def test_each_is_listed(self) -> None:
        for node in self.nodes:
            listed = node.asked("node", "list")
            self.assertEqual([(0, "one"), (1, "two")], [(each["number"], each["name"]) for each in listed])
            self.assertRegex(listed[0]["address"], r"^tcp:127\.0\.0\.1:\d+$")

    def test_a_session_whose_requests_are_scattered_is_one_session(self) -> None:
        self.assertEqual("GetParameterNames", self.session("0 BOOTSTRAP", "1 BOOT")[0])
        (session,) = self.nodes[1].asked("session", "list")
        self.assertEqual(("success", 5), (session["result"], session["requests"]))
        for node in self.nodes:
            self.assertEqual([DEVICE], [device["id"] for device in node.asked("device", "list")])
            shown = node.acsctl("session", "show", session["id"])
            self.assertIn("GetParameterAttributes", shown)

    def test_a_job_that_one_accepts_is_carried_out_by_whichever_is_called(self) -> None:
        self.session("1 BOOT")
        for number in range(4):
            job = self.job(self.nodes[number % 2], str(number))
            self.assertEqual(["SetParameterValues"], self.session("2 PERIODIC"), number)
            for node in self.nodes:
                self.until_done(node, job["id"])
            self.nodes.reverse()

    def test_a_new_session_on_another_node_ends_the_old_one(self) -> None:
        self.session("1 BOOT")
        first = self.cpe()
        first.say(inform("2 PERIODIC"))
        self.nodes.reverse()
        self.assertEqual([], self.session("2 PERIODIC"))
        newest, older, _ = self.nodes[0].asked("session", "list")
        self.assertEqual("success", newest["result"])
        self.assertIn("another node", older["failure"])

    def test_when_the_owner_is_gone_the_device_is_told_to_come_back(self) -> None:
        self.session("1 BOOT")
        cpe = self.cpe()
        cpe.say(inform("8 DIAGNOSTICS COMPLETE"))
        self.nodes[0].kill()
        cpe.say(None)
        self.assertEqual(503, cpe.status)
        again = ScatteredCpe(self.nodes[1].cwmp)
        self.assertEqual([], self.session("2 PERIODIC", cpe=again))
        self.nodes[0].start()
        results = [each["failure"] for each in self.nodes[0].asked("session", "list")]
        self.assertEqual([None, "the appliance stopped", None], results)
