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

    ``client_ip`` is the client's address in its usual form, an IPv4 address always as such, ``client_port``
    its port; "" and 0 on a UNIX socket.
    ``number`` counts the connections of a factory from 1; ``failures`` the wrong credentials that came on it.
    ``source`` is whose it is counted as, "" for nobody's (`acs.http.callers`).  ``read`` is what the
    application has read last and expects once more; it begins as None.  ``on_close`` closes it, until it is
    closed.
    """

    __slots__ = (
        "number", "client_ip", "client_port", "session", "failures", "source", "read", "on_close",
        "_transport", "_names",
    )  # fmt: skip

    def __init__(self, number: int, transport: Any, close: Callable[[], None]) -> None:
        self.number = number
        self.session: object | None = None
        self.failures = 0
        self.source = ""
        self.read: object | None = None
        self.on_close: Callable[[], None] | None = close
        self._transport = transport
        self.client_ip, self.client_port = client_of(transport)
        self._names: tuple[str, ...] | None = None

    def is_known(self) -> None:
        """Who calls is asked once: at first, and behind HAProxy again as soon as that has told it."""
        self.client_ip, self.client_port = client_of(self._transport)

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
