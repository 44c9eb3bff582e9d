"""Tests of `acs.simulate.client`, `network`, `places` and `files`: HTTP against a scripted server."""

from __future__ import annotations

import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError, DNSLookupError
from twisted.trial.unittest import SynchronousTestCase

from acs.hypertext.connection import AnswerTimeout
from acs.hypertext.responses import BadResponse
from acs.simulate.client import HttpSession, TooManyRedirects
from acs.simulate.credentials import Credentials
from acs.simulate.files import HttpFiles
from acs.simulate.places import BadURL, place_of
from acs.simulate.transfers import Fetched, TransferFailed
from tests.simulate.http_side import MemoryNetwork, Request, Server, response
from tests.simulate.worlds import clock

T = TypeVar("T")
URL = "http://acs.example:7547/cwmp"


def scripted(*answers: bytes | None) -> Server:
    """A server that gives these answers, one after the other."""
    rest = list(answers)
    return lambda request: rest.pop(0)


class ClientTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = clock()

    def network(self, server: Server) -> MemoryNetwork:
        self.net = MemoryNetwork(self.clock, server)
        return self.net

    def session(self, server: Server, url: str = URL) -> HttpSession:
        return HttpSession(self.network(server), url, Credentials("user", "pass", random.Random(1)))

    def begin(self, work: Coroutine[Deferred[Any], Any, T], seconds: float = 0.1) -> Deferred[T]:
        """Do it, and let a while go by."""
        begun = ensureDeferred(work)
        for _ in range(round(seconds * 1000)):
            self.clock.advance(0.001)
        return begun

    def do(self, work: Coroutine[Deferred[Any], Any, T], seconds: float = 0.1) -> T:
        return self.successResultOf(self.begin(work, seconds))

    def error(self, work: Coroutine[Deferred[Any], Any, T], seconds: float = 0.1) -> BaseException:
        return self.failureResultOf(self.begin(work, seconds)).value


class ExchangeTests(ClientTestCase):
    def test_a_body_is_posted_and_its_answer_told(self) -> None:
        session = self.session(scripted(response(200, b"<answer/>")))
        self.assertEqual(self.do(session.exchange(b"<body/>")), (200, b"<answer/>"))
        (request,) = self.net.requests
        self.assertEqual((request.method, request.target, request.body), ("POST", "/cwmp", b"<body/>"))
        self.assertEqual(request.headers["Host"], "acs.example:7547")
        self.assertEqual(request.headers["Content-Type"], 'text/xml; charset="utf-8"')
        self.assertEqual(request.headers["Content-Length"], "7")
        self.assertEqual(request.headers["SOAPAction"], "")

    def test_an_empty_post_says_nothing_of_its_content(self) -> None:
        session = self.session(scripted(response(204)))
        self.assertEqual(self.do(session.exchange(b"")), (204, b""))
        headers = self.net.requests[0].headers
        self.assertEqual(headers["Content-Length"], "0")
        self.assertNotIn("Content-Type", headers)
        self.assertNotIn("SOAPAction", headers)

    def test_the_connection_and_the_cookies_are_kept(self) -> None:
        server = scripted(
            response(200, Set_Cookie="a=1; Path=/; HttpOnly"), response(200, Set_Cookie="b=2"), response()
        )
        session = self.session(server)
        for _ in range(3):
            self.do(session.exchange(b""))
        self.assertEqual(
            [request.headers.get("Cookie") for request in self.net.requests], [None, "a=1", "a=1; b=2"]
        )
        self.assertEqual([request.connection for request in self.net.requests], [1, 1, 1])
        self.assertNotIn("Connection", self.net.requests[0].headers)
        session.close()
        self.clock.advance(1)
        self.assertEqual(self.net.open, 0)

    def test_where_the_server_closes_another_connection_carries_on_with_the_cookie(self) -> None:
        session = self.session(scripted(response(200, Set_Cookie="a=1", Connection="close"), response()))
        self.do(session.exchange(b"1"))
        self.do(session.exchange(b"2"))
        self.assertEqual([request.connection for request in self.net.requests], [1, 2])
        self.assertEqual(self.net.requests[1].headers["Cookie"], "a=1")

    def test_a_kept_connection_that_turns_out_to_be_closed_is_replaced(self) -> None:
        session = self.session(scripted(response(), None, response(200, b"again")))
        self.do(session.exchange(b"1"))
        self.assertEqual(self.do(session.exchange(b"2")), (200, b"again"))
        self.assertEqual([request.connection for request in self.net.requests], [1, 1, 2])

    def test_a_new_connection_that_is_cut_is_not(self) -> None:
        session = self.session(scripted(None))
        self.assertIsInstance(self.error(session.exchange(b"1")), ConnectionDone)
        self.assertEqual(len(self.net.requests), 1)

    def test_a_response_that_is_cut_is_an_error_on_a_kept_connection_too(self) -> None:
        session = self.session(scripted(response(), response(200, b"cut")[:-1]))
        self.do(session.exchange(b"1"))
        begun = self.begin(session.exchange(b"2"))
        self.net.pipes[0].loseConnection()
        self.clock.advance(1)
        self.failureResultOf(begun, ConnectionDone)
        self.assertEqual(len(self.net.pipes), 1)

    def test_an_answer_may_last_until_the_connection_ends(self) -> None:
        session = self.session(scripted(b"HTTP/1.0 200 OK\r\n\r\nall of it"))
        begun = self.begin(session.exchange(b"1"))
        self.assertNoResult(begun)
        self.net.pipes[0].loseConnection()
        self.clock.advance(1)
        self.assertEqual(self.successResultOf(begun), (200, b"all of it"))

    def test_an_answer_is_waited_for_no_longer_than_thirty_seconds(self) -> None:
        session = self.session(scripted(b""))
        begun = self.begin(session.exchange(b"1"), 29.9)
        self.assertNoResult(begun)
        self.clock.advance(0.2)
        self.failureResultOf(begun, AnswerTimeout)
        self.clock.advance(0)
        self.assertEqual(self.net.open, 0)

    def test_what_is_no_http_is_an_error(self) -> None:
        self.assertIsInstance(self.error(self.session(scripted(b"hello\r\n\r\n")).exchange(b"")), BadResponse)

    def test_what_the_server_says_unasked_ends_the_connection(self) -> None:
        session = self.session(scripted(response(), response()))
        self.do(session.exchange(b""))
        self.net.pipes[0]._answer(response(408))
        self.do(session.exchange(b""))
        self.assertEqual([request.connection for request in self.net.requests], [1, 2])

    def test_a_session_that_is_given_up_leaves_no_connection(self) -> None:
        begun = self.begin(self.session(scripted(b"")).exchange(b"1"))
        begun.cancel()
        self.clock.advance(1)
        self.assertEqual(self.net.open, 0)
        self.failureResultOf(begun)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class RedirectTests(ClientTestCase):
    def test_a_session_goes_on_where_it_was_sent(self) -> None:
        server = scripted(
            response(302, Location="http://other.example/x?y"), response(200, b"1"), response(200, b"2")
        )
        session = self.session(server)
        self.assertEqual(self.do(session.exchange(b"body")), (200, b"1"))
        self.assertEqual(self.do(session.exchange(b"more")), (200, b"2"))
        places = [(request.place.host, request.target, request.body) for request in self.net.requests]
        self.assertEqual(
            places,
            [
                ("acs.example", "/cwmp", b"body"),
                ("other.example", "/x?y", b"body"),
                ("other.example", "/x?y", b"more"),
            ],
        )

    def test_cookies_are_not_taken_to_another_host(self) -> None:
        server = scripted(response(307, Location="http://other.example/", Set_Cookie="a=1"), response())
        self.do(self.session(server).exchange(b""))
        self.assertNotIn("Cookie", self.net.requests[1].headers)

    def test_a_relative_place_is_of_the_same_server(self) -> None:
        self.do(self.session(scripted(response(307, Location="/elsewhere"), response())).exchange(b""))
        self.assertEqual([request.target for request in self.net.requests], ["/cwmp", "/elsewhere"])
        self.assertEqual([request.connection for request in self.net.requests], [1, 1])

    def test_five_are_followed_and_no_more(self) -> None:
        session = self.session(lambda request: response(302, Location="/again"))
        self.assertIsInstance(self.error(session.exchange(b"")), TooManyRedirects)
        self.assertEqual(len(self.net.requests), 6)

    def test_a_redirect_to_nowhere_is_an_error(self) -> None:
        self.assertIsInstance(
            self.error(self.session(scripted(response(302, Location="gopher://x/"))).exchange(b"")), BadURL
        )
        self.assertEqual(self.do(self.session(scripted(response(302))).exchange(b"")), (302, b""))


class AuthenticationTests(ClientTestCase):
    def guarded(self, request: Request) -> bytes:
        """Wants a Digest for each request, and believes any."""
        if "Authorization" in request.headers:
            return response(200, b"in")
        return response(401, b"who?", WWW_Authenticate='Digest realm="r", nonce="n", qop="auth"')

    def test_the_same_is_posted_again_with_an_answer(self) -> None:
        session = self.session(self.guarded)
        self.assertEqual(self.do(session.exchange(b"body")), (200, b"in"))
        self.assertEqual([request.body for request in self.net.requests], [b"body", b"body"])
        self.assertEqual([request.connection for request in self.net.requests], [1, 1])

    def test_later_posts_carry_it_unasked(self) -> None:
        session = self.session(self.guarded)
        self.do(session.exchange(b"1"))
        self.do(session.exchange(b"2"))
        self.assertEqual(len(self.net.requests), 3)
        self.assertIn("nc=00000002", self.net.requests[2].headers["Authorization"])

    def test_who_is_not_believed_gives_up(self) -> None:
        session = self.session(lambda request: response(401, WWW_Authenticate='Basic realm="r"'))
        self.assertEqual(self.do(session.exchange(b"")), (401, b""))
        self.assertEqual(len(self.net.requests), 3)

    def test_what_cannot_be_answered_is_told(self) -> None:
        session = self.session(lambda request: response(401, WWW_Authenticate="Negotiate"))
        self.assertEqual(self.do(session.exchange(b"")), (401, b""))
        self.assertEqual(len(self.net.requests), 1)


class WireTests(ClientTestCase):
    def test_a_connection_may_be_for_each_request(self) -> None:
        session = self.session(scripted(response(), response()))
        session.connection_per_request = True
        self.do(session.exchange(b""))
        self.do(session.exchange(b""))
        self.assertEqual([request.connection for request in self.net.requests], [1, 2])
        self.assertEqual(self.net.requests[0].headers["Connection"], "close")

    def test_cookies_can_be_lost(self) -> None:
        session = self.session(scripted(response(200, Set_Cookie="a=1"), response()))
        self.do(session.exchange(b""))
        session.forget_cookies()
        self.do(session.exchange(b""))
        self.assertNotIn("Cookie", self.net.requests[1].headers)

    def test_a_body_can_be_slow(self) -> None:
        session = self.session(scripted(response()))
        session.slowness = 2.0
        begun = self.begin(session.exchange(b"x" * 100), 1.9)
        self.assertEqual(self.net.requests, [])
        self.clock.advance(0.2)
        self.clock.advance(0.2)
        self.assertEqual(self.successResultOf(begun), (200, b""))

    def test_a_connection_can_be_cut(self) -> None:
        session = self.session(scripted(b""))
        begun = self.begin(session.exchange(b""))
        session.drop()
        self.clock.advance(1)
        self.failureResultOf(begun, ConnectionLost)


class PlaceTests(SynchronousTestCase):
    def test_a_url_leads_to_a_place(self) -> None:
        for url, authority, target in (
            ("http://a.example", "a.example", "/"),
            ("http://a.example:80/x", "a.example", "/x"),
            ("https://a.example/x?q=1#f", "a.example", "/x?q=1"),
            ("https://a.example:8443/", "a.example:8443", "/"),
            ("http://[2001:db8::1]:7547/", "[2001:db8::1]:7547", "/"),
            ("http://a.example/a b", "a.example", "/a%20b"),
        ):
            place = place_of(url)
            self.assertEqual((place.authority, place.target), (authority, target))

    def test_what_leads_nowhere_is_refused(self) -> None:
        for url in (
            "",
            "acs.example",
            "ftp://a.example/",
            "http:///x",
            "http://a:b:c/",
            "http://[x/",
            "http://ä.example/",
        ):
            with self.assertRaises(BadURL, msg=url):
                place_of(url)


class FileTests(ClientTestCase):
    def fetch(
        self, server: Server, url: str = "http://files.example/a", error: Exception | None = None
    ) -> Any:
        files = HttpFiles(self.network(server), random.Random(1))
        self.net.refusing = error
        return files.fetch(url, "user", "pass")

    def code(
        self, server: Server, url: str = "http://files.example/a", error: Exception | None = None
    ) -> int:
        failure = self.error(self.fetch(server, url, error), 31)
        assert isinstance(failure, TransferFailed), failure
        return failure.code

    def test_a_file_is_fetched_and_its_start_kept(self) -> None:
        fetched = self.do(self.fetch(scripted(response(200, b"1.2\n" + b"x" * 100_000))))
        self.assertEqual((fetched.start[:5], len(fetched.start), fetched.length), (b"1.2\nx", 4096, 100_004))
        self.assertNotIn("Content-Length", self.net.requests[0].headers)
        self.clock.advance(1)
        self.assertEqual(self.net.open, 0)

    def test_redirects_and_challenges_are_heeded(self) -> None:
        server = scripted(
            response(302, Location="/b"),
            response(401, WWW_Authenticate='Basic realm="r"'),
            response(200, b"x"),
        )
        self.assertEqual(self.do(self.fetch(server)), Fetched(b"x", 1))
        self.assertTrue(self.net.requests[2].headers["Authorization"].startswith("Basic "))

    def test_each_failure_has_its_code(self) -> None:
        self.assertEqual(self.code(scripted(response(404))), 9016)
        self.assertEqual(self.code(scripted(response(500))), 9016)
        self.assertEqual(self.code(lambda request: response(401, WWW_Authenticate='Basic realm="r"')), 9012)
        self.assertEqual(self.code(scripted(None)), 9017)
        self.assertEqual(self.code(scripted(b"")), 9017)
        self.assertEqual(self.code(scripted(b"nonsense\r\n\r\n")), 9017)
        self.assertEqual(self.code(scripted(), error=ConnectionRefusedError()), 9015)
        self.assertEqual(self.code(scripted(), error=DNSLookupError()), 9015)
        self.assertEqual(self.code(lambda request: response(302, Location="/x")), 9016)

    def test_a_file_is_sent(self) -> None:
        files = HttpFiles(self.network(scripted(response(201))), random.Random(1))
        self.do(files.send("http://files.example/up", "", "", b"content"))
        (request,) = self.net.requests
        self.assertEqual((request.method, request.target, request.body), ("PUT", "/up", b"content"))

    def test_a_file_that_is_not_taken_is_a_failure(self) -> None:
        files = HttpFiles(self.network(scripted(response(507))), random.Random(1))
        error = self.error(files.send("http://files.example/up", "", "", b"content"))
        assert isinstance(error, TransferFailed)
        self.assertEqual(error.reason, "HTTP 507")
