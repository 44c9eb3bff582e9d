"""Tests of `acs.hypertext.responses`: HTTP responses in any framing, in any pieces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.hypertext.responses import MAX_HEAD, BadResponse, Response, ResponseReader

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"
)


def whole(data: bytes, keep: int | None = None) -> Response:
    """The response in these bytes, given at once."""
    response = ResponseReader(keep).feed(data)
    assert response is not None
    return response


class ReadingTests(SynchronousTestCase):
    def test_a_body_of_a_length_is_read(self) -> None:
        response = whole(PLAIN)
        self.assertEqual((response.status, response.body, response.length), (200, b"hello", 5))
        self.assertEqual(list(response.all(b"set-cookie")), [b"a=1", b"b=2"])
        self.assertEqual(response.first(b"location"), b"")
        self.assertTrue(response.reusable)

    def test_a_chunked_body_is_read(self) -> None:
        response = whole(CHUNKED)
        self.assertEqual((response.body, response.length, response.reusable), (b"hello", 5, True))

    def test_statuses_without_a_body_need_no_length(self) -> None:
        for status in (b"204 No Content", b"304"):
            self.assertEqual(whole(b"HTTP/1.1 " + status + b"\r\n\r\n").body, b"")

    def test_interim_responses_are_passed_over(self) -> None:
        self.assertEqual(whole(b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN).body, b"hello")

    def test_a_body_may_last_until_the_connection_ends(self) -> None:
        reader = ResponseReader()
        self.assertIsNone(reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhel"))
        self.assertIsNone(reader.feed(b"lo"))
        response = reader.end()
        self.assertEqual((response.body, response.reusable), (b"hello", False))

    def test_lines_may_end_in_lf_alone_and_be_folded(self) -> None:
        head = b"HTTP/1.0 401 No\nWWW-Authenticate: Digest realm=a,\n  nonce=b\nContent-Length: 0\n\n"
        self.assertEqual(whole(head).first(b"www-authenticate"), b"Digest realm=a, nonce=b")

    def test_what_has_come_of_a_response_is_known(self) -> None:
        reader = ResponseReader()
        reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n")
        self.assertIsNone(reader.begun)
        reader.feed(b"\r\nhello")
        begun = reader.begun
        assert begun is not None
        self.assertEqual((begun.status, begun.body, begun.reusable), (200, b"hello", False))

    def test_a_connection_that_closes_is_not_reused(self) -> None:
        for head in (
            b"HTTP/1.1 200 OK\r\nConnection: Close\r\n",
            b"HTTP/1.0 200 OK\r\n",
            b"HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: close\r\n",
        ):
            self.assertFalse(whole(head + b"Content-Length: 0\r\n\r\n").reusable)
        self.assertTrue(
            whole(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").reusable
        )

    def test_what_comes_behind_a_response_spoils_the_connection(self) -> None:
        self.assertFalse(whole(PLAIN + b"more").reusable)

    def test_no_more_than_is_wanted_is_kept_of_a_long_body(self) -> None:
        reader = ResponseReader(keep=4)
        self.assertIsNone(reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\nab"))
        for _ in range(49):
            self.assertIsNone(reader.feed(b"c" * 1_000_000))
        response = reader.feed(b"d" * 999_998)
        assert response is not None
        self.assertEqual((response.body, response.length), (b"abcc", 50_000_000))


class RefusalTests(SynchronousTestCase):
    def refused(self, data: bytes) -> None:
        with self.assertRaises(BadResponse):
            ResponseReader().feed(data)

    def test_what_is_no_http_is_refused(self) -> None:
        self.refused(b"SSH-2.0-OpenSSH\r\n\r\n")
        self.refused(b"HTTP/1.1 099 Low\r\n\r\n")
        self.refused(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n")
        self.refused(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")
        self.refused(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")

    def test_what_does_not_end_is_refused(self) -> None:
        self.refused(b"HTTP/1.1 200 OK\r\nX: " + b"y" * MAX_HEAD)
        reader = ResponseReader()
        reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
        with self.assertRaises(BadResponse):
            for _ in range(40):
                reader.feed(b"z" * 1_000_000)

    def test_a_line_of_a_chunked_body_that_does_not_end_is_refused(self) -> None:
        reader = ResponseReader()
        reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with self.assertRaises(BadResponse):
            reader.feed(b"1;" + b"x" * MAX_HEAD)

    def test_no_more_is_read_than_is_wanted_whatever_it_is(self) -> None:
        interim = b"HTTP/1.1 100 Continue\r\n\r\n"
        for start, more in (
            (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
            (b"", interim),
            (b"HTTP/1.1 200 OK\r\n\r\n", b"z"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 50 + b"\r\nx\r\n"),
            (PLAIN, b"more"),
        ):
            reader = ResponseReader(most=1000)
            reader.feed(start)
            with self.assertRaises(BadResponse):
                for _ in range(1001):
                    reader.feed(more)

    def test_an_end_that_comes_too_early_is_refused(self) -> None:
        for data in (b"", PLAIN[:10], PLAIN[:-1], CHUNKED[:-1], b"HTTP/1.1 100 Continue\r\n\r\n"):
            reader = ResponseReader()
            self.assertIsNone(reader.feed(data))
            with self.assertRaises(BadResponse):
                reader.end()

    def test_it_is_known_whether_anything_came(self) -> None:
        reader = ResponseReader()
        self.assertTrue(reader.untouched)
        reader.feed(b"H")
        self.assertFalse(reader.untouched)


class ResponseProperties(SynchronousTestCase):
    @settings(max_examples=100, deadline=None)
    @given(st.sampled_from((PLAIN, CHUNKED)), st.lists(st.integers(0, 120), max_size=8))
    def test_a_response_is_the_same_in_any_pieces(self, data: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        reader = ResponseReader()
        pieces = [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]
        told = [response for piece in pieces if piece and (response := reader.feed(piece))]
        self.assertEqual(told, [whole(data)])

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_response_or_refused(self, data: bytes) -> None:
        reader = ResponseReader()
        try:
            reader.feed(b"HTTP/1.1 200 OK\r\n" + data) or reader.end()
        except BadResponse:
            return
