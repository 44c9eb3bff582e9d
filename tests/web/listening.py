"""Who listens to the stream of events, over a transport in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.web.server import Site

from tests.web.client import Connection


class Listener(Connection):
    """A request for ``/api/v1/events``, and what has come of it."""

    def __init__(
        self, site: Site, query: str = "", token: str = "acs_viewer", last: str = "", version: str = "1.1"
    ) -> None:
        super().__init__(site)
        head = [
            f"GET /api/v1/events{query} HTTP/{version}",
            "Host: acs.example",
            f"Authorization: Bearer {token}",
        ]
        if last:
            head.append(f"Last-Event-ID: {last}")
        self.protocol.dataReceived("\r\n".join([*head, "", ""]).encode())

    def abortConnection(self) -> None:
        """The server has cut it off."""
        self.aborted = True
        self.loseConnection()

    aborted = False

    @property
    def head(self) -> bytes:
        """The head of the answer."""
        return self.value().partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> str:
        """What has come after it."""
        head, _, rest = self.value().partition(b"\r\n\r\n")
        if b"chunked" not in head.lower():
            return rest.decode()
        body = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        return body.decode()

    @property
    def begun(self) -> bool:
        """Whether the first words have come."""
        return "\n\n" in self.body

    @property
    def events(self) -> list[Any]:
        """The events, as their data."""
        blocks = [dict(_field(line) for line in block.split("\n")) for block in self.body.split("\n\n")]
        found = [(block, orjson.loads(block["data"])) for block in blocks if "data" in block]
        for block, event in found:
            assert (block["id"], block["event"]) == (event["id"], event["type"]), block
        return [event for _, event in found]

    @property
    def told(self) -> list[str]:
        """What has happened, in short."""
        return [f"{event['type']} {event.get('what', '')}".strip() for event in self.events]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    for _ in range(500):
        if holds():
            return
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]
    raise AssertionError("it never holds")
