"""Request lines and header lines: how they are read, and which are refused."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.http.errors import BadRequest
from acs.http.limits import Limits
from tests.http.wire import SMALL, STRICT, post, read_whole, request, status_of

LOOSE = {
    b"POST /": ("/", 0),
    b"POST / HTTP/1.1 ": ("/", 1),
    b"POST  / HTTP/1.1": ("/", 1),
    b"POST / a HTTP/1.1": ("/%20a", 1),
    b"POST  HTTP/1.1": ("/", 1),
    b"POST\t/\tHTTP/1.1": ("/", 1),
    b"POST / http/1.1": ("/", 1),
}
"""Request lines that are not to the letter: their target and minor version."""

STRAY: dict[bytes, tuple[tuple[str, str], ...]] = {
    b"no colon": (),
    b"Host": (),
    b": x": (),
    b"SOAPAction : x": (("soapaction", "x"),),
    b"X Foo: x": (),
    b"X(1): x": (),
    b"Caf\xe9: x": (),
}
"""Lines that are no headers, and what is read of them."""


class RequestLineTests(SynchronousTestCase):
    def test_it_has_a_method_a_target_and_a_version(self) -> None:
        one = read_whole(request(line=b"GET /acs/x?id=1 HTTP/1.1"))
        self.assertEqual((one.method, one.target, one.path, one.minor), ("GET", "/acs/x?id=1", "/acs/x", 1))

    def test_the_path_of_every_form_of_target_is_found(self) -> None:
        paths = {
            b"/": "/",
            b"/acs?": "/acs",
            b"/acs?a=/b": "/acs",
            b"//acs": "//acs",
            b"*": "*",
            b"acs": "acs",
            b"http://acs.example.net:7547/acs/?x=y": "/acs/",
            b"HTTPS://acs.example.net/acs": "/acs",
            b"http://acs.example.net": "/",
            b"http://acs.example.net?x=/y": "/",
            b"http://[::1]:7547/acs": "/acs",
            b"/acs?u=http://a/b": "/acs",
            b"acs?u=http://a/b": "acs",
            b"/a://b/c": "/a://b/c",
            b"/a%2Fb": "/a%2Fb",
            b"/caf\xe9": "/caf\xe9",
        }
        found = {target: read_whole(request(line=b"POST %b HTTP/1.1" % target)).path for target in paths}
        self.assertEqual(found, paths)

    def test_unknown_methods_and_later_minor_versions_are_read(self) -> None:
        self.assertEqual(read_whole(request(line=b"BREW / HTTP/1.1")).method, "BREW")
        self.assertEqual(read_whole(request(line=b"GET / HTTP/1.7")).minor, 7)

    def test_a_line_that_is_none_is_refused(self) -> None:
        lines: dict[bytes, int] = {
            b"POST /": 400,
            b"POST": 400,
            b"POST / HTTP/1.1 ": 400,
            b"POST  / HTTP/1.1": 400,
            b"POST / a HTTP/1.1": 400,
            b"POST  HTTP/1.1": 400,
            b"POST\t/\tHTTP/1.1": 400,
            b" POST / HTTP/1.1": 400,
            b"PO(ST / HTTP/1.1": 400,
            b"ope>POST / HTTP/1.1": 400,
            b"</Envelope>POST / HTTP/1.1": 400,
            b"POST /\x07 HTTP/1.1": 400,
            b"POST /\x7f HTTP/1.1": 400,
            b"POST /a\tb HTTP/1.1": 400,
            b"POST / http/1.1": 400,
            b"POST / HTTP/1": 400,
            b"POST / HTTP/1.": 400,
            b"POST / HTTP/1.11": 400,
            b"POST / HTTP/1.x": 400,
            b"POST / HTTP/1.\xb2": 400,
            b"POST / HTTP/+1.1": 400,
            b"POST / SOAP/1.1": 400,
            b"POST / HTTP/0.9": 505,
            b"POST / HTTP/2.0": 505,
            b"POST / HTTP/3": 505,
            b"PRI * HTTP/2.0": 505,
        }
        found = {line: status_of(request(line=line), tolerance=STRICT) for line in lines}
        self.assertEqual(found, lines)
        kept = {line for line in lines if status_of(request(line=line)) is not None}
        self.assertEqual(lines.keys() - LOOSE.keys(), kept)

    def test_one_that_is_not_to_the_letter_is_read_as_it_is_meant(self) -> None:
        for line, (target, minor) in LOOSE.items():
            one = read_whole(request(line=line))
            self.assertEqual(("POST", target, minor), (one.method, one.target, one.minor), line)
            self.assertEqual(minor == 1, one.persistent)


class HeaderTests(SynchronousTestCase):
    def test_names_are_in_lower_case_and_values_without_blanks_in_the_order_they_came(self) -> None:
        one = read_whole(request(b"HOST:x", b"SOAPAction:", b"X-a: \t b \t", b"Host: y:1", b"COOKIE: a=b"))
        self.assertEqual(
            one.headers, (("host", "x"), ("soapaction", ""), ("x-a", "b"), ("host", "y:1"), ("cookie", "a=b"))
        )

    def test_values_are_latin_1(self) -> None:
        self.assertEqual(read_whole(request(b"X: caf\xe9\x01")).header("x"), "caf\xe9\x01")

    def test_the_head_is_kept_as_it_came(self) -> None:
        raw = request(b"hOsT:   x  ", b"Content-Length: 2", body=b"ab")
        self.assertEqual(read_whole(b"\r\n" + raw).head + b"ab", raw)

    def test_no_host_is_needed(self) -> None:
        self.assertEqual(read_whole(request()).headers, ())

    def test_a_line_that_is_no_header_is_refused(self) -> None:
        lines = [
            b"no colon",
            b"Host",
            b": x",
            b"SOAPAction : x",
            b" Folded: x",
            b"\tfolded",
            b"X Foo: x",
            b"X(1): x",
            b"Caf\xe9: x",
            b"X\0: x",
            b"X: a\0b",
            b"X: a\rb",
            b"X: a\r",
            b"\rX: a",
        ]
        refused = {line: status_of(request(b"Host: x", line), tolerance=STRICT) for line in lines}
        self.assertEqual(refused, dict.fromkeys(lines, 400))

    def test_lines_that_are_no_headers_are_passed_over_or_read_as_they_are_meant(self) -> None:
        for line, headers in STRAY.items():
            one = read_whole(request(b"Host: x", line, b"SOAPAction: y"))
            self.assertEqual((("host", "x"), *headers, ("soapaction", "y")), one.headers, line)

    def test_a_folded_header_is_one(self) -> None:
        one = read_whole(request(b"Host: x", b"Cookie: a=b;", b"  c=d", b"\t", b"\te=f ", b"X: y"))
        self.assertEqual((("host", "x"), ("cookie", "a=b; c=d e=f"), ("x", "y")), one.headers)
        self.assertEqual((), read_whole(request(b" folded from nothing")).headers)

    def test_a_folded_cookie_is_one_header_though_it_be_the_first_and_a_colon_in_it(self) -> None:
        one = read_whole(request(b"Cookie: a=b;", b" c: d", b"X: y"))
        self.assertEqual((("cookie", "a=b; c: d"), ("x", "y")), one.headers)

    def test_what_is_folded_into_no_header_is_none_either(self) -> None:
        one = read_whole(request(b"Host: x", b"no colon", b" folded", b" X: y", b"Z: z"))
        self.assertEqual((("host", "x"), ("z", "z")), one.headers)

    def test_what_says_how_long_a_request_is_has_to_be_exact(self) -> None:
        for lines in (
            [b"Content-Length : 5"],
            [b" Content-Length: 5"],
            [b"Content-Length: 5", b" 6"],
            [b"Content-Length: 5", b" "],
            [b"Transfer-Encoding : chunked"],
            [b"Transfer-Encoding: chunked", b"\tgzip"],
            [b"X: a", b" Transfer-Encoding: chunked"],
            [b"X\x0bTransfer-Encoding: chunked"],
            [b"(Content-Length): 5"],
            [b"Content-Length 5"],
            [b"Connection: close", b" keep-alive"],
            [b"Expect: 100-continue", b" "],
        ):
            self.assertEqual(400, status_of(request(b"Host: x", *lines)), lines)

    def test_bytes_that_stand_in_no_line_are_refused_all_the_same(self) -> None:
        for line in (b"X\0: x", b"X: a\0b", b"X: a\rb", b"X: a\r", b"\rX: a", b" a\0"):
            self.assertEqual(400, status_of(request(b"Host: x", line)), line)

    def test_a_reason_never_shows_the_value_of_a_header(self) -> None:
        for line in (b"Authorization : Basic c2VjcmV0", b" Basic c2VjcmV0", b"c2VjcmV0", b"A: c2VjcmV0\0"):
            error = self.assertRaises(BadRequest, read_whole, request(line), SMALL, STRICT)
            self.assertNotIn("c2VjcmV0", str(error))

    def test_as_many_headers_as_are_allowed_and_no_more(self) -> None:
        lines = [b"X: y"] * SMALL.headers
        self.assertIsNone(status_of(request(*lines)))
        self.assertEqual(status_of(request(*lines, b"X: y")), 431)
        self.assertIsNone(status_of(request(b"Cookie: a=b", *lines[1:])))
        self.assertEqual(status_of(request(b"Cookie: a=b", *lines)), 431)

    def test_a_head_as_long_as_is_allowed_and_no_longer(self) -> None:
        for end in (b"\r\n", b"\n"):
            room = SMALL.head_bytes - len(request(b"X: ", end=end))
            self.assertIsNone(status_of(request(b"X: " + b"x" * room, end=end)), end)
            self.assertEqual(status_of(request(b"X: " + b"x" * (room + 1), end=end)), 431, end)

    def test_a_head_without_end_is_refused_as_soon_as_it_is_too_long(self) -> None:
        self.assertIsNone(status_of(b"P" * SMALL.head_bytes))
        self.assertEqual(status_of(b"P" * (SMALL.head_bytes + 1)), 431)

    def test_a_long_body_does_not_count_as_head(self) -> None:
        self.assertIsNone(status_of(post(b"x" * 1000), Limits(head_bytes=100, body_bytes=1000)))


class LineEndTests(SynchronousTestCase):
    def test_lines_may_end_in_lf_alone(self) -> None:
        raw = request(b"Host: x", b"Content-Length: 6", body=b"a\r\n\r\nb", end=b"\n")
        for one in (read_whole(raw), read_whole(b"\n\n" + raw)):
            self.assertEqual((one.headers[0], one.body), (("host", "x"), b"a\r\n\r\nb"))
            self.assertEqual(one.head + one.body, raw)
        self.assertIsNone(status_of(raw))

    def test_lines_may_end_this_way_and_that(self) -> None:
        for raw in (
            b"POST / HTTP/1.1\nA: b\r\nContent-Length: 1\n\r\nx",
            b"POST / HTTP/1.1\r\nA: b\nContent-Length: 1\r\n\nx",
        ):
            self.assertEqual(read_whole(raw).headers, (("a", "b"), ("content-length", "1")))
            self.assertEqual(read_whole(raw).body, b"x")
            self.assertIsNone(status_of(raw))

    def test_a_bare_lf_is_refused_where_it_is_not_tolerated(self) -> None:
        for raw in (
            request(end=b"\n"),
            request(b"Host: x", end=b"\n"),
            b"POST / HTTP/1.1\r\nA: b\nContent-Length: 1\r\n\r\nx",
            b"\nPOST / HTTP/1.1\r\n\r\n",
        ):
            self.assertEqual(status_of(raw, tolerance=STRICT), 400, raw)
        self.assertIsNone(status_of(post(b"\n\n\n"), tolerance=STRICT))


class PersistenceTests(SynchronousTestCase):
    def test_the_client_says_whether_it_stays(self) -> None:
        old, new = b"POST / HTTP/1.0", b"POST / HTTP/1.1"
        stays: dict[tuple[bytes, ...], bool] = {
            (new,): True,
            (new, b"Connection: close"): False,
            (new, b"Connection: CLOSE"): False,
            (new, b"Connection: keep-alive"): True,
            (new, b"Connection: keep-alive,close"): False,
            (new, b"Connection: x ,\tClose"): False,
            (new, b"Connection: TE", b"Connection: close"): False,
            (new, b"Connection: closed"): True,
            (new, b"Connection:"): True,
            (b"POST / HTTP/1.2",): True,
            (old,): False,
            (old, b"Connection: Keep-Alive"): True,
            (old, b"Connection: keep-alive, close"): False,
            (old, b"Connection: x"): False,
        }
        found = {lines: read_whole(request(*lines[1:], line=lines[0])).persistent for lines in stays}
        self.assertEqual(found, stays)
