"""What is done with clients that are not served, where nobody says better."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Protocol
from twisted.logger import Logger

from acs.http.connection import Connection
from acs.http.errors import BadRequest
from acs.http.messages import Response

log = Logger()


class TurnedAway(Protocol):
    """A connection above the limit.  (A factory that makes no protocol at all trips TLS, which wraps it.)"""

    transport: Any
    has_more_to_say = False

    def connectionMade(self) -> None:
        self.transport.abortConnection()


def refuse_plainly(error: BadRequest, head: bytes, body: bytes, connection: Connection) -> Response:
    """What is done with broken requests where nobody says better: a line in the log, the reason as text."""
    log.info(
        "{client} is answered {status}: {reason}",
        client=connection.client_ip,
        status=error.status,
        reason=error.reason,
    )
    text = error.reason.encode("ascii", "backslashreplace")
    return Response(error.status, (("Content-Type", "text/plain"),), text + b"\n")


def ignore_closed(connection: Connection) -> None:
    """For an application that does not mind connections."""
