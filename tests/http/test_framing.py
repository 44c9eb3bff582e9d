"""Where a body ends: by its length or by its chunks, in one way only."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.http.chunks import LINE_BYTES
from acs.http.limits import Limits
from tests.http.wire import SMALL, bytewise, chunked, post, read, read_whole, request, status_of

TE = b"Transfer-Encoding: chunked"


def chunks(body: bytes) -> bytes:
    """A chunked request with exactly these bytes behind its head."""
    return request(TE, body=body)


class LengthTests(SynchronousTestCase):
    def test_the_body_is_as_long_as_it_says(self) -> None:
        self.assertEqual(read_whole(post(b"a\r\n\r\nb\0")).body, b"a\r\n\r\nb\0")

    def test_without_a_length_there_is_no_body(self) -> None:
        for line in (b"POST / HTTP/1.1", b"POST / HTTP/1.0", b"GET / HTTP/1.1"):
            self.assertEqual(read_whole(request(b"Content-Type: text/xml", line=line)).body, b"")

    def test_a_body_that_was_not_announced_is_taken_for_the_next_request_and_refused(self) -> None:
        requests, error = read([request(body=b"<soap:Envelope/>\r\n\r\n")])
        self.assertEqual(len(requests), 1)
        self.assertEqual(error and error.status, 400)

    def test_a_length_may_be_said_again_but_not_differently(self) -> None:
        said: dict[tuple[bytes, ...], int | None] = {
            (b"Content-Length: 3", b"Content-Length: 3"): None,
            (b"Content-Length: 3, 3",): None,
            (b"Content-Length: 3", b"content-length: 4"): 400,
            (b"Content-Length: 3, 4",): 400,
            (b"Content-Length: 3,",): 400,
            (b"Content-Length: 3", b"Content-Length:"): 400,
        }
        self.assertEqual({lines: status_of(request(*lines, body=b"abc")) for lines in said}, said)

    def test_a_length_that_is_no_number_is_refused(self) -> None:
        lengths = [
            b"",
            b"+3",
            b"-3",
            b"3 3",
            b"0x3",
            b"3.0",
            b"1_0",
            b"three",
            b"\xb2",
            b"\xb3",
            b"3;",
            b'"3"',
        ]
        refused = {n: status_of(request(b"Content-Length: " + n, body=b"abc")) for n in lengths}
        self.assertEqual(refused, dict.fromkeys(lengths, 400))

    def test_a_length_above_the_limit_is_refused_before_the_body_comes(self) -> None:
        self.assertEqual(status_of(request(b"Content-Length: %d" % (SMALL.body_bytes + 1))), 413)
        self.assertEqual(status_of(request(b"Content-Length: " + b"9" * 5000), Limits()), 413)
        self.assertIsNone(status_of(post(b"x" * SMALL.body_bytes)))

    def test_get_and_head_may_have_a_body(self) -> None:
        for method in (b"GET", b"HEAD", b"PUT", b"DELETE"):
            one = read_whole(request(b"Content-Length: 1", line=method + b" / HTTP/1.1", body=b"x"))
            self.assertEqual(one.body, b"x")


class ChunkTests(SynchronousTestCase):
    def test_chunks_are_put_together(self) -> None:
        self.assertEqual(read_whole(chunked(b"a", b"bc\r\n", b"0" * 17)).body, b"abc\r\n" + b"0" * 17)

    def test_the_coding_may_be_written_in_any_case(self) -> None:
        for value in (b"CHUNKED", b" Chunked\t"):
            one = read_whole(request(b"transfer-encoding:" + value, body=b"1\r\na\r\n0\r\n\r\n"))
            self.assertEqual(one.body, b"a")

    def test_sizes_extensions_and_trailers_of_every_legal_form_are_read(self) -> None:
        for body in (
            b"A\r\n0123456789\r\n0\r\n\r\n",
            b"a\r\n0123456789\r\n0\r\n\r\n",
            b"000000000000000a\r\n0123456789\r\n000\r\n\r\n",
            b"a  \r\n0123456789\r\n0 \r\n\r\n",
            b"a;name\r\n0123456789\r\n0;last\r\n\r\n",
            b'a ; name="va;l"\r\n0123456789\r\n0\r\n\r\n',
            b"a\r\n0123456789\r\n0\r\nExpires: never\r\nX:\r\n\r\n",
        ):
            raw = chunks(body)
            requests, error = read([raw + post(b"next")])
            self.assertIsNone(error, body)
            self.assertEqual([one.body for one in requests], [b"0123456789", b"next"], body)
            self.assertIsNone(status_of(raw), body)

    def test_trailers_are_not_headers(self) -> None:
        one = read_whole(chunks(b"0\r\nCookie: a=b\r\n\r\n"))
        self.assertIsNone(one.header("cookie"))

    def test_chunks_that_are_none_are_refused(self) -> None:
        bodies = [
            b"\r\n",
            b"g\r\n",
            b"-1\r\n",
            b"+1\r\na\r\n0\r\n\r\n",
            b"0x1\r\na\r\n0\r\n\r\n",
            b"1_0\r\n",
            b" 1\r\na\r\n0\r\n\r\n",
            b"1 1\r\na\r\n",
            b";x\r\n",
            b"00000000000000001\r\na\r\n",
            b"\xb2\r\n",
            b"1\na\r\n0\r\n\r\n",
            b"1\r\na\n0\r\n\r\n",
            b"1\r\nab\r\n0\r\n\r\n",
            b"2\r\na\r\n0\r\n\r\n",
            b"1\r\na\r\n0\n\n",
            b"1\r\na\r\n0\r\n\n",
            b"1;a\rb\r\na\r\n",
            b"1;a\0b\r\na\r\n",
            b"1;a\nb\r\na\r\n",
            b"0\r\nno colon\r\n\r\n",
            b"0\r\nX : y\r\n\r\n",
            b"0\r\n folded\r\n\r\n",
            b"0\r\nPOST / HTTP/1.1\r\n\r\n",
        ]
        refused = {body: status_of(chunks(body)) for body in bodies}
        self.assertEqual(refused, dict.fromkeys(bodies, 400))

    def test_a_body_above_the_limit_is_refused_as_soon_as_a_chunk_says_so(self) -> None:
        most = SMALL.body_bytes
        self.assertIsNone(status_of(chunked(b"x" * most)))
        self.assertEqual(status_of(chunks(b"%x\r\n" % (most + 1))), 413)
        self.assertEqual(status_of(chunks(b"%x\r\n%b\r\n1\r\n" % (most, b"x" * most))), 413)
        self.assertEqual(status_of(chunks(b"f" * 16 + b"\r\n")), 413)

    def test_what_is_thrown_away_is_bounded_too(self) -> None:
        limits = Limits(head_bytes=2 * LINE_BYTES, headers=3)
        line = b"1;" + b"x" * (LINE_BYTES - 4)
        self.assertIsNone(status_of(chunks(line + b"\r\na\r\n0\r\n\r\n"), limits))
        self.assertEqual(status_of(chunks(line + b"x\r\na\r\n0\r\n\r\n"), limits), 400)
        self.assertEqual(status_of(chunks((line + b"\r\na\r\n") * 3 + b"0\r\n\r\n"), limits), 400)
        self.assertIsNone(status_of(chunks(b"0\r\n" + b"X: y\r\n" * 3 + b"\r\n"), limits))
        self.assertEqual(status_of(chunks(b"0\r\n" + b"X: y\r\n" * 4 + b"\r\n"), limits), 431)

    def test_an_endless_line_is_refused(self) -> None:
        self.assertEqual(status_of(chunks(b"1;" + b"x" * LINE_BYTES), Limits()), 400)
        self.assertEqual(status_of(chunks(b"0\r\nX:" + b"x" * LINE_BYTES), Limits()), 400)

    def test_a_chunked_http_1_0_request_is_read_and_is_the_last(self) -> None:
        one = read_whole(chunked(b"a", line=b"POST / HTTP/1.0", headers=[b"Connection: keep-alive"]))
        self.assertEqual((one.body, one.persistent), (b"a", False))


class AmbiguityTests(SynchronousTestCase):
    def test_what_could_be_read_in_two_ways_is_refused(self) -> None:
        framings: list[tuple[bytes, ...]] = [
            (TE, b"Content-Length: 5"),
            (b"Content-Length: 0", TE),
            (TE, TE),
            (b"Transfer-Encoding: chunked, chunked",),
            (b"Transfer-Encoding: gzip, chunked",),
            (b"Transfer-Encoding: chunked, identity",),
            (b"Transfer-Encoding: identity",),
            (b"Transfer-Encoding: identity", b"Content-Length: 5"),
            (b"Transfer-Encoding:",),
            (b"Transfer-Encoding: xchunked",),
            (b'Transfer-Encoding: "chunked"',),
            (b"Transfer-Encoding: chunked;q=1",),
            (b"Transfer-Encoding: \x0bchunked",),
        ]
        refused = {lines: status_of(request(*lines, body=b"0\r\n\r\n")) for lines in framings}
        self.assertEqual(refused, dict.fromkeys(framings, 400))


class LargeBodyTests(SynchronousTestCase):
    def test_a_large_body_in_small_pieces_takes_time_in_proportion(self) -> None:
        # Were it quadratic in any part, half a million pieces would take minutes.
        body = b"0123456789abcdef" * 32768
        raws = (
            post(body),
            chunked(body),
            chunked(*[b"x"] * 80_000),
            request(b"X: " + b"x" * 60_000),
            request(TE, body=b"0\r\n" + (b"X: " + b"x" * 4000 + b"\r\n") * 100 + b"\r\n"),
        )
        for raw in raws:
            requests, error = read(bytewise(raw), Limits())
            self.assertIsNone(error)
            self.assertEqual(len(requests), 1)
