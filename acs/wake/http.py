"""The way over HTTP: the ConnectionRequestURL is called, which the device has told.

That makes it an attacker's means to have the appliance call where he cannot (SSRF), so that the URL is read
strictly, its host resolved once, each address judged, and the connection made to the very one that was;
nothing redirects it.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from msgspec import Struct
from OpenSSL.SSL import Error as TlsError
from twisted.internet.defer import CancelledError, Deferred, TimeoutError, ensureDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    ConnectionClosed,
    TCPTimedOutError,
)
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from acs.hypertext.connection import AnswerTimeout, Connection
from acs.hypertext.responses import BadResponse, Response, ResponseReader
from acs.store.records.wakes import WakeOutcome
from acs.wake.addresses import Address, AddressPolicy
from acs.wake.asking import Asking
from acs.wake.encrypting import Encrypting
from acs.wake.resolving import resolve
from acs.wake.urls import BadUrl, Url, read_url
from acs.wake.way import Attempt, Target

log = Logger()

METHOD = "http"
LONGEST_ANSWER = 8192
"""Bytes of an answer, head and body."""
_KEPT = 1024  # of its body: enough to see what it is
_MOST_ADDRESSES = 3

_NO_ANSWER = (BadResponse, AnswerTimeout, ConnectionClosed, TlsError)


class Times(Struct, frozen=True):
    """How long is waited, in seconds: for a name, for a connection, for the rest of an answer once its head
    has come, and in all."""

    resolve: float = 5.0
    connect: float = 5.0
    after_head: float = 2.0
    whole: float = 20.0


class _Failed(Exception):
    """It has come to nothing."""

    def __init__(self, outcome: WakeOutcome, detail: str) -> None:
        super().__init__(outcome, detail)
        self.attempt = Attempt(METHOD, outcome, detail)


class HttpWay:
    """Asks devices at their ConnectionRequestURL; a `Way`.

    :param reactor: makes connections, and is the clock; it also resolves names where ``resolver`` is None.
    :param allowed: which addresses may be called.
    :param random: so many random bytes.
    """

    method = METHOD

    def __init__(
        self,
        reactor: Any,
        allowed: AddressPolicy,
        *,
        random: Callable[[int], bytes],
        resolver: IHostnameResolver | None = None,
        times: Times = Times(),  # noqa: B008 (it is frozen)
    ) -> None:
        self.reactor = reactor
        self.allowed = allowed
        self.times = times
        self._resolver = resolver
        self._random = random

    @property
    def resolver(self) -> IHostnameResolver:
        """What resolves names."""
        resolver: IHostnameResolver = self._resolver or self.reactor.nameResolver
        return resolver

    def cnonce(self) -> str:
        """Chance, for Digest."""
        return self._random(8).hex()

    def why_not(self, target: Target) -> str:
        """As `Way` has it."""
        return "" if target.url else "it has told no ConnectionRequestURL"

    async def request(self, target: Target) -> Attempt:
        """As `Way` has it.  Cancelling closes the connection at once."""
        try:
            errand = _Errand(self, read_url(target.url), target)
        except BadUrl as error:
            return Attempt(METHOD, WakeOutcome.REFUSED, f"its ConnectionRequestURL is no good: {error}")
        working = ensureDeferred(errand.run())
        working.addTimeout(self.times.whole, self.reactor, lambda *_: errand.too_late())
        try:
            return await working
        except (CancelledError, ConnectingCancelledError):
            raise CancelledError from None
        except Exception:
            log.failure("the way over HTTP went wrong for {device}", device=target.device)
            return Attempt(METHOD, WakeOutcome.IMPOSSIBLE, "a mistake of the appliance's; its log tells more")


class _Errand:
    """One ConnectionRequest on its way."""

    def __init__(self, way: HttpWay, url: Url, target: Target) -> None:
        self._way = way
        self._url = url
        self._asking = Asking(url, target, way.cnonce)
        self._addresses: list[Address] = []
        self._connection: Connection | None = None
        self._doing = "its name is not resolved"

    async def run(self) -> Attempt:
        """Do it."""
        try:
            self._addresses = self._judged(await self._told())
            while (attempt := await self._exchange()) is None:
                pass
            return attempt
        except _Failed as failed:
            return failed.attempt
        finally:
            self._leave()

    def too_late(self) -> Attempt:
        """What is said when the time is over."""
        return Attempt(METHOD, WakeOutcome.TIMEOUT, f"{self._doing} within {self._way.times.whole:g} s")

    # Where

    async def _told(self) -> list[Address]:
        url, way = self._url, self._way
        if url.is_address:
            return [ip_address(url.host)]
        try:
            found = await resolve(way.resolver, way.reactor, url.host, way.times.resolve)
        except TimeoutError:
            raise _Failed(WakeOutcome.TIMEOUT, f"the name {url.host} is not resolved in time") from None
        if not found:
            raise _Failed(WakeOutcome.UNREACHABLE, f"nobody knows the name {url.host}")
        return list(dict.fromkeys(found))

    def _judged(self, told: list[Address]) -> list[Address]:
        """Those that may be called; fails where there are none."""
        reasons = {address: self._way.allowed.why_not(address) for address in told}
        good = [address for address, reason in reasons.items() if not reason]
        if good:
            return good[:_MOST_ADDRESSES]
        address, reason = next(iter(reasons.items()))
        where = f"{address}" if self._url.is_address else f"{self._url.host} leads to {address}, which"
        raise _Failed(WakeOutcome.REFUSED, f"devices are not called there: {where} {reason}")

    async def _connect(self) -> Connection:
        failed = None
        for address in self._addresses:
            self._doing = f"no connection to {address} port {self._url.port} comes about"
            try:
                connection = await self._connection_to(address)
            except (ConnectTimeout, TCPTimedOutError):
                failed = failed or _Failed(WakeOutcome.TIMEOUT, f"{self._doing} in time")
            except ConnectError as error:
                failed = _Failed(WakeOutcome.UNREACHABLE, f"{self._doing}: {_reason(error)}")
            else:
                self._addresses = [address]
                return connection
        assert failed is not None, "there were addresses"
        raise failed

    def _connection_to(self, address: Address) -> Deferred[Connection]:
        way, url = self._way, self._url
        # For IPv6 addresses too: the endpoint that is for these asks a resolver of its own.
        endpoint: Any = TCP4ClientEndpoint(way.reactor, str(address), url.port, way.times.connect)
        if url.scheme == "https":
            endpoint = wrapClientTLS(Encrypting("" if url.is_address else url.host), endpoint)
        factory = Factory.forProtocol(self._protocol)
        factory.noisy = False
        connected: Deferred[Connection] = endpoint.connect(factory)
        return connected

    def _protocol(self) -> Connection:
        times = self._way.times
        gentle = self._url.scheme == "http"
        return Connection(self._way.reactor, times.whole, times.after_head, gentle)

    # What

    async def _exchange(self) -> Attempt | None:
        """Send the next request; what came of the whole, None if it goes on."""
        connection = self._connection
        reused = connection is not None and connection.usable and not self._asking.wants_fresh_connection
        if connection is None or not reused:
            self._leave()
            connection = self._connection = await self._connect()
        self._doing = "it does not answer"
        reader = ResponseReader(_KEPT, LONGEST_ANSWER)
        response: Response | None
        try:
            response = await connection.request(self._asking.request, reader)
        except _NO_ANSWER as error:
            response = reader.begun
            if response is None:
                return self._unanswered(error, reader.untouched, reused)
        return self._asking.answered(response)

    def _unanswered(self, error: Exception, untouched: bool, reused: bool) -> Attempt | None:
        if isinstance(error, ConnectionClosed) and untouched:
            return self._asking.closed(reused)
        if isinstance(error, AnswerTimeout):
            return self.too_late()
        if isinstance(error, BadResponse):
            said = "what answers there does not speak HTTP"
        elif isinstance(error, TlsError):
            said = "it does not speak TLS 1.2 or later"
        else:
            said = "it closes the connection in the middle of its answer"
        return Attempt(METHOD, WakeOutcome.UNREACHABLE, said)

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave()


def _reason(error: ConnectError) -> str:
    return str(error).rstrip(".").lower() or type(error).__name__
