"""A connection from request to answer: the order, the errors, the ends, and what is held back meanwhile."""

from __future__ import annotations

import gc
import weakref

from msgspec.structs import replace
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from acs.http.connection import Connection
from acs.http.errors import BadRequest
from acs.http.messages import Request, Response, response_head
from acs.http.protocol import READ_AHEAD, RECORDED, HttpFactory
from tests.http.peer import SMALL, Application, Peer, echo
from tests.http.wire import bytewise, chunked, post, request

CLOSING = b"HTTP/1.1 %s\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused"


def said(body: bytes) -> bytes:
    """What `echo` makes of a request with this body, on a connection that stays."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n<%b>" % (len(body) + 2, body)


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.app = Application()
        self.factory = self.app.factory(self.clock, limits=SMALL)
        self.addCleanup(self.factory.doStop)

    def peer(self) -> Peer:
        return Peer(self.factory)

    def later(self) -> list[Deferred[Response]]:
        """From now on the application answers when the tests say; returns the answers that are due."""
        due: list[Deferred[Response]] = []

        def answer(request: Request) -> Deferred[Response]:
            due.append(Deferred())
            return due[-1]

        self.app.answer = answer
        return due


class AnswerTests(Case):
    def test_a_request_is_answered_and_the_connection_stays(self) -> None:
        peer = self.peer()
        for body in (b"one", b"two"):
            peer.send(post(body))
            self.assertEqual(peer.received(), said(body))
        self.assertTrue(peer.is_open)
        self.assertEqual(len(set(self.app.connections)), 1)

    def test_a_request_in_small_pieces_is_answered_when_it_is_whole(self) -> None:
        peer = self.peer()
        pieces = bytewise(chunked(b"one"))
        for piece in pieces[:-1]:
            peer.send(piece)
            self.assertEqual(peer.received(), b"")
        peer.send(pieces[-1])
        self.assertEqual(peer.received(), said(b"one"))

    def test_a_client_that_wants_to_go_is_let_go(self) -> None:
        for line, headers in ((b"POST / HTTP/1.1", [b"Connection: close"]), (b"POST / HTTP/1.0", [])):
            peer = self.peer()
            peer.send(request(*headers, line=line) + post(b"too late"))
            self.assertEqual(
                peer.received(), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n<>"
            )
            self.assertFalse(peer.is_open)
        self.assertEqual(len(self.app.requests), 2)

    def test_an_http_1_0_client_that_wants_to_stay_stays(self) -> None:
        peer = self.peer()
        for _ in range(2):
            peer.send(request(b"Connection: Keep-Alive", line=b"POST / HTTP/1.0"))
            self.assertIn(b"\r\nConnection: keep-alive\r\n", peer.received())
        self.assertTrue(peer.is_open)

    def test_the_application_may_end_the_connection_with_its_answer(self) -> None:
        self.app.answer = lambda request: Response(204, close=True)
        peer = self.peer()
        peer.send(post(b"") + post(b""))
        self.assertEqual(peer.received(), b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        self.assertFalse(peer.is_open)

    def test_a_HEAD_is_answered_without_a_body(self) -> None:  # noqa: N802
        peer = self.peer()
        peer.send(request(line=b"HEAD / HTTP/1.1"))
        self.assertEqual(peer.received(), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")

    def test_an_answer_may_come_later(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"one"))
        self.assertEqual(peer.received(), b"")
        due[0].callback(Response(200, body=b"x"))
        self.assertEqual(peer.received(), b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")


class PipelineTests(Case):
    def test_requests_that_come_together_are_answered_in_order(self) -> None:
        peer = self.peer()
        peer.send(post(b"1") + post(b"2") + chunked(b"3"))
        self.assertEqual(peer.received(), said(b"1") + said(b"2") + said(b"3"))

    def test_a_request_waits_for_the_answer_to_the_one_before(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + post(b"2") + post(b"3")[:-1])
        self.assertEqual(len(due), 1)
        due[0].callback(Response(200, body=b"first"))
        self.assertIn(b"first", peer.received())
        self.assertEqual([len(due), len(self.app.requests)], [2, 2])
        peer.send(b"3")
        self.assertEqual(len(due), 2)
        due[1].callback(Response(200, body=b"second"))
        self.assertIn(b"second", peer.received())
        self.assertEqual([one.body for one in self.app.requests], [b"1", b"2", b"3"])

    def test_answers_that_are_ready_need_no_depth(self) -> None:
        def answer(request: Request) -> Deferred[Response]:
            ready: Deferred[Response] = Deferred()
            ready.callback(echo(request))
            return ready

        self.app.answer = answer
        peer = self.peer()
        peer.send(post(b"x") * 5000)
        self.assertEqual(peer.received(), said(b"x") * 5000)

    def test_a_broken_request_is_answered_in_its_turn(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + b"\0")
        self.assertEqual([peer.received(), self.app.refusals], [b"", []])
        due[0].callback(Response(204))
        self.assertEqual(peer.received(), b"HTTP/1.1 204 No Content\r\n\r\n" + CLOSING % b"400 Bad Request")

    def test_reading_pauses_while_too_much_waits(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1"))
        peer.send(b"\r\n" * (READ_AHEAD // 2))
        self.assertTrue(peer.reading)
        peer.send(b"\r")
        self.assertFalse(peer.reading)
        due[0].callback(Response(204))
        self.assertTrue(peer.reading)

    def test_nothing_is_answered_to_a_client_that_does_not_take_its_answers(self) -> None:
        peer = self.peer()
        self.assertIs(peer.transport.producer, peer.protocol)
        peer.transport.producer.pauseProducing()
        peer.send(post(b"1") + post(b"2"))
        self.assertEqual([peer.received(), peer.reading], [b"", False])
        peer.transport.producer.resumeProducing()
        self.assertEqual([peer.received(), peer.reading], [said(b"1") + said(b"2"), True])


class ContinueTests(Case):
    def test_a_client_that_waits_for_a_100_gets_it_once(self) -> None:
        peer = self.peer()
        peer.send(request(b"Content-Length: 2", b"Expect: 100-continue"))
        self.assertEqual(peer.received(), b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.send(b"a")
        self.assertEqual(peer.received(), b"")
        peer.send(b"b")
        self.assertEqual(peer.received(), said(b"ab"))

    def test_it_waits_for_the_answer_to_the_request_before(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + request(b"Content-Length: 2", b"Expect: 100-continue"))
        self.assertEqual(peer.received(), b"")
        due[0].callback(Response(204))
        self.assertEqual(peer.received(), b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")

    def test_a_body_above_the_limit_is_refused_instead(self) -> None:
        peer = self.peer()
        peer.send(request(b"Content-Length: 2000", b"Expect: 100-continue"))
        self.assertEqual(peer.received(), CLOSING % b"413 Content Too Large")


class RefusalTests(Case):
    def test_a_broken_request_is_shown_to_the_application_and_answered_as_it_says(self) -> None:
        peer = self.peer()
        head = request(b"Content-Length: 2000")
        peer.send(head + b"begin")
        ((error, shown_head, shown_body),) = self.app.refusals
        self.assertEqual((error.status, shown_head, shown_body), (413, head, b"begin"))
        self.assertEqual(peer.received(), CLOSING % b"413 Content Too Large")

    def test_no_more_of_its_body_is_shown_than_a_record_needs(self) -> None:
        self.peer().send(request(b"Content-Length: 2000", body=b"x" * (RECORDED + 1)))
        self.assertEqual(self.app.refusals[0][2], b"x" * RECORDED)

    def test_what_the_client_goes_on_to_send_is_thrown_away(self) -> None:
        peer = self.peer()
        peer.send(b"\0")
        peer.received()
        peer.send(post(b"1"))
        self.assertEqual([peer.received(), self.app.requests, len(self.app.refusals)], [b"", [], 1])
        self.assertTrue(peer.is_open)
        peer.shut()
        self.assertFalse(peer.is_open)

    def test_reading_goes_on_where_it_was_paused(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + b"\0" * (READ_AHEAD + 1))
        self.assertFalse(peer.reading)
        due[0].callback(Response(204))
        self.assertEqual(len(self.app.refusals), 1)
        self.assertTrue(peer.reading)

    def test_an_application_that_fails_at_it_does_no_harm(self) -> None:
        def refused(*_: object) -> Response:
            raise RuntimeError("no record")

        self.factory.refused = refused
        peer = self.peer()
        peer.send(b"\0")
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertIn(b"HTTP/1.1 500 ", peer.received())

    def test_an_application_may_close_the_connection_itself(self) -> None:
        def refused(error: BadRequest, head: bytes, body: bytes, connection: Connection) -> Response:
            connection.close()
            return Response(error.status)

        self.factory.refused = refused
        peer = self.peer()
        peer.send(b"\0")
        self.assertIn(b"HTTP/1.1 400 ", peer.received())

    def test_without_a_word_from_the_application_the_reason_is_the_answer(self) -> None:
        factory = HttpFactory(self.app.respond, clock=self.clock)
        peer = Peer(factory)
        peer.send(request(b"X: \0", line=b"POST / HTTP/1.1"))
        answer = peer.received()
        self.assertIn(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n", answer)
        self.assertIn(b"\r\n\r\na NUL in the head\n", answer)
        peer.vanish()


class FailureTests(Case):
    FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def test_an_application_that_raises_is_logged_and_answered_500(self) -> None:
        def answer(request: Request) -> Response:
            raise RuntimeError("a bug")

        self.app.answer = answer
        peer = self.peer()
        peer.send(post(b"1") + post(b"2"))
        self.assertEqual(peer.received(), self.FAILED)
        self.assertFalse(peer.is_open)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_an_application_that_fails_later_is_logged_and_answered_500(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + post(b"2"))
        due[0].errback(RuntimeError("a bug"))
        self.assertEqual(peer.received(), self.FAILED)
        self.assertFalse(peer.is_open)
        self.assertEqual([len(due), len(self.flushLoggedErrors(RuntimeError))], [1, 1])

    def test_an_answer_that_must_not_be_sent_is_logged_and_answered_500(self) -> None:
        wrong = Response(200, (("X", "a\r\nb"),))
        due: Deferred[Response] = Deferred()
        due.callback(wrong)
        for answer in (wrong, due):
            self.app.answer = lambda request, answer=answer: answer  # type: ignore[misc]
            peer = self.peer()
            peer.send(post(b"1"))
            self.assertEqual(peer.received(), self.FAILED)
            self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_what_is_no_answer_at_all_is_logged_and_answered_500(self) -> None:
        self.app.answer = lambda request: None  # type: ignore[arg-type, return-value]
        peer = self.peer()
        peer.send(post(b"1"))
        self.assertEqual(peer.received(), self.FAILED)
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)


class EndTests(Case):
    def test_a_connection_may_be_lost_at_any_byte(self) -> None:
        for raw in (post(b"ab"), chunked(b"ab"), b"\r\n" + post(b"a") + post(b"b"), b"\0"):
            for clean in (True, False):
                for length in range(len(raw) + 1):
                    self.app.ended.clear()
                    peer = self.peer()
                    peer.send(raw[:length])
                    peer.vanish(clean)
                    self.assertEqual(self.app.ended, [peer.protocol.connection])
                    self.assertEqual(self.factory.connections, [])

    def test_an_answer_that_comes_too_late_is_dropped(self) -> None:
        due = self.later()
        for end in (lambda: due[-1].callback(Response(204)), lambda: due[-1].errback(RuntimeError("late"))):
            peer = self.peer()
            peer.send(post(b"1") + post(b"2"))
            peer.vanish()
            self.assertFalse(due[-1].called, "the work goes on")
            end()
            self.assertEqual(peer.received(), b"")
        self.assertEqual([len(due), len(self.app.ended)], [2, 2])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_a_client_that_closes_between_requests_is_gone(self) -> None:
        peer = self.peer()
        peer.send(post(b"1"))
        peer.shut()
        self.assertFalse(peer.is_open)
        self.assertEqual(self.app.refusals, [])

    def test_a_client_that_closes_its_side_is_answered_still(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + post(b"2"))
        peer.shut()
        for one in (0, 1):
            self.assertTrue(peer.is_open)
            due[one].callback(Response(204))
            self.assertEqual(peer.received(), b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertFalse(peer.is_open)

    def test_a_client_that_closes_its_side_within_a_request_is_refused(self) -> None:
        for raw in (b"POST", post(b"ab")[:-1], chunked(b"ab")[:-1]):
            peer = self.peer()
            peer.send(raw)
            peer.shut()
            self.assertEqual(peer.received(), CLOSING % b"400 Bad Request")
            self.assertFalse(peer.is_open)
            self.assertTrue(raw.startswith(self.app.refusals[-1][1]))

    def test_an_application_that_fails_at_the_end_does_no_harm(self) -> None:
        def closed(connection: Connection) -> None:
            raise RuntimeError("a bug")

        self.factory.closed = closed
        self.peer().vanish()
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(self.factory.connections, [])


class ConnectionTests(Case):
    def test_it_can_be_closed_between_requests(self) -> None:
        peer = self.peer()
        peer.send(post(b"1"))
        peer.received()
        self.app.connections[0].close()
        self.app.connections[0].close()
        self.assertEqual([peer.received(), peer.is_open], [b"", False])

    def test_it_is_closed_after_the_answer_that_is_under_way(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1") + post(b"2"))
        self.app.connections[0].close()
        self.assertTrue(peer.is_open)
        due[0].callback(Response(204))
        self.assertEqual(peer.received(), b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        self.assertEqual([peer.is_open, len(due)], [False, 1])

    def test_then_the_answer_says_so_though_its_head_was_written_before(self) -> None:
        due = self.later()
        peer = self.peer()
        peer.send(post(b"1"))
        self.app.connections[0].close()
        answer = Response(204)
        due[0].callback(replace(answer, head=response_head(answer)))
        self.assertIn(b"\r\nConnection: close\r\n", peer.received())

    def test_closing_one_that_is_gone_does_nothing(self) -> None:
        peer = self.peer()
        peer.vanish()
        self.app.ended[0].close()
        self.assertTrue(peer.is_open)

    def test_one_that_is_remembered_does_not_keep_the_rest_alive(self) -> None:
        peer = self.peer()
        protocol = weakref.ref(peer.protocol)
        gc.disable()
        self.addCleanup(gc.enable)
        peer.send(post(b"1"))
        peer.vanish()
        peer.transport.unregisterProducer()  # as a socket does that is lost
        self.assertEqual(self.app.ended, self.app.connections)
        del peer
        self.assertIsNone(protocol())

    def test_it_has_a_number_and_a_place_for_the_session(self) -> None:
        peers = [self.peer(), self.peer()]
        for peer in peers:
            peer.send(post(b"1"))
        self.assertEqual([one.number for one in self.app.connections], [1, 2])
        one, other = self.app.connections
        one.session = "session"
        self.assertEqual((one.session, other.session), ("session", None))
        self.assertRaises(AttributeError, setattr, one, "anything", "else")

    def test_it_shows_the_address_of_the_client_in_one_form(self) -> None:
        shown = {
            IPv4Address("TCP", "192.0.2.7", 40000): ("192.0.2.7", 40000),
            IPv6Address("TCP", "2001:DB8:0::7", 40000): ("2001:db8::7", 40000),
            IPv6Address("TCP", "::ffff:192.0.2.7", 40000): ("192.0.2.7", 40000),
            IPv6Address("TCP", "0:0:0:0:0:ffff:c000:207", 40000): ("192.0.2.7", 40000),
            IPv6Address("TCP", "fe80::1%eth0", 40000): ("fe80::1%eth0", 40000),
            UNIXAddress(b"/run/acs.socket"): ("", 0),
            UNIXAddress(None): ("", 0),
        }
        for address, expected in shown.items():
            peer = Peer(self.factory, address)
            peer.send(post(b"1"))
            connection = self.app.connections[-1]
            self.assertEqual((connection.client_ip, connection.client_port), expected)
            self.assertFalse(connection.secure)
            peer.vanish()
            self.assertEqual(connection.client_ip, expected[0])

    def test_behind_a_proxy_it_shows_the_address_that_the_proxy_tells(self) -> None:
        wrapped = HAProxyWrappingFactory(self.app.factory(self.clock, proxied=True))
        peer = Peer(wrapped)  # type: ignore[arg-type]
        peer.send(b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 7547\r\n" + post(b"1"))
        self.assertEqual(peer.received(), said(b"1"))
        self.assertEqual(self.app.connections[0].client_ip, "192.0.2.7")
        self.assertEqual(self.app.connections[0].client_port, 40000)
