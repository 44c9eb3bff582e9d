"""Connections to HTTP servers: opened by Twisted's endpoints, each carrying one request at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IDelayedCall,
    IOpenSSLClientConnectionCreator,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.simulate.responses import BadResponse, Response, ResponseReader

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""TR-069 3.7.1.3: how long a CPE waits for an answer before it gives up."""

_PORTS = {"http": 80, "https": 443}


class BadURL(Exception):
    """A URL that leads to no HTTP server."""


class AnswerTimeout(Exception):
    """The server did not answer in time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: the server, and what to ask of it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=1024)
def place_of(url: str) -> Place:
    """Where a URL leads; raises `BadURL`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    except (ValueError, KeyError):
        raise BadURL(f"not an HTTP URL: {url[:100]!r}") from None
    if not parts.hostname or not (target + parts.hostname).isascii() or not target.isprintable():
        raise BadURL(f"not an HTTP URL: {url[:100]!r}")
    return Place(parts.scheme, parts.hostname, port, target.replace(" ", "%20"))


class Trust(NamedTuple):
    """Whose certificates are good: those of ``authorities``, or where None are given, of the authorities that
    this machine trusts; without ``verify``, anybody's."""

    verify: bool = True
    authorities: tuple[x509.Certificate, ...] | None = None


class Network:
    """Opens connections."""

    def __init__(self, reactor: Any, trust: Trust = Trust()) -> None:  # noqa: B008
        self.reactor = reactor
        self._trust = trust
        self._endpoints: dict[tuple[str, str, int], IStreamClientEndpoint] = {}
        self._factory = Factory.forProtocol(self._connection)

    def connect(self, place: Place) -> Deferred[Connection]:
        """Open a connection; fails as endpoints do."""
        key = place.scheme, place.host, place.port
        if key not in self._endpoints:
            self._endpoints[key] = self._endpoint(place)
        return cast("Deferred[Connection]", self._endpoints[key].connect(self._factory))

    def _connection(self) -> Connection:
        return Connection(self.reactor)

    def _endpoint(self, place: Place) -> IStreamClientEndpoint:
        kinds = {4: TCP4ClientEndpoint, 6: TCP6ClientEndpoint, 0: HostnameEndpoint}
        kind: Any = kinds[_ip_version(place.host)]
        endpoint: IStreamClientEndpoint = kind(self.reactor, place.host, place.port, CONNECT_SECONDS)
        if place.scheme == "http":
            return endpoint
        return wrapClientTLS(_Tls(place.host, self._trust), endpoint)


def _ip_version(host: str) -> int:
    try:
        return ip_address(host).version
    except ValueError:
        return 0


@implementer(IOpenSSLClientConnectionCreator)
class _Tls:
    """TLS to a host, or to anybody who says to be it.

    Twisted's own lets a certificate pass that names nobody at all (26.10), if a trusted authority signed it.
    """

    def __init__(self, host: str, trust: Trust) -> None:
        is_name = not _ip_version(host)
        self._context = _context(trust)
        self._verify = trust.verify
        self._name = host.encode("ascii") if is_name else b""
        try:
            self._wanted = DNS_ID(host) if is_name else IPAddress_ID(host)
        except ValueError:
            raise BadURL(f"not the name of a host: {host[:100]!r}") from None

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N803
        connection = SSL.Connection(self._context, None)
        if self._name:
            connection.set_tlsext_host_name(self._name)
        if self._verify:
            connection.set_verify(SSL.VERIFY_PEER, self._is_good)
        return connection

    def _is_good(self, _: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
        """Whether a certificate of the chain is; the first has to name the host."""
        if not ok or depth:
            return bool(ok)
        try:
            verify_service_identity(extract_patterns(certificate.to_cryptography()), [self._wanted], [])
        except (CertificateError, VerificationError):
            return False
        return True


def _context(trust: Trust) -> SSL.Context:
    if not trust.verify:
        return CertificateOptions(verify=False).getContext()
    if trust.authorities is None:
        return CertificateOptions(trustRoot=platformTrust()).getContext()  # type: ignore[no-untyped-call]
    roots = [Certificate.loadPEM(each.public_bytes(Encoding.PEM)) for each in trust.authorities]
    return CertificateOptions(trustRoot=trustRootFromCertificates(roots)).getContext()  # type: ignore[no-untyped-call]


class Connection(Protocol):
    """One connection: a request, its response, and the next while both sides keep it open."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._reader = ResponseReader()
        self._answer: Deferred[Response] | None = None
        self._timer: IDelayedCall | None = None
        self.usable = False

    @property
    def untouched(self) -> bool:
        """Whether nothing of the last response has come."""
        return self._reader.untouched

    def request(
        self, data: bytes, reader: ResponseReader, seconds: float = ANSWER_SECONDS, slowness: float = 0.0
    ) -> Deferred[Response]:
        """Send a whole request; fires with its response, read by ``reader``.

        Fails with `BadResponse`, `AnswerTimeout` or what ends connections.  With ``slowness`` the second half
        waits so many seconds.
        """
        assert self._answer is None, "one at a time"
        self._reader = reader
        answer = self._answer = Deferred(self._cancel)
        if not self.usable:
            self._fail(ConnectionDone())
            return answer
        self._timer = self._clock.callLater(seconds + slowness, self._too_late)
        self._send(data, slowness)
        return answer

    def _send(self, data: bytes, slowness: float) -> None:
        assert self.transport is not None
        if not slowness:
            self.transport.write(data)
            return
        middle = len(data) // 2
        self.transport.write(data[:middle])
        self._clock.callLater(slowness, self.transport.write, data[middle:])

    def close(self) -> None:
        """Close it in good order."""
        self.usable = False
        if self.transport is not None:
            self.transport.loseConnection()

    def drop(self) -> None:
        """Cut it."""
        self.usable = False
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()

    def connectionMade(self) -> None:
        self.usable = True
        cast(ITCPTransport, self.transport).setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        if self._answer is None:
            self.drop()
            return
        try:
            response = self._reader.feed(data)
        except BadResponse as error:
            self._fail(error)
            self.drop()
            return
        if response is not None:
            self._done(response)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.usable = False
        if self._answer is None:
            return
        try:
            response = self._reader.end()
        except BadResponse:
            self._fail(reason)
        else:
            self._done(response)

    def _cancel(self, _: Deferred[Response]) -> None:
        self._taken()
        self.drop()

    def _too_late(self) -> None:
        self._timer = None
        self._fail(AnswerTimeout())
        self.drop()

    def _done(self, response: Response) -> None:
        answer = self._taken()
        if not response.reusable:
            self.close()
        if answer is not None:
            answer.callback(response)

    def _fail(self, reason: Exception | Failure) -> None:
        answer = self._taken()
        if answer is not None:
            answer.errback(reason)

    def _taken(self) -> Deferred[Response] | None:
        """The one who waits, who then does no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        answer, self._answer = self._answer, None
        return answer
