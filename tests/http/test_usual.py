"""Heads that came before, and requests that come whole behind them: read as if nothing was remembered."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.http.errors import BadRequest
from acs.http.head import Head, parse_head
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Request, Response
from acs.http.reader import RequestReader
from acs.http.usual import LONGEST, MOST, UsualHeads
from tests import only_with
from tests.http.peer import Application, Peer
from tests.http.wire import post, request

LIMITS = Limits(head_bytes=400, headers=4, body_bytes=20)
LINES = (
    "Cookie: a=b", "Cookie: c=d; e=f", "cookie: g=h", "Cookie2: x", "COOKIE: i=j", "Cookie:k=l",
    "Cookie: ", "Cookie:", "Cookie:  two ", "Cookie: m\0n", "Cookie: o\rp", "Cookie: q\nHost: r", "Host: x",
    "Host: a\rCookie: ", "Host: a\rCookie: b", "Content-Length: 3", "Content-Length: 0", "Content-Length: 30",
    "Connection: close", "Transfer-Encoding: chunked", "Expect: 100-continue", "Cookie: " + "x" * 380,
    "Authorization: Basic x", 'Authorization: Digest a="b", c=d', "authorization: Basic y",
    "Authorization:z", "Authorization: q\nHost: r", "Proxy-Authorization: w",
    " folded", "no colon", "X : y", " folded content-length: 1",
)  # fmt: skip
"""Header lines, some of which differ in nothing but what is of one session alone."""

lines = st.lists(
    st.tuples(st.sampled_from(LINES), st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"])), max_size=6
)
ends = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"])
Lines = list[tuple[str, str]]


def head_of(several: Lines, end: str) -> bytes:
    """The bytes of a head of these lines."""
    text = "POST / HTTP/1.1" + end + "".join(line + ending for line, ending in several) + end
    return text.encode("latin-1")


def own(several: Lines, value: str) -> Lines:
    """The same lines with another value where one is of a session alone."""
    return [
        (f"{line.split(' ')[0]} {value}" if line.startswith(("Cookie: ", "Authorization: ")) else line, end)
        for line, end in several
    ]


class AlikeTests(SynchronousTestCase):
    """Whatever was read before, what comes is read as by a reader that remembers nothing."""

    @settings(max_examples=600, deadline=None)
    @given(lines, lines, ends, st.booleans(), st.sampled_from([b"", b"abc", b"abcPOST", b"\r\n"]))
    @example([("Cookie: a=b", "\r\n"), ("no colon", "\r\n"), (" folded", "\r\n")], [], "\r\n", True, b"")
    @example([("no colon", "\r\n"), ("Cookie: a=b", "\r\n"), ("Host: x", "\r\n")], [], "\r\n", True, b"")
    @example([("Host: x", "\r\n"), (" folded", "\r\n"), ("Cookie: a=b", "\r\n")], [], "\r\n", True, b"")
    @example([("Cookie: a", "\r\n"), ("Cookie: b", "\r\n")], [("Cookie: c", "\r\n")], "\r\n", True, b"")
    @example([("Host: a", "\r\n"), ("Cookie: b", "\r\n")], [("Host: a\rCookie: ", "\r\n")], "\r\n", True, b"")
    @example([("Cookie: a", "\r\n")], [("Cookie: " + "x" * 380, "\r\n")], "\r\n", True, b"")
    @example([("Cookie: a", "\r\n"), ("Content-Length: 3", "\r\n")], [], "\r\n", True, b"abc")
    def test_they_are_read_alike(self, one: Lines, two: Lines, end: str, lenient: bool, rest: bytes) -> None:
        tolerance = Tolerance(bare_lf=lenient, stray_lines=lenient)
        heads = UsualHeads(LIMITS)
        for several in (own(one, "v=w"), own(two, ""), one, two, own(one, "\tx"), one, two):
            data = head_of(several, end) + rest
            plain = self.outcome(RequestReader(LIMITS, tolerance), data)
            whole = heads.whole(data)
            if whole is not None:
                self.assertEqual(([whole], None), plain)
            self.assertEqual(plain, self.outcome(RequestReader(LIMITS, tolerance, heads), data))

    @settings(max_examples=300, deadline=None)
    @given(lines, ends)
    def test_heads_are_put_together_as_they_are_read(self, several: Lines, end: str) -> None:
        heads, raw = UsualHeads(LIMITS), head_of(several, end)
        for each in (head_of(own(several, "v=w"), end), raw):
            try:
                head: Head | None = parse_head(each, LIMITS, Tolerance())
            except BadRequest:
                head = None
            self.assertIn(heads.get(each), (None, head))
            if head is not None:
                heads.keep(each, head)

    def outcome(self, reader: RequestReader, data: bytes) -> tuple[list[Request], Any]:
        requests: list[Request] = []
        reader.feed(data)
        try:
            while (one := reader.next_request()) is not None:
                requests.append(one)
        except BadRequest as error:
            return requests, (error.status, error.reason, reader.head)
        return requests, (reader.state, reader.buffered) if reader.buffered else None


@only_with("heads")
@only_with("whole")
class MemoryTests(SynchronousTestCase):
    """What is kept, and what is not."""

    def setUp(self) -> None:
        self.heads = UsualHeads(Limits())

    def read(self, *headers: bytes) -> None:
        reader = RequestReader(Limits(), heads=self.heads)
        reader.feed(request(*headers))
        self.assertIsNotNone(reader.next_request())

    def test_one_is_kept_for_all_that_differ_in_what_is_their_own(self) -> None:
        for number in range(20):
            self.read(b"Host: a", b"Cookie: a=%d" % number, b"Authorization: Basic %d" % number)
        self.assertEqual(1, len(self.heads))
        whole = self.heads.whole(request(b"Host: a", b"Cookie: x", b"Authorization: y"))
        assert whole is not None
        self.assertEqual({"host": "a", "cookie": "x", "authorization": "y"}, whole.first)

    def test_no_secret_is_kept_however_it_is_spelled(self) -> None:
        for line in (b"authorization: SECRET", b"AUTHORIZATION:SECRET", b"Cookie:SECRET", b"cookie: SECRET"):
            self.read(line)
        for line in (b"Authorization: SECRET", b"Cookie: SECRET", b"Proxy-Authorization: SECRET"):
            self.read(line)
        self.assertNotIn("SECRET", repr(self.heads._kept))

    def test_no_more_are_kept_than_a_few_and_none_that_is_long(self) -> None:
        for number in range(2 * MOST):
            self.read(b"Host: %d" % number)
        self.assertEqual(MOST, len(self.heads))
        self.assertIsNone(self.heads.whole(request(b"Host: 0")))
        self.heads = UsualHeads(Limits())
        self.read(b"Host: " + b"a" * LONGEST)
        self.assertEqual(0, len(self.heads))


class ConnectionTests(SynchronousTestCase):
    """What is taken where it lies is taken between requests alone."""

    def setUp(self) -> None:
        clock = Clock()
        self.app = Application()
        factory = self.app.factory(clock)
        self.addCleanup(factory.doStop)
        Peer(factory).send(post(b"1"))
        self.peer = Peer(factory)

    def bodies(self) -> list[bytes]:
        return [each.body for each in self.app.requests[1:]]

    def test_behind_a_part_of_a_request_it_is_the_rest_of_that(self) -> None:
        inner = post(b"1")
        whole = post(inner)
        self.peer.send(whole[: -len(inner)])
        self.peer.send(inner)
        self.assertEqual([inner], self.bodies())
        self.peer.send(post(b"2"))
        self.assertEqual([inner, b"2"], self.bodies())

    def test_what_comes_before_the_answer_waits_for_it(self) -> None:
        due = Deferred[Response]()
        self.app.answer = lambda each: due if each.body == b"1" else Response(200, body=each.body)
        for number in range(1, 4):
            self.peer.send(post(b"%d" % number))
        self.assertEqual(([b"1"], b""), (self.bodies(), self.peer.received()))
        due.callback(Response(200, body=b"1"))
        self.assertEqual([b"1", b"2", b"3"], self.bodies())
        self.peer.send(post(b"4"))
        self.assertTrue(self.peer.received().endswith(b"4"))

    def test_a_client_that_does_not_take_its_answers_is_not_asked_for_more(self) -> None:
        self.app.answer = lambda each: (self.peer.protocol.pauseProducing(), Response(200))[1]
        self.peer.send(post(b"1"))
        self.assertFalse(self.peer.reading)
        self.peer.send(post(b"1"))
        self.assertEqual([b"1"], self.bodies())
        self.app.answer = lambda each: Response(200)
        self.peer.protocol.resumeProducing()
        self.assertEqual([b"1", b"1"], self.bodies())
        self.assertTrue(self.peer.reading)

    def test_blank_lines_are_counted_over_all_that_comes(self) -> None:
        for _ in range(9):
            self.peer.send(b"\r\n")
        self.assertEqual([400], [error.status for error, _, _ in self.app.refusals])

    def test_nothing_is_held_between_requests(self) -> None:
        whole = post(b"1")
        self.peer.send(whole[:5])
        self.peer.send(whole[5:])
        self.assertEqual([b"1"], self.bodies())
        self.assertIsNone(self.peer.protocol._reader)
