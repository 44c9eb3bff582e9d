"""CPE authentication by real processes: the simulator against the appliance, and a node that answers
another's challenge."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.dialogue import Dialogue, Role
from tests.support import postgres
from tests.support.appliance import DEADLINE, ApplianceProcess
from tests.support.authorization import Digest
from tests.support.router import DEVICE, Router, inform
from tests.test_nodes import TwoNodes

DIGEST = 'authentication = "digest"\nusername = "cpe"\npassword = "factory"\n'


class Caller:
    """A CPE that chooses the node for each request."""

    def __init__(self) -> None:
        self.dialogue = Dialogue(Role.CPE)
        self.cookie = ""

    def post(self, port: int, body: bytes, authorization: str = "") -> tuple[int, str, bytes]:
        """The status, head and body of the answer."""
        lines = ["POST / HTTP/1.1", "Host: acs", "Connection: close", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: {authorization}"] if authorization else []
        lines += [f"Cookie: {self.cookie}"] if self.cookie else []
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        for line in head.decode().split("\r\n"):
            if line.startswith("Set-Cookie: "):
                self.cookie = line.partition(": ")[2].split(";")[0]
        return int(head.split()[1]), head.decode(), content


def challenge_in(head: str) -> str:
    """What a 401 asks."""
    return next(line for line in head.split("\r\n") if line.startswith("WWW-Authenticate: "))


class SimulatorTests(SynchronousTestCase):
    def run_with(self, more: str, *arguments: str) -> ApplianceProcess:
        appliance = ApplianceProcess(Path(self.mktemp()).absolute(), listener=more)
        self.addCleanup(appliance.stop)
        appliance.start()
        url = f"http://127.0.0.1:{appliance.cwmp}/"
        fixed = ("--count", "2", "--sessions", "4", "--ramp", "0.2", "--interval", "1")
        self.said = appliance.acsctl("simulate", "--url", url, *fixed, *arguments)
        return appliance

    def test_who_has_the_password_is_let_in_and_nobody_else(self) -> None:
        appliance = self.run_with(DIGEST, "--username", "cpe", "--password", "factory")
        self.assertIn("failed: 0", self.said)
        self.assertEqual(2, len(appliance.asked("device", "list")))
        self.assertNotIn("factory", appliance.log())

    def test_each_device_gets_a_password_of_its_own_and_calls_with_it(self) -> None:
        more = DIGEST + 'credentials = "device"\n'
        appliance = self.run_with(more, "--username", "cpe", "--password", "factory")
        self.assertIn("failed: 0", self.said)
        for device in appliance.asked("device", "list"):
            own = appliance.asked("device", "credentials", device["id"])
            self.assertEqual((device["id"], True), (own["username"], own["used"]))
            self.assertEqual("********", own["password"])

    def test_passwords_without_tls_are_told_of(self) -> None:
        appliance = ApplianceProcess(
            Path(self.mktemp()).absolute(), listener=DIGEST.replace("digest", "basic")
        )
        self.addCleanup(appliance.stop)
        appliance.start()
        self.assertIn("main: passwords come as they are, without TLS", appliance.log())


class NodesTests(TwoNodes):
    skip = postgres.SKIP or None
    listener = DIGEST

    def test_a_challenge_of_one_node_is_answered_to_the_other(self) -> None:
        one, two = (node.cwmp for node in self.nodes)
        caller, router = Caller(), Router()
        status, head, _ = caller.post(one, b"")
        self.assertEqual(401, status)
        words = Digest(challenge_in(head), "cpe", "factory").rfc7616()
        body = caller.dialogue.say(inform("2 PERIODIC"))
        status, _, content = caller.post(two, body, words)
        self.assertEqual(200, status, content)
        message = caller.dialogue.hear(content).message
        message = caller.dialogue.hear(caller.post(one, caller.dialogue.say(None))[2]).message
        while message is not None:
            said = caller.post(one, caller.dialogue.say(router.reply(message)))[2]
            message = caller.dialogue.hear(said).message
        (device,) = self.nodes[0].asked("device", "list")
        self.assertEqual(DEVICE, device["id"])
        self.assertTrue(json.dumps(device))
