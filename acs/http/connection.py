"""A connection as the application sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import ISSLTransport

from acs.http.sockets import client_of


class Connection:
    """Who calls.  ``session`` is for the application, to remember what it likes; it begins as None.

    ``number`` counts the connections of a factory from 1.
    """

    __slots__ = ("number", "session", "_transport", "_close", "_client")

    def __init__(self, number: int, transport: Any, close: Callable[[], None]) -> None:
        self.number = number
        self.session: object | None = None
        self._transport = transport
        self._close: Callable[[], None] | None = close
        self._client: tuple[str, int] | None = None

    @property
    def client_ip(self) -> str:
        """The client's address in its usual form, an IPv4 address always as such; "" on a UNIX socket."""
        return self._address()[0]

    @property
    def client_port(self) -> int:
        """The client's port; 0 on a UNIX socket."""
        return self._address()[1]

    @property
    def secure(self) -> bool:
        """Whether TLS protects it."""
        return bool(ISSLTransport.providedBy(self._transport))

    def close(self) -> None:
        """Close it: after the answer, where one is under way.  A second time does nothing."""
        if self._close is not None:
            self._close()

    def is_closed(self) -> None:
        """The protocol says so.  It is let go of, or the two would wait for the garbage collector."""
        self._close = None

    def _address(self) -> tuple[str, int]:
        # Not asked before a request came: behind HAProxy it is known by then only.
        if self._client is None:
            self._client = client_of(self._transport)
        return self._client
