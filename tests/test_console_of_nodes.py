"""People at two appliances on one database: what one is told, the other knows."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.support import postgres
from tests.support.appliance import ApplianceProcess
from tests.support.router import DEVICE
from tests.test_nodes import TwoNodes

DEADLINE = 20.0
PASSWORD = "correct horse battery"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    json: Any


class Receiver(HTTPServer):
    """Takes what webhooks are told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.got: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Take one."""
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *said: object) -> None:
        """Nothing."""


class ConsoleOfNodesTests(TwoNodes):
    skip = postgres.SKIP or None

    def setUp(self) -> None:
        super().setUp()
        self.one, self.two = self.nodes
        self.token = self.one.acsctl("token", "create", "admin", "--role", "admin").strip()
        self.cookie = self.csrf = ""
        self.put_anna(role="operator", password=PASSWORD)

    def put_anna(self, **said: Any) -> None:
        """Have her be so, at the second node."""
        self.assertIn(self.as_admin(self.two, "PUT", "users/anna", said).status, (200, 201))

    def as_admin(
        self, node: ApplianceProcess, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        """What a node answers to the administrator's token."""
        more = {"Cookie": "", "Authorization": f"Bearer {self.token}", **headers}
        return self.ask(node, method, path, body, **more)

    def log_in(self) -> None:
        """Log anna in, at the first node."""
        entered = self.ask(self.one, "POST", "login", {"name": "anna", "password": PASSWORD})
        self.assertEqual(200, entered.status)
        self.cookie, self.csrf = entered.headers["Set-Cookie"].partition(";")[0], entered.json["csrf"]

    def ask(self, node: ApplianceProcess, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """What a node answers to the cookie."""
        connection = HTTPConnection("127.0.0.1", node.console, timeout=DEADLINE)
        sent = {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"/api/v1/{path}", None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Answer(answer.status, dict(answer.getheaders()), json.loads(content) if content else None)

    def until(self, met: Callable[[], bool]) -> None:
        until = time.monotonic() + DEADLINE
        while not met():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)

    def test_who_comes_in_at_one_is_in_at_the_other_until_that_is_ended_at_either(self) -> None:
        for end in (
            lambda: self.put_anna(role="viewer"),
            lambda: self.put_anna(role="operator", password="another battery"),
            lambda: self.ask(self.two, "POST", "logout"),
            lambda: self.as_admin(self.two, "DELETE", "users/anna"),
        ):
            self.put_anna(role="operator", password=PASSWORD)
            self.log_in()
            for node in self.nodes:
                self.assertEqual("anna", self.ask(node, "GET", "me").json["name"])
            end()
            for node in self.nodes:
                self.until(lambda: self.ask(node, "GET", "me").status == 401)  # noqa: B023

    def test_a_restriction_that_one_is_told_holds_at_the_other(self) -> None:
        self.session("1 BOOT")
        self.log_in()
        self.assertEqual(1, len(self.ask(self.one, "GET", "devices").json["items"]))
        self.put_anna(role="operator", only={"tags": ["theirs"]})
        self.until(lambda: not self.ask(self.one, "GET", "devices").json["items"])
        self.assertEqual(404, self.ask(self.one, "GET", f"devices/{quote(DEVICE, safe='')}").status)

    def test_a_request_that_one_has_answered_the_other_answers_again(self) -> None:
        body, key = {"name": "crm", "role": "viewer"}, {"Idempotency-Key": "once"}
        first = self.as_admin(self.one, "POST", "tokens", body, **key)
        again = self.as_admin(self.two, "POST", "tokens", body, **key)
        self.assertEqual((201, first.json), (first.status, first.json))
        self.assertEqual((201, "true"), (again.status, again.headers["Idempotent-Replayed"]))
        self.assertEqual(first.json, again.json)
        self.assertEqual(422, self.as_admin(self.two, "POST", "tokens", {**body, "name": "x"}, **key).status)

    def test_what_is_done_to_many_at_one_is_seen_at_the_other(self) -> None:
        self.session("1 BOOT")
        wanted = {"action": "patch", "filter": {}, "patch": {"tags": {"add": ["x"]}}}
        number = self.as_admin(self.one, "POST", "bulk", wanted).json["id"]
        self.until(lambda: self.as_admin(self.two, "GET", f"bulk/{number}").json["state"] == "done")
        self.assertEqual(["x"], self.two.asked("device", "show", DEVICE)["tags"])
        self.assertEqual(409, self.as_admin(self.two, "DELETE", f"bulk/{number}").status)

    def test_who_is_told_is_told_once_of_what_happens_at_either(self) -> None:
        receiver = Receiver()
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        place = f"http://127.0.0.1:{receiver.server_port}/"
        made = {"url": place, "events": ["device_seen", "device_deleted", "session_ended"]}
        self.assertEqual(201, self.as_admin(self.one, "POST", "webhooks", made).status)
        self.session("1 BOOT")
        self.nodes.reverse()
        self.session("2 PERIODIC")
        self.as_admin(self.two, "DELETE", f"devices/{quote(DEVICE, safe='')}")
        self.until(lambda: len(receiver.got) >= 4)
        self.until(lambda: not self.as_admin(self.one, "GET", "webhooks").json["items"][0]["queued"])
        events = [each["event"] for each in receiver.got]
        self.assertEqual(["device_deleted", "device_seen", "session_ended", "session_ended"], sorted(events))
        self.assertEqual(4, len({each["id"] for each in receiver.got}))
