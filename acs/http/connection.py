"""A connection as the application sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import ISSLTransport

from acs.http.sockets import certificate_names, client_of

UNBOUND = 0
"""The number of what only stands for a connection; those of a factory are counted from 1."""


class Connection:
    """Who calls.  ``session`` is for the application, to remember what it likes; it begins as None.

    ``number`` counts the connections of a factory from 1; ``failures`` the wrong credentials that came on it.
    ``source`` is whose it is counted as, "" for nobody's (`acs.http.callers`).  ``read`` is what the
    application has read last and expects once more; it begins as None.  ``on_close`` closes it, until it is
    closed.
    """

    __slots__ = (
        "number", "session", "failures", "source", "read", "on_close", "_transport", "_client_ip", "_names",
    )  # fmt: skip

    def __init__(self, number: int, transport: Any, close: Callable[[], None]) -> None:
        self.number = number
        self.session: object | None = None
        self.failures = 0
        self.source = ""
        self.read: object | None = None
        self.on_close: Callable[[], None] | None = close
        self._transport = transport
        self._client_ip: str | None = None
        self._names: tuple[str, ...] | None = None

    @property
    def client_ip(self) -> str:
        """The client's address in its usual form, an IPv4 address always as such; "" on a UNIX socket."""
        # Not asked before something came: behind HAProxy it is known by then only.
        if self._client_ip is None:
            self._client_ip, _ = client_of(self._transport)
        return self._client_ip

    @property
    def client_port(self) -> int:
        """The client's port; 0 on a UNIX socket."""
        return client_of(self._transport)[1]

    @property
    def secure(self) -> bool:
        """Whether TLS protects it."""
        return bool(ISSLTransport.providedBy(self._transport))

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """Whom the client's certificate names: CN, then dNSNames; empty where it has none.

        The certificate is one of the listener's ``client_ca``.  Whether it names the device that speaks, the
        application has to find out.
        """
        if self._names is None:
            self._names = certificate_names(self._transport)
        return self._names

    def close(self) -> None:
        """Close it: after the answer, where one is under way.  A second time does nothing."""
        if self.on_close is not None:
            self.on_close()


def stand_in(client_ip: str, client_port: int, certificate_names: tuple[str, ...] = ()) -> Connection:
    """Stands for the connection of a client whose request came over another's."""
    connection = Connection(UNBOUND, _Sender(client_ip, client_port), _nothing)
    connection._names = certificate_names
    return connection


class _Sender:
    """The transport of such a one, as far as it has any."""

    def __init__(self, client_ip: str, client_port: int) -> None:
        self._peer = IPv4Address("TCP", client_ip, client_port)

    def getPeer(self) -> IPv4Address:
        return self._peer


def _nothing() -> None:
    """There is nothing to close."""
