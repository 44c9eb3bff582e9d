"""The request reader as a whole: pieces, pipelines, what it waits for, and whatever bytes may come."""

from __future__ import annotations

import gc

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.http.errors import BadRequest
from acs.http.limits import Limits, Tolerance
from acs.http.reader import BLANK_LINES, RequestReader, State
from tests.http.wire import SMALL, STANDARD, STRICT, bytewise, chunked, cut, post, read, request

Expected = tuple[str, str, bytes]


class PipelineTests(SynchronousTestCase):
    def test_requests_come_out_in_the_order_they_came_in(self) -> None:
        requests, error = read([post(b"1") + chunked(b"2") + request() + post(b"4")])
        self.assertIsNone(error)
        self.assertEqual([one.body for one in requests], [b"1", b"2", b"", b"4"])

    def test_a_request_behind_is_not_read_before_it_is_asked_for(self) -> None:
        reader = RequestReader(SMALL)
        reader.feed(post(b"1") + b"\0 nonsense")
        first = reader.next_request()
        self.assertEqual(first and first.body, b"1")
        self.assertEqual(reader.buffered, len(b"\0 nonsense"))
        self.assertRaises(BadRequest, reader.next_request)

    def test_after_an_error_nothing_is_read_any_more(self) -> None:
        reader = RequestReader(SMALL)
        reader.feed(b"\0")
        error = self.assertRaises(BadRequest, reader.next_request)
        before = reader.buffered
        reader.feed(post(b"1"))
        self.assertIs(self.assertRaises(BadRequest, reader.next_request), error)
        self.assertEqual(reader.buffered, before)

    def test_a_few_blank_lines_may_stand_before_a_request_and_no_more(self) -> None:
        for blank in (b"\r\n", b"\n"):
            for pieces in (bytewise, lambda raw: [raw]):
                good = pieces((post(b"1") + blank * BLANK_LINES) * 2 + post(b"3"))
                self.assertEqual([len(read(good)[0]), read(good)[1]], [3, None])
                requests, error = read(pieces(post(b"1") + blank * (BLANK_LINES + 1)))
                self.assertEqual([len(requests), error and error.status], [1, 400])

    def test_what_will_never_be_a_request_is_refused_at_its_first_byte(self) -> None:
        for first in (b"\x16\x03\x01", b"<", b" ", b"\0", b"\xff", b"\r\r"):
            error = read([first])[1]
            self.assertEqual(error and error.status, 400, first)
        self.assertIn("TLS", str(read([b"\x16"])[1]))
        self.assertIn("TLS", str(read([b"\x16\x03\x01 random bytes may hold \n\n or \n\r\n too"])[1]))


class StateTests(SynchronousTestCase):
    def test_it_says_what_it_waits_for(self) -> None:
        for raw, last in ((post(b"abc"), b"abc"), (chunked(b"abc"), b"3\r\nabc\r\n0\r\n\r\n")):
            reader = RequestReader(SMALL)
            states = []
            for byte in bytewise(b"\r\n" + raw):
                reader.feed(byte)
                states.append(reader.state if reader.next_request() is None else State.IDLE)
            head = len(raw) - len(last)
            # A lone CR may yet become a blank line or an error: it counts as a beginning.
            self.assertEqual(states[:2], [State.HEAD, State.IDLE])
            self.assertEqual(states[2 : head + 1], [State.HEAD] * (head - 1))
            self.assertEqual(states[head + 1 :], [State.BODY] * len(last) + [State.IDLE])

    def test_it_is_idle_before_and_between_requests(self) -> None:
        reader = RequestReader(SMALL)
        self.assertIs(reader.state, State.IDLE)
        reader.feed(post(b"1") + b"\r\n")
        reader.next_request()
        self.assertIsNone(reader.next_request())
        self.assertIs(reader.state, State.IDLE)
        self.assertEqual(reader.buffered, 0)

    def test_between_requests_it_holds_nothing(self) -> None:
        reader = RequestReader(SMALL)
        for pieces in ([post(b"1")], bytewise(post(b"1"))):
            for piece in pieces:
                reader.feed(piece)
                one = reader.next_request()
            self.assertEqual(one and one.body, b"1")
            held = [what for what in gc.get_referents(reader) if isinstance(what, bytes | bytearray)]
            self.assertEqual(sum(map(len, held)), 0)

    def test_what_has_come_of_a_request_can_be_shown(self) -> None:
        reader = RequestReader(SMALL)
        reader.feed(post(b"1") + b"\r\nPOST / HT")
        reader.next_request()
        self.assertIsNone(reader.next_request())
        self.assertEqual((reader.head, reader.body(9)), (b"POST / HT", b""))
        reader.feed(b"TP/1.1\r\nContent-Length: 5\r\n\r\n123")
        self.assertIsNone(reader.next_request())
        self.assertEqual(reader.head, b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual((reader.body(9), reader.body(2)), (b"123", b"12"))

    def test_what_was_refused_can_be_shown(self) -> None:
        te, long = b"Transfer-Encoding: chunked", b"Content-Length: 1000"
        refused = {
            b"\0\1": (b"\0\1", b""),
            request(b"a\0") + b"tail": (request(b"a\0"), b"tail"),
            request(long, body=b"beginning"): (request(long), b"beginning"),
            request(te, body=b"2\r\nab\r\nX\r\nrest"): (request(te), b"abX\r\nrest"),
            b"P" * 1000: (b"P" * SMALL.head_bytes, b""),
        }
        for raw, shown in refused.items():
            reader = RequestReader(SMALL)
            reader.feed(raw)
            self.assertRaises(BadRequest, reader.next_request)
            self.assertEqual((reader.head, reader.body(20)), shown)
            self.assertEqual(reader.body(3), shown[1][:3])


class ContinueTests(SynchronousTestCase):
    def wants(self, raw: bytes) -> bool:
        reader = RequestReader(SMALL)
        reader.feed(raw)
        reader.next_request()
        return reader.take_wants_continue()

    def test_a_client_that_waits_for_a_100_is_known_by_its_header(self) -> None:
        length, expect = b"Content-Length: 1", b"Expect: 100-continue"
        wants = {
            request(length, expect): True,
            request(length, b"expect: 100-Continue"): True,
            request(b"Transfer-Encoding: chunked", expect): True,
            request(length, expect, line=b"POST / HTTP/1.0"): False,
            request(length, b"Expect: 200-ok"): False,
            request(length, expect, body=b"x"): False,
            request(b"Content-Length: 2", expect, body=b"x"): False,
            request(expect): False,
            request(b"Content-Length: 0", expect): False,
            request(length): False,
            request(length, expect)[:-1]: False,
        }
        self.assertEqual({raw: self.wants(raw) for raw in wants}, wants)

    def test_it_is_said_once(self) -> None:
        reader = RequestReader(SMALL)
        reader.feed(request(b"Content-Length: 1", b"Expect: 100-continue"))
        reader.next_request()
        self.assertEqual([reader.take_wants_continue(), reader.take_wants_continue()], [True, False])

    def test_a_body_above_the_limit_is_not_asked_for(self) -> None:
        reader = RequestReader(SMALL)
        reader.feed(request(b"Content-Length: 1000", b"Expect: 100-continue"))
        self.assertRaises(BadRequest, reader.next_request)
        self.assertFalse(reader.take_wants_continue())


tokens = st.text("ABCabc019-_!~", min_size=1, max_size=8)
values = st.text('abc ;,=\t"\xe9:/\x01', max_size=12).map(str.strip)
bodies = st.one_of(st.just(b""), st.binary(max_size=40), st.just(b"\r\n\r\nPOST / HTTP/1.1\r\n\r\n"))


@st.composite
def framed(draw: st.DrawFn) -> tuple[bytes, Expected]:
    """A valid request as bytes, and what it is to be read as."""
    method, target, body = draw(tokens), "/" + draw(st.text("ab/?%\xe9", max_size=9)), draw(bodies)
    end = draw(st.sampled_from([b"\r\n", b"\r\n", b"\n"]))
    lines = [f"X-{draw(tokens)}: {draw(values)}".encode("latin-1") for _ in range(draw(st.integers(0, 3)))]
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        lines.append(b"Transfer-Encoding: chunked")
        parts = [part for part in (body[:at], body[at:]) if part]
        coded = b"".join(b"%X;x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nT: x\r\n\r\n"
    else:
        lines.append(b"Content-Length: %d" % len(body))
        coded = body
    blank = draw(st.sampled_from([b"", b"", b"\r\n", b"\n\r\n"]))
    line = f"{method} {target} HTTP/1.{draw(st.integers(0, 9))}".encode("latin-1")
    return blank + request(*lines, line=line, body=coded, end=end), (method, target, body)


FRAGMENTS = [
    b"\r\n", b"\n", b"\r", b" ", b":", b",", b"\0", b"\x16", b"GET", b"HTTP/1.1", b"POST / HTTP/1.1\r\n",
    b"Host: x", b"Content-Length: 3", b"Content-Length:", b"Transfer-Encoding: chunked",
    b"Expect: 100-continue", b"3\r\nabc\r\n", b"0\r\n", b"3", b"abc", b";x", b"\r\n\r\n", b"x" * 90,
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
]  # fmt: skip
rubbish = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=8)), max_size=25).map(b"".join)
places = st.lists(st.integers(0, 700), max_size=12)
tolerances = st.sampled_from([STANDARD, STRICT])


class AnyBytesTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.lists(framed(), max_size=5), places)
    def test_valid_requests_are_the_same_however_they_are_cut(
        self, sent: list[tuple[bytes, Expected]], at: list[int]
    ) -> None:
        raw = b"".join(one for one, _ in sent)
        expected = [what for _, what in sent]
        whole = read([raw], Limits())
        self.assertEqual([(one.method, one.target, one.body) for one in whole[0]], expected)
        self.assertIsNone(whole[1])
        self.assertEqual(read(cut(raw, at), Limits()), whole)
        self.assertEqual(read(bytewise(raw), Limits()), whole)

    @settings(max_examples=200, deadline=None)
    @given(rubbish, places, tolerances)
    def test_any_bytes_have_one_reading_however_they_are_cut(
        self, raw: bytes, at: list[int], tolerance: Tolerance
    ) -> None:
        whole, error = read([raw], SMALL, tolerance)
        for pieces in (cut(raw, at), bytewise(raw)):
            requests, refusal = read(pieces, SMALL, tolerance)
            self.assertEqual(requests, whole)
            self.assertEqual(refusal is None, error is None)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(rubbish, max_size=4), tolerances)
    def test_nothing_is_held_beyond_the_limits(self, pieces: list[bytes], tolerance: Tolerance) -> None:
        reader = RequestReader(SMALL, tolerance)
        most = max((len(piece) for piece in pieces), default=0)
        for piece in pieces:
            reader.feed(piece)
            try:
                while (one := reader.next_request()) is not None:
                    self.assertLessEqual(len(one.body), SMALL.body_bytes)
                    self.assertLessEqual(len(one.head), SMALL.head_bytes)
                    self.assertLessEqual(len(one.headers), SMALL.headers)
                self.assertLessEqual(reader.buffered, max(SMALL.head_bytes, SMALL.body_bytes))
            except BadRequest as error:
                self.assertIn(error.status, (400, 413, 431, 505))
                self.assertLessEqual(reader.buffered, SMALL.head_bytes + most)
            self.assertLessEqual(len(reader.head), SMALL.head_bytes)
            self.assertLessEqual(len(reader.body(50)), 50)
