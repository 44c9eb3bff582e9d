"""A real HTTP server on loopback that answers as the test says, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from tests.ctl import Outcome, acsctl

TOKEN = "acs_secret"


@dataclass(frozen=True)
class Asked:
    """One request; ``path`` is as it came, without the query."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[Asked], Answer]


def document(value: object, status: int = 200) -> Answer:
    """A JSON document."""
    return Answer(status, json.dumps(value).encode())


def items(*values: object, next: str | None = None) -> Answer:
    """One page of a list."""
    return document({"items": values, "next": next})


def problem(status: int, title: str, detail: str = "") -> Answer:
    """A refusal as RFC 9457 has it."""
    body = json.dumps({"status": status, "title": title, "detail": detail}).encode()
    return Answer(status, body, "application/problem+json")


class _Talk(BaseHTTPRequestHandler):
    server: Appliance

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body)
        self.server.asked.append(asked)
        answer = self.server.answer(asked)
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 (http.server calls them so)

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests look at what was asked."""


class Appliance(ThreadingHTTPServer):
    """What the client takes for an appliance; ``routes`` are answers by method and path below ``/api/v1``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.routes: dict[str, Answer | Route] = {}
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, asked: Asked) -> Answer:
        """What the test has for this request."""
        route = self.routes.get(f"{asked.method} {asked.path.removeprefix('/api/v1')}")
        if route is None:
            return problem(404, "Not Found", f"nothing at {asked.path}")
        return route if isinstance(route, Answer) else route(asked)


class ApplianceTestCase(SynchronousTestCase):
    """A test with an appliance of its own."""

    def setUp(self) -> None:
        """Start it."""
        self.appliance = Appliance()
        thread = Thread(target=self.appliance.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.addCleanup(self.appliance.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.appliance.shutdown)

    def acsctl(self, *words: str, stdin: str = "", terminal: bool = False) -> Outcome:
        """Run a command against it."""
        reach = ("--url", self.appliance.url, "--token", TOKEN)
        return acsctl(*reach, *words, stdin=stdin, terminal=terminal)
