"""The entrance to a listener's sessions, for CPEs that have to show who they are."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred

from acs.cwmp.messages import Inform
from acs.http.authentication import Authentication, Denied
from acs.http.connection import Connection
from acs.http.guesses import Guesses
from acs.http.messages import Request, Response, response_head, with_header
from acs.session.credentials import Kind

MAX_FAILURES = 3
"""Wrong credentials after which a connection is closed."""

_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
_QUESTION = b"who are you?\n"


class Entrance:
    """Lets in whom ``authentication`` knows, and bounds how often the others may guess.

    :param now: the time, seconds since 1970.
    """

    def __init__(self, authentication: Authentication, now: Callable[[], float]) -> None:
        self._authentication = authentication
        self._now = now
        self._guesses = Guesses()

    def admit(self, request: Request, connection: Connection, inform: Inform) -> Kind | Deferred[Kind]:
        """Whose credentials the CPE has shown.  Raises, or fails with, `Denied`; raises `TooManyGuesses`,
        fails with `StoreUnavailable`."""
        if self._guesses:
            self._guesses.check(connection.client_ip, inform.DeviceId.key, self._now())
        return self._authentication.admit(request, connection, inform)

    def denied(self, denial: Denied, request: Request, connection: Connection, inform: Inform) -> Response:
        """Challenge it again; that it has shown nothing yet, or answered an old challenge, is usual."""
        if denial.wrong:
            self._guesses.wrong(connection.client_ip, inform.DeviceId.key, self._now())
            connection.failures += 1
        close = connection.failures >= MAX_FAILURES or denial.status != 401
        return self.challenge(request, denial.stale, denial.status, close)

    def challenge(
        self, request: Request, stale: bool = False, status: int = 401, close: bool = False
    ) -> Response:
        """Short, and the connection stays: many repeat their Inform on it."""
        asked = Response(status, _TEXT, _QUESTION, close)
        head = response_head(asked, minor=request.minor, persistent=request.persistent)
        challenges = self._authentication.challenge(stale)
        for name, value in challenges:
            head = with_header(head, name, value)  # apart, as it is another each time
        return Response(status, (*_TEXT, *challenges), _QUESTION, close, head)
