"""One message over HTTP: as treq's own testing has it in memory, and over loopback where sockets matter."""

from __future__ import annotations

from typing import Any

from service_identity import CertificateError
from treq.testing import RequestTraversalAgent
from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, CertificateOptions, trustRootFromCertificates
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from acs.hooks.http import pooled
from acs.store.records.webhooks import Delivery, Webhook
from acs.web.webhooks.posting import LONGEST_ANSWER, LONGEST_DETAIL, SECONDS, Outcome, Posting
from acs.web.webhooks.resolving import Guarded
from acs.web.webhooks.signing import new_secret
from tests.support.certificates import Authority, Issued, self_signed
from tests.support.ports import free_port
from tests.web.webhooks.receiving import verified

NOW = 1_795_608_000.0
SECRET = new_secret(bytes(range(24)))
BODY = b'{"event":"alarm"}'


class Place(Resource):
    """Answers as the test says, and remembers what it got."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer, self.more = 200, b"", {}
        self.hanging: list[Any] = []
        self.hangs = False

    def render(self, request: Any) -> Any:
        raw = request.requestHeaders.getAllRawHeaders()
        said = {name.decode().lower(): values[0].decode() for name, values in raw}
        self.got.append((said, request.content.read()))
        request.setResponseCode(self.status)
        for name, value in self.more.items():
            request.setHeader(name, value)
        if self.hangs:
            self.hanging.append(request)
            return NOT_DONE_YET
        return self.answer


def a_webhook(url: str) -> Webhook:
    return Webhook(1, url, SECRET, ("alarm",))


def a_delivery(number: int = 77) -> Delivery:
    return Delivery(number, 1, "alarm", "", NOW, BODY)


class InMemoryTests(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.place = Place()
        self.agent = RequestTraversalAgent(self.place)
        self.posting = Posting(self.agent, self.clock)

    def post(self) -> Deferred[Outcome]:
        posting = Deferred.fromCoroutine(self.posting.post(a_webhook("https://crm.example/x"), a_delivery()))
        self.agent.flush()
        return posting

    def test_a_message_can_be_verified(self) -> None:
        outcome = self.successResultOf(self.post())
        self.assertEqual((200, True), (outcome.status, outcome.taken))
        ((said, body),) = self.place.got
        self.assertEqual("application/json", said["content-type"])
        self.assertEqual({"event": "alarm"}, verified(SECRET, said, body, NOW))
        for wrong in (
            (SECRET, said, body + b" ", NOW),
            (SECRET, said | {"webhook-id": "0000000000002"}, body, NOW),
            (new_secret(bytes(24)), said, body, NOW),
            (SECRET, said, body, NOW + 301),
        ):
            with self.assertRaises(ValueError):
                verified(*wrong)

    def test_whatever_is_no_success_is_not_taken(self) -> None:
        for status, taken in ((204, True), (299, True), (400, False), (500, False), (410, False)):
            self.place.status, self.place.answer = status, b"" if taken else b"not\n today\x00"
            outcome = self.successResultOf(self.post())
            self.assertEqual((status, taken), (outcome.status, outcome.taken))
            self.assertEqual("" if taken else "not today\x00", outcome.detail)

    def test_redirections_are_not_followed(self) -> None:
        for status in (301, 302, 303, 307, 308):
            self.place.status, self.place.more = status, {b"location": b"https://elsewhere.example/"}
            outcome = self.successResultOf(self.post())
            self.assertEqual((status, False), (outcome.status, outcome.taken))
        self.assertEqual(5, len(self.place.got))

    def test_a_long_answer_is_cut(self) -> None:
        self.place.status, self.place.answer = 500, b"x" * LONGEST_ANSWER * 10
        self.assertEqual("x" * LONGEST_DETAIL, self.successResultOf(self.post()).detail)

    def test_no_answer_is_waited_for_for_long(self) -> None:
        self.place.hangs = True
        posting = self.post()
        self.clock.advance(SECONDS - 0.1)
        self.assertNoResult(posting)
        self.clock.advance(0.1)
        outcome = self.successResultOf(posting)
        self.assertEqual(Outcome(0, "no answer within 10 s", SECONDS), outcome)

    def test_an_answer_that_does_not_end_is_not_waited_for(self) -> None:
        self.place.hangs = True
        posting = self.post()
        self.place.hanging[0].write(b"x")
        self.agent.flush()
        self.clock.advance(SECONDS)
        outcome = self.successResultOf(posting)  # its head has told that it is taken: it is not sent again
        self.assertEqual((200, True), (outcome.status, outcome.taken))
        self.assertEqual([], self.clock.getDelayedCalls())


class OnLoopbackTests(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.place = Place()
        self.port = reactor.listenTCP(0, Site(self.place), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.agent, self.pool = pooled(reactor, 3.0)
        self.posting = Posting(self.agent, reactor)  # type: ignore[arg-type]

    async def tearDown(self) -> None:
        await self.pool.closeCachedConnections()
        await self.port.stopListening()

    async def post(self, scheme: str = "http", port: int = 0) -> Outcome:
        url = f"{scheme}://127.0.0.1:{port or self.port.getHost().port}/"
        return await self.posting.post(a_webhook(url), a_delivery())

    async def test_a_message_arrives(self) -> None:
        self.assertTrue((await self.post()).taken)
        self.assertTrue((await self.post()).taken)
        self.assertEqual([BODY, BODY], [body for _, body in self.place.got])

    async def test_where_nobody_is_there_is_no_answer(self) -> None:
        outcome = await self.post(port=free_port())
        self.assertEqual(0, outcome.status)
        self.assertIn("refused", outcome.detail)

    async def test_what_is_no_tls_is_no_answer_over_https(self) -> None:
        outcome = await self.post("https")
        self.assertEqual((0, []), (outcome.status, self.place.got))
        self.assertTrue(outcome.detail)


class Elsewhere:
    """A reactor by which every name leads to what was ``found``, and each of that to a ``port`` here.

    :ivar tried: where connections were to go.
    """

    def __init__(self, port: int, *found: str) -> None:
        self.tried: list[str] = []
        self._port = port
        self._found = found
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, *asked: Any, **how: Any) -> None:  # noqa: N802
        receiver.resolutionBegan(self)
        for host in self._found:
            family = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(family("TCP", host, 80))
        receiver.resolutionComplete()

    def connectTCP(self, host: str, port: int, factory: Any, *more: Any, **how: Any) -> Any:
        self.tried.append(host)
        return reactor.connectTCP("127.0.0.1", self._port, factory, *more, **how)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


class ResolvingTests(TestCase):
    """Names lead where addresses may, and nowhere else."""

    timeout = 20

    async def post(self, url: str, elsewhere: Elsewhere) -> Outcome:
        agent, pool = pooled(Guarded(elsewhere), 3.0)
        self.addCleanup(pool.closeCachedConnections)
        posting = Posting(agent, reactor)  # type: ignore[arg-type]
        return await posting.post(a_webhook(url), a_delivery())

    async def test_no_name_leads_to_what_tells_about_a_virtual_machine(self) -> None:
        for url in ("http://metadata.isp.example/", "http://2852039166/"):
            found = "169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1"
            elsewhere = Elsewhere(free_port(), *found)
            outcome = await self.post(url, elsewhere)
            self.assertEqual((0, []), (outcome.status, elsewhere.tried))
            self.assertIn("lookup", outcome.detail)

    async def test_what_else_it_leads_to_is_tried(self) -> None:
        listening = reactor.listenTCP(0, Site(Place()), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(listening.stopListening)
        elsewhere = Elsewhere(listening.getHost().port, "169.254.169.254", "192.0.2.7")
        outcome = await self.post("http://crm.isp.example/", elsewhere)
        self.assertEqual((200, ["192.0.2.7"]), (outcome.status, elsewhere.tried))


class OverTlsTests(TestCase):
    """https: whoever takes messages shows who it is."""

    timeout = 20

    def setUp(self) -> None:
        self.authority = Authority()
        self.place = Place()

    async def post(self, issued: Issued, host: str = "127.0.0.1") -> Outcome:
        """To somebody who shows this certificate, where the authority is trusted."""
        shown = CertificateOptions(privateKey=issued.openssl_key, certificate=issued.openssl)
        port = reactor.listenSSL(0, Site(self.place), shown, interface="127.0.0.1")  # type: ignore[attr-defined]
        trusted = trustRootFromCertificates([Certificate(self.authority.own.openssl)])
        agent = Agent(reactor, BrowserLikePolicyForHTTPS(trusted))  # type: ignore[no-untyped-call]
        try:
            url = f"https://{host}:{port.getHost().port}/"
            return await Posting(agent, reactor).post(a_webhook(url), a_delivery())  # type: ignore[arg-type]
        finally:
            await port.stopListening()

    async def test_who_is_known_is_told(self) -> None:
        outcome = await self.post(self.authority.issue("crm"))
        self.assertTrue(outcome.taken, outcome)
        self.assertEqual([BODY], [body for _, body in self.place.got])

    async def test_who_cannot_be_known_is_told_nothing(self) -> None:
        for issued, host in (
            (self_signed("127.0.0.1"), "127.0.0.1"),
            (Authority("Another CA").issue("crm"), "127.0.0.1"),
            (self.authority.issue("crm", ends=-0.5), "127.0.0.1"),
            (self.authority.issue("crm", "crm.isp.example"), "localhost"),
        ):
            outcome = await self.post(issued, host)
            self.assertEqual((0, []), (outcome.status, self.place.got))
            self.assertTrue(outcome.detail)
        self.flushLoggedErrors(CertificateError)  # Twisted's own line of one that names no host at all
