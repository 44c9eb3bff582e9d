"""How a simulated CPE logs in to its XMPP server: STARTTLS where it is to be, SASL PLAIN, a resource."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.words.protocols.jabber.client import XMPPAuthenticator
from twisted.words.protocols.jabber.sasl import SASLAuthError, SASLNoAcceptableMechanism
from twisted.words.protocols.jabber.xmlstream import TLSInitiatingInitializer
from zope.interface import implementer

from acs.simulate.trust import Trust, Trusting
from acs.simulate.xmpp_settings import Settings
from acs.xmpp.elements import jid_of, parse_jid

CONNECT_SECONDS = 10.0


class Login(XMPPAuthenticator):  # type: ignore[misc,unused-ignore]
    """Logs in by the settings; afterwards `jid` is what the server has made of it."""

    jid: Any

    def __init__(self, settings: Settings, trust: Trust) -> None:
        self._tls = settings.tls
        name = parse_jid(jid_of(settings.username, settings.domain, settings.resource))
        super().__init__(name, settings.password, Trusting(settings.domain, trust))  # type: ignore[no-untyped-call]

    def associateWithStream(self, xs: Any) -> None:  # noqa: N802
        super().associateWithStream(xs)  # type: ignore[no-untyped-call]
        secured = _Securing(xs, self._tls, self._configurationForTLS)  # type: ignore[no-untyped-call]
        secured.wanted = self._tls
        xs.initializers[1] = secured


class _Securing(TLSInitiatingInitializer):  # type: ignore[misc,unused-ignore]
    """Without UseTLS, TLS is done where the server wants it, and only there."""

    xmlstream: Any

    def start(self) -> Any:
        self.wanted = self.wanted or self.xmlstream.features[self.feature].required is not None
        return super().start()  # type: ignore[no-untyped-call]


@implementer(IStreamClientEndpoint)
class InTurn:
    """Connects to one server after the other."""

    def __init__(self, reactor: Any, servers: tuple[tuple[str, int], ...]) -> None:
        self._endpoints = [HostnameEndpoint(reactor, host, port, CONNECT_SECONDS) for host, port in servers]
        self._next = 0

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803
        if not self._endpoints:
            return fail(NoServer())
        endpoint = self._endpoints[self._next % len(self._endpoints)]
        self._next += 1
        return endpoint.connect(protocolFactory)


class NoServer(Exception):
    """The settings name no server."""


def status_after(reason: Exception) -> str:
    """What Status tells (TR-181) when the server could not be reached, or has not let us in."""
    if isinstance(reason, SASLAuthError | SASLNoAcceptableMechanism):
        return "Error_AuthenticationFailure"
    return "Error_Misconfigured" if isinstance(reason, NoServer) else "ServerNotPresent"
