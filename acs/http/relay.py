"""Requests that reach another node than the one that has their session are passed on to that.

The session's cookie begins with the number of its node.  What came is passed on as it came, with who sent it;
what the owner answers goes back as it is.  Nodes know each other by a key that both derive from the secret
key of the database; what they say is signed, not encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from hmac import compare_digest
from io import BytesIO
from typing import Any

from msgspec import DecodeError, Struct, msgpack
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from acs.http.connection import Connection, stand_in
from acs.http.errors import BadRequest
from acs.http.head import parse_head
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Request, Response, request_of

SECONDS = 70.0
"""How long the owner may take to answer."""
FRESH = 60.0
"""By how many seconds the clocks of two nodes may differ, a message's way included."""

_FAILURES = (ConnectError, ConnectionError, DecodeError, ResponseFailed, TimeoutError, ValueError)
_TOKEN = re.compile(r"([0-9a-f]{2})[0-9a-f]{32}")
_MAC = b"X-Acs-Mac"

Responder = Callable[[Request, Connection], Response | Deferred[Response]]


class Passed(Struct, frozen=True, array_like=True):
    """A request on its way between nodes: when it was passed on, the listener that it reached, who sent it,
    its head as it came, its body without a transfer coding, and whom the sender's certificate names."""

    time: float
    listener: str
    client_ip: str
    client_port: int
    head: bytes
    body: bytes
    certificate_names: tuple[str, ...] = ()


_read_passed = msgpack.Decoder(Passed).decode
_read_response = msgpack.Decoder(Response).decode


def token_of(node: int, random: bytes) -> str:
    """The value of a session's cookie: its node, and what nobody can guess (16 bytes)."""
    return f"{node:02x}{random.hex()}"


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """Where an URL's host, which is a node's number, is to be reached."""

    def __init__(self, reactor: Any, address_of: Callable[[int], str]) -> None:
        self._reactor = reactor
        self._address_of = address_of

    def endpointForURI(self, uri: Any) -> Any:  # noqa: N802
        address = self._address_of(int(uri.host))
        return clientFromString(self._reactor, address)  # type: ignore[no-untyped-call]


class _Body(Protocol):
    """Takes in the body of an answer; where that is no longer waited for, the connection is closed.

    Twisted's own `readBody` leaves it open, half read, with as patient a node as there may be at its end.
    """

    transport: Any

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self.transport.loseConnection())
        self._pieces: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._pieces.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if isinstance(reason.value, ResponseDone):
            self.whole.callback(b"".join(self._pieces))
        else:
            self.whole.errback(reason)


class Relay:
    """Passes requests on.

    :param node: this node's number.
    :param address_of: the client endpoint string of a node, "" where it takes no requests.
    :param key: what all nodes derive from their secret key, and nobody else knows.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        now: Callable[[], float],
        node: int,
        address_of: Callable[[int], str],
        key: bytes,
    ) -> None:
        self._reactor = reactor
        self._now = now
        self._node = node
        self._address_of = address_of
        self._key = key
        pool = HTTPConnectionPool(reactor)  # type: ignore[no-untyped-call]
        pool.maxPersistentPerHost = 16
        endpoints = _Endpoints(reactor, address_of)
        self._agent = Agent.usingEndpointFactory(reactor, endpoints, pool)  # type: ignore[no-untyped-call]
        self._pool = pool

    def owner_of(self, token: str) -> int | None:
        """The other node that has the session of this cookie; None where that is this one, or out of
        reach."""
        found = _TOKEN.fullmatch(token)
        node = int(found[1], 16) if found else self._node
        return node if node != self._node and self._address_of(node) else None

    async def pass_on(self, node: int, listener: str, request: Request, connection: Connection) -> Response:
        """What the owner answers; 503 where it cannot be asked."""
        passed = Passed(
            self._now(),
            listener,
            connection.client_ip,
            connection.client_port,
            request.head,
            request.body,
            connection.certificate_names,
        )
        words = msgpack.encode(passed)
        try:
            return _read_response(await self._ask(node, words))
        except _FAILURES as error:
            self.log.warn(
                "a request from {client} could not be passed on to node {node}: {reason}",
                client=connection.client_ip,
                node=node,
                reason=str(error) or type(error).__name__,
            )
            return Response(503, (("Retry-After", "10"),), close=True)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]

    async def _ask(self, node: int, words: bytes) -> bytes:
        headers = Headers({_MAC: [signature(self._key, words)]})
        body_of = FileBodyProducer(BytesIO(words))  # type: ignore[no-untyped-call]
        asking = self._agent.request(b"POST", b"http://%d/" % node, headers, body_of)
        answer = await asking.addTimeout(SECONDS, self._reactor)
        reading = _Body()
        answer.deliverBody(reading)
        body = await reading.whole.addTimeout(SECONDS, self._reactor)
        if answer.code != 200:
            raise ConnectionError(f"it answers {answer.code}")
        (signed, *_) = answer.headers.getRawHeaders(_MAC) or (b"",)
        if not compare_digest(signature(self._key, body), signed):
            raise ConnectionError("what answers is no node of this database")
        return body


class RelayedRequests:
    """What a node answers to requests that others pass on to it.

    :param listeners: what answers them, by the name of the listener that they reached.
    """

    log = Logger()

    def __init__(self, now: Callable[[], float], key: bytes, listeners: Mapping[str, Responder]) -> None:
        self._now = now
        self._key = key
        self._listeners = listeners

    def respond(self, request: Request, connection: Connection) -> Response | Deferred[Response]:
        """Answer one."""
        if not compare_digest(
            signature(self._key, request.body), (request.header("x-acs-mac") or "").encode()
        ):
            self.log.warn("{client} is no node of this database", client=connection.client_ip)
            return Response(403, close=True)
        try:
            passed = _read_passed(request.body)
            inner = _request_of(passed)
            responder = self._listeners[passed.listener]
        except (DecodeError, BadRequest, KeyError) as error:
            self.log.warn(
                "what {client} passes on makes no sense: {error}", client=connection.client_ip, error=error
            )
            return Response(400, close=True)
        if abs(passed.time - self._now()) > FRESH:
            self.log.warn("the clock of {client} is wrong, or ours is", client=connection.client_ip)
            return Response(403, close=True)
        sender = stand_in(passed.client_ip, passed.client_port, passed.certificate_names)
        answer = responder(inner, sender)
        if isinstance(answer, Response):
            return self._wrapped(answer)
        return answer.addCallback(self._wrapped)

    def _wrapped(self, response: Response) -> Response:
        words = msgpack.encode(response)
        return Response(200, ((_MAC.decode(), signature(self._key, words).decode()),), words)


def _request_of(passed: Passed) -> Request:
    """The request as it came to the other node; raises `BadRequest`."""
    # It was let through there, however many its headers are.
    limits = Limits(headers=passed.head.count(b"\n"))
    return request_of(parse_head(passed.head, limits, Tolerance()), passed.head, passed.body)


def signature(key: bytes, words: bytes) -> bytes:
    """What tells that another node said this."""
    return blake2b(words, key=key, digest_size=32, person=b"acs relay").hexdigest().encode()
