"""Requests that are passed on between nodes, over real connections."""

from __future__ import annotations

from typing import Any

from msgspec import msgpack
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.http import relay
from acs.http.connection import Connection, stand_in
from acs.http.head import parse_head
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Request, Response, request_of
from acs.http.protocol import HttpFactory
from acs.http.relay import Passed, Relay, RelayedRequests, signature, token_of

KEY = b"k" * 32
NOW = 1_795_608_000.0
HEAD = b"POST /acs HTTP/1.0\r\nHost: x\r\nCookie: acs_session_id=1\r\nConnection: keep-alive\r\n\r\n"
RANDOM = bytes(range(16))


def request(head: bytes, body: bytes) -> Request:
    return request_of(parse_head(head, Limits(), Tolerance()), head, body)


def connection() -> Connection:
    return Connection(7, StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.9", 4711)), lambda: None)


class Silent(Protocol):
    """Begins an answer, and says no more; ``gone`` fires when the other has had enough."""

    def __init__(self, begun: bytes) -> None:
        self.begun = begun
        self.gone: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(self.begun)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone.callback(None)


class TokenTests(SynchronousTestCase):
    def setUp(self) -> None:
        addresses = {1: "tcp:127.0.0.1:1", 3: ""}
        self.relay = Relay(reactor, lambda: NOW, 2, lambda node: addresses.get(node, ""), KEY)

    def test_a_token_tells_its_node(self) -> None:
        self.assertEqual("ff000102030405060708090a0b0c0d0e0f", token_of(255, RANDOM))
        self.assertEqual(1, self.relay.owner_of(token_of(1, RANDOM)))

    def test_what_is_ours_or_out_of_reach_is_passed_to_nobody(self) -> None:
        for token in (
            token_of(2, RANDOM),
            token_of(3, RANDOM),
            token_of(4, RANDOM),
            "",
            "01",
            "x" * 34,
            "01" + "0" * 33,
        ):
            self.assertIsNone(self.relay.owner_of(token), token)


class RelayTests(TestCase):
    timeout = 20

    async def setUp(self) -> None:
        self.now = NOW
        self.heard: list[tuple[Request, Connection]] = []
        self.answer: Any = Response(200, (("Set-Cookie", "a=b"),), b"body", head=b"HTTP/1.1 200 OK\r\n\r\n")
        self.here = RelayedRequests(lambda: self.now, KEY, {"main": self.respond})
        factory = HttpFactory(self.here.respond, clock=reactor)  # type: ignore[arg-type]
        self.port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.address = f"tcp:127.0.0.1:{self.port.getHost().port}"
        self.relay = self.new_relay()

    async def tearDown(self) -> None:
        await self.relay.close()
        await maybeDeferred(self.port.stopListening)

    def new_relay(self, key: bytes = KEY) -> Relay:
        return Relay(reactor, lambda: NOW, 0, lambda node: self.address, key)

    def respond(self, request: Request, connection: Connection) -> Any:
        self.heard.append((request, connection))
        return self.answer

    async def pass_on(self, head: bytes = HEAD, body: bytes = b"<x/>", listener: str = "main") -> Response:
        return await self.relay.pass_on(1, listener, request(head, body), connection())

    async def refused(self) -> str:
        """Assert that it cannot be passed on; what is logged."""
        with capturedLogs() as logged:
            answer = await self.pass_on()
        self.assertEqual((503, (("Retry-After", "10"),), True), (answer.status, answer.headers, answer.close))
        warnings = [event for event in logged if event["log_level"].name == "warn"]
        self.assertEqual("192.0.2.9", warnings[-1]["client"])
        return str(warnings[-1]["reason"])

    async def test_it_comes_as_it_came_and_goes_back_as_it_is(self) -> None:
        every = bytes(range(256)) * 1000
        self.assertEqual(self.answer, await self.pass_on(body=every))
        ((heard, sender),) = self.heard
        self.assertEqual(request(HEAD, every), heard)
        self.assertEqual(("192.0.2.9", 4711, 0), (sender.client_ip, sender.client_port, sender.number))
        sender.close()

    async def test_so_do_the_names_of_the_clients_certificate(self) -> None:
        client = stand_in("192.0.2.9", 4711, ("00D09E-S1", "s1.devices.example"))
        await self.relay.pass_on(1, "main", request(HEAD, b""), client)
        await self.pass_on()
        names = [sender.certificate_names for _, sender in self.heard]
        self.assertEqual([("00D09E-S1", "s1.devices.example"), ()], names)

    async def test_an_answer_may_come_later(self) -> None:
        answer, self.answer = self.answer, Deferred()
        passing = self.pass_on()
        deferLater(reactor, 0.05, self.answer.callback, answer)  # type: ignore[arg-type]
        self.assertEqual(answer, await passing)

    async def test_one_after_the_other_goes_over_one_connection(self) -> None:
        for _ in range(5):
            await self.pass_on()
        self.assertEqual(5, len(self.heard))
        self.assertEqual(1, self.port.factory._count)

    async def test_lines_that_end_in_lf_alone_were_read_already(self) -> None:
        head = HEAD.replace(b"\r\n", b"\n")
        odd = request_of(parse_head(head, Limits(), Tolerance(bare_lf=True)), head, b"")
        self.assertEqual(200, (await self.relay.pass_on(1, "main", odd, connection())).status)
        self.assertEqual(head, self.heard[0][0].head)

    async def test_more_headers_than_are_usual_were_let_through_already(self) -> None:
        head = HEAD[:-2] + b"X: y\r\n" * Limits().headers + b"\r\n"
        many = request_of(parse_head(head, Limits(headers=1000), Tolerance()), head, b"")
        self.assertEqual(200, (await self.relay.pass_on(1, "main", many, connection())).status)
        self.assertEqual(many, self.heard[0][0])

    async def test_who_has_another_key_is_refused(self) -> None:
        await self.relay.close()
        self.relay = self.new_relay(b"z" * 32)
        self.assertIn("403", await self.refused())
        self.assertEqual([], self.heard)

    async def test_who_answers_with_another_key_is_not_believed(self) -> None:
        signing = self.here._wrapped

        def wrapped(response: Response) -> Response:
            here = RelayedRequests(lambda: NOW, b"z" * 32, {})
            return here._wrapped(response)

        self.here._wrapped = wrapped  # type: ignore[method-assign]
        self.assertIn("no node", await self.refused())
        self.here._wrapped = signing  # type: ignore[method-assign]
        self.assertEqual(200, (await self.pass_on()).status)

    async def test_what_is_old_is_refused(self) -> None:
        for self.now in (NOW + 61, NOW - 61):
            self.assertIn("403", await self.refused())
        self.assertEqual([], self.heard)

    async def test_a_listener_that_is_not_there_is_refused(self) -> None:
        self.assertEqual(503, (await self.pass_on(listener="other")).status)

    async def test_a_node_that_is_not_there_is_a_503(self) -> None:
        await self.port.stopListening()
        self.assertIn("refused", await self.refused())

    async def test_a_node_that_says_nothing_or_no_more_is_a_503(self) -> None:
        self.patch(relay, "SECONDS", 0.1)
        for begun in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"):
            silent = Silent(begun)
            factory = Factory.forProtocol(lambda: silent)  # type: ignore[arg-type,return-value]  # noqa: B023
            port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
            self.address = f"tcp:127.0.0.1:{port.getHost().port}"
            self.assertTrue(await self.refused())
            await silent.gone
            await maybeDeferred(port.stopListening)

    async def test_an_address_that_is_none_is_a_503(self) -> None:
        self.address = "nonsense"
        self.assertTrue(await self.refused())

    def test_what_makes_no_sense_is_refused_without_a_word_about_it(self) -> None:
        here = RelayedRequests(lambda: NOW, KEY, {"main": self.respond})
        broken = msgpack.encode(Passed(NOW, "main", "192.0.2.9", 1, b"nonsense\r\n\r\n", b""))
        for body in (b"", b"\xc1", msgpack.encode([1, 2]), broken):
            head = b"POST / HTTP/1.1\r\nX-Acs-Mac: " + signature(KEY, body) + b"\r\n\r\n"
            answer = here.respond(request(head, body), connection())
            assert isinstance(answer, Response)
            self.assertEqual((400, True), (answer.status, answer.close))
        answer = here.respond(request(b"POST / HTTP/1.1\r\n\r\n", b""), connection())
        assert isinstance(answer, Response)
        self.assertEqual(403, answer.status)
