"""HTTP as badly written devices speak it, to the byte, over real sockets to a real appliance.

Each device opens a session and, with its second POST, is asked for the names of its parameters: which shows
that the second was found to belong to the first.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import zlib
from collections.abc import Callable, Iterator
from itertools import count

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, write_envelope
from tests.support import appliance
from tests.support.appliance import DEADLINE
from tests.support.router import inform

ASKED = b"<cwmp:GetParameterNames>"
_NUMBERS = count(1)

Head = Callable[[int, str], str]
"""The head of a request: of a body of that many bytes, with this cookie's value ("" for none yet)."""


def usual(length: int, cookie: str, line: str = "POST / HTTP/1.1", *more: str) -> str:
    """As it should be; ``more`` lines stand in front of Content-Length."""
    lines = [line, "Host: acs.example.net", 'Content-Type: text/xml; charset="utf-8"', "SOAPAction:", *more]
    if cookie:
        lines.append(f"Cookie: acs_session_id={cookie}")
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""])


def with_line(line: str) -> Head:
    return lambda length, cookie: usual(length, cookie, line)


def with_headers(*lines: str) -> Head:
    """Exactly these, and the cookie and the length."""
    return lambda length, cookie: "\r\n".join(
        [
            "POST / HTTP/1.1",
            *lines,
            *([f"Cookie: acs_session_id={cookie}"] if cookie else []),
            f"Content-Length: {length}",
            "",
            "",
        ]
    )


def with_cookie(*lines: str) -> Head:
    """The cookie comes back in these lines."""
    return lambda length, cookie: usual(
        length, "", "POST / HTTP/1.1", *[line.replace("VALUE", cookie) for line in lines if cookie]
    )


HEADS: dict[str, Head] = {
    "as it should be": usual,
    "HTTP/1.0 that stays": lambda length, cookie: usual(
        length, cookie, "POST / HTTP/1.0", "Connection: Keep-Alive"
    ),
    "no Host": with_headers("Content-Type: text/xml"),
    "an empty Host": with_headers("Host:"),
    "an address as Host": with_headers("Host: 192.0.2.1"),
    "an address and a port as Host": with_headers("Host: 192.0.2.1:7547"),
    "the talk's Host": with_headers("Host: 10.1.2.3:80"),
    "an IPv6 address as Host": with_headers("Host: [2001:db8::1]:7547"),
    "a wrong name and a wrong port": with_headers("Host: elsewhere.example:99999"),
    "two Hosts": with_headers("Host: a", "Host: b"),
    "the talk's cookie": with_cookie('Cookie: acs_session_id=VALUE;$Path="/acs/";$Domain="acs.example.net"'),
    "the talk's cookies": with_cookie(
        'Cookie: acs_session_id=VALUE;$Path="/acs/";$Domain="acs.example.net"',
        'Cookie: 21-Feb-2018 10:33:37 GMT;$Path="/acs/";$Domain="acs.example.net"',
    ),
    "the wreck of a date first": with_cookie(
        "Cookie: expires=Wed, 21-Feb-2018 10:33:37 GMT", "Cookie: acs_session_id=VALUE"
    ),
    "cookies with commas": with_cookie("Cookie: lb=node1, acs_session_id=VALUE, x=y"),
    "a quoted cookie": with_cookie('Cookie: acs_session_id="VALUE"'),
    "a cookie twice": with_cookie("Cookie: acs_session_id=VALUE; acs_session_id=VALUE"),
    "two cookies, an old one first": with_cookie("Cookie: acs_session_id=old; acs_session_id=VALUE"),
    "a cookie in upper case": with_cookie("COOKIE: ACS_SESSION_ID=VALUE"),
    "a cookie by RFC 2965": with_cookie(
        'Cookie: $Version="0"; acs_session_id=VALUE;$Path=/', "Cookie2: $Version=1"
    ),
    "a cookie behind its attributes": with_cookie("Cookie: Path=/; acs_session_id=VALUE; HttpOnly"),
    "a cookie and no blank": with_cookie("Cookie:acs_session_id=VALUE"),
    "no cookie": with_cookie(),
    "a foreign cookie": with_cookie("Cookie: other=thing"),
    "absolute form": with_line("POST http://acs.example.net:7547/ HTTP/1.1"),
    "absolute form without a path": with_line("POST http://acs.example.net HTTP/1.1"),
    "any path": with_line("POST /cwmp/acs?x=y HTTP/1.1"),
    "two blanks in the request line": with_line("POST  /  HTTP/1.1"),
    "a blank behind the request line": with_line("POST / HTTP/1.1 "),
    "a version in lower case": with_line("POST / http/1.1"),
    "no target": with_line("POST  HTTP/1.1"),
    "a later minor version": with_line("POST / HTTP/1.2"),
    "LF alone": lambda length, cookie: usual(length, cookie).replace("\r\n", "\n"),
    "LF here and there": lambda length, cookie: usual(length, cookie).replace('utf-8"\r\n', 'utf-8"\n'),
    "a folded header": with_headers("Host: acs", "User-Agent: Box", " 1.0", "\t(tm)"),
    "a folded cookie": with_cookie("Cookie: lb=node1;", " acs_session_id=VALUE"),
    "a blank before the colon": with_headers("Host: acs", "SOAPAction : "),
    "a line that is no header": with_headers("Host: acs", "garbage", "X(1): y"),
    "no Content-Type": with_headers("Host: acs"),
    "an empty Content-Type": with_headers("Host: acs", "Content-Type: "),
    "text/html": with_headers("Host: acs", "Content-Type: text/html"),
    "multipart": with_headers("Host: acs", "Content-Type: multipart/form-data; boundary=x"),
    "a form": with_headers("Host: acs", "Content-Type: application/x-www-form-urlencoded"),
    "text/plain in UTF-8": with_headers("Host: acs", "Content-Type: text/plain; charset=utf-8"),
    "ISO 8859-1": with_headers("Host: acs", "Content-Type: text/xml; charset=ISO-8859-1"),
    "a charset that is none": with_headers("Host: acs", "Content-Type: text/xml; charset=klingon"),
    "no SOAPAction": with_headers("Host: acs", "Content-Type: text/xml"),
    "a SOAPAction with a name": with_headers("Host: acs", "SOAPAction: Inform"),
    "a quoted SOAPAction": with_headers("Host: acs", 'SOAPAction: "urn:dslforum-org:cwmp-1-0#Inform"'),
    "header names in capitals": lambda length, cookie: usual(length, cookie).replace(
        "Content-L", "CONTENT-L"
    ),
    "a length that is said twice": with_headers("Host: acs", "X: y"),
    "Basic credentials that nobody asked for": with_headers("Host: acs", "Authorization: Basic Og=="),
    "an Expect that is none of ours": with_headers("Host: acs", "Expect: something"),
}
"""How the heads of a device's requests look."""


class Device:
    """A device at an address of its own; `reconnect` gives it another connection."""

    def __init__(self, port: int) -> None:
        self.number = next(_NUMBERS)
        self.port = port
        self.cookie = ""
        who = v.DeviceId("Sloppy", "00D09E", "Box", f"{self.number:06d}")
        self.id = who.key
        self.inform = write_envelope(Envelope(inform("1 BOOT", identity=who), header=Header("1")))
        self.connection = self.connect()

    def connect(self) -> socket.socket:
        source = f"127.1.{self.number // 250}.{self.number % 250 + 1}"
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE, (source, 0))

    @property
    def address(self) -> str:
        return str(self.connection.getsockname()[0])

    def reconnect(self) -> None:
        self.connection.close()
        self.connection = self.connect()

    def post(self, raw: bytes) -> tuple[int, bytes, bytes]:
        self.connection.sendall(raw)
        return self.answer()

    def answer(self) -> tuple[int, bytes, bytes]:
        """The status, head and body of the next answer."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.connection.recv(1)
            if not byte:
                raise AssertionError(f"the connection was closed after {head!r}")
            head += byte
        length = re.search(rb"Content-Length: (\d+)", head)
        body = b""
        while length is not None and len(body) < int(length[1]):
            body += self.connection.recv(int(length[1]) - len(body))
        if cookie := re.search(rb"Set-Cookie: acs_session_id=([^;]+)", head):
            self.cookie = cookie[1].decode()
        return int(head.split()[1]), head, body


class SloppyCase(SynchronousTestCase):
    """``self.appliance`` is one for all tests."""

    def setUp(self) -> None:
        self.appliance = appliance.shared()
        self.addCleanup(self.appliance.look_at_log)

    def device(self) -> Device:
        device = Device(self.appliance.cwmp)
        self.addCleanup(lambda: device.connection.close())
        return device

    def sent(self, head: Head, device: Device, body: bytes, coded: bytes | None = None) -> bytes:
        return head(len(body if coded is None else coded), device.cookie).encode("latin-1") + (
            body if coded is None else coded
        )

    def assert_asked(self, answer: tuple[int, bytes, bytes], about: str) -> None:
        """The ACS asks for names: the session was found."""
        self.assertEqual(200, answer[0], (about, answer))
        self.assertIn(ASKED, answer[2], (about, answer))


class HeadTests(SloppyCase):
    def test_each_is_understood(self) -> None:
        for about, head in HEADS.items():
            device = self.device()
            status, _, body = device.post(self.sent(head, device, device.inform))
            self.assertEqual(200, status, (about, body))
            self.assertIn(b"<cwmp:InformResponse>", body, about)
            self.assert_asked(device.post(self.sent(head, device, b"")), about)

    def test_those_that_bring_the_cookie_may_change_the_connection(self) -> None:
        without = {"no cookie", "a foreign cookie"}
        for about in HEADS.keys() - without:
            device = self.device()
            device.post(self.sent(HEADS[about], device, device.inform))
            device.reconnect()
            self.assert_asked(device.post(self.sent(HEADS[about], device, b"")), about)

    def test_those_that_bring_none_may_not(self) -> None:
        for about in ("no cookie", "a foreign cookie"):
            device = self.device()
            device.post(self.sent(HEADS[about], device, device.inform))
            device.reconnect()
            self.assertEqual(204, device.post(self.sent(HEADS[about], device, b""))[0], about)

    def test_nor_those_unless_they_are_known_for_it(self) -> None:
        device = self.device()
        self.appliance.acsctl("quirk", "add", "bind-by-address", "--device", device.id)
        device.post(self.sent(HEADS["no cookie"], device, device.inform))
        device.reconnect()
        self.assert_asked(device.post(self.sent(HEADS["no cookie"], device, b"")), "bound by its address")
        self.assertEqual(["bind-by-address"], self.appliance.asked("device", "show", device.id)["quirks"])

    def test_http_1_0_closes_after_each_answer_unless_it_wants_to_stay(self) -> None:
        for line, more, stays in (
            ("POST / HTTP/1.0", (), False),
            ("POST /", (), False),
            ("POST / HTTP/1.0", ("Connection: keep-alive",), True),
            ("POST / HTTP/1.1", ("Connection: close",), False),
            ("POST / HTTP/1.1", ("Connection: keep-alive,close",), False),
        ):
            device = self.device()

            def head(length: int, cookie: str, line: str = line, more: tuple[str, ...] = more) -> str:
                return usual(length, cookie, line, *more)

            _, said, _ = device.post(self.sent(head, device, device.inform))
            self.assertIs(stays, b"Connection: close" not in said, line)
            if not stays:
                self.assertEqual(b"", device.connection.recv(1))
                device.reconnect()
            self.assert_asked(device.post(self.sent(head, device, b"")), line)

    def test_the_previous_sessions_cookie_on_an_inform_is_no_matter(self) -> None:
        device = self.device()
        device.post(self.sent(usual, device, device.inform))
        before = device.cookie
        status, _, body = device.post(
            self.sent(usual, device, device.inform.replace(b"1 BOOT", b"2 PERIODIC"))
        )
        self.assertEqual((200, True), (status, b"InformResponse" in body))
        self.assertNotEqual(before, device.cookie)


class BodyTests(SloppyCase):
    def bodies(self, body: bytes) -> Iterator[tuple[str, bytes]]:
        """The same request in many forms."""
        raw = zlib.compressobj(wbits=-15)
        for about, coding, coded in (
            ("gzip", "gzip", gzip.compress(body)),
            ("x-gzip", "x-gzip", gzip.compress(body)),
            ("zlib's deflate", "deflate", zlib.compress(body)),
            ("bare deflate", "deflate", raw.compress(body) + raw.flush()),
            ("identity", "identity", body),
            ("a coding in capitals", "GZIP", gzip.compress(body)),
        ):
            yield (
                about,
                usual(len(coded), "", "POST / HTTP/1.1", f"Content-Encoding: {coding}").encode() + coded,
            )
        chunked = (
            b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:7], body[7:])) + b"0\r\n\r\n"
        )
        for line in ("POST / HTTP/1.1", "POST / HTTP/1.0"):
            head = f"{line}\r\nHost: acs\r\nTransfer-Encoding: chunked\r\n\r\n"
            yield f"chunked, {line}", head.encode() + chunked
        yield (
            "chunked with extensions and trailers",
            (
                b"POST / HTTP/1.1\r\nTRANSFER-ENCODING: Chunked\r\n\r\n"
                + b"%X;a=b\r\n%b\r\n" % (len(body), body)
                + b"000\r\nX-Trailer: y\r\n\r\n"
            ),
        )
        for about, more in (
            ("line ends behind the envelope", b"\r\n\r\n"),
            ("garbage behind the envelope", b"\0\0garbage"),
            ("a second document behind the envelope", b"<more/>"),
        ):
            yield about, usual(len(body) + len(more), "").encode() + body + more
        yield "blank lines before the request", b"\r\n\r\n" + usual(len(body), "").encode() + body
        yield "a byte order mark", usual(len(body) + 3, "").encode() + b"\xef\xbb\xbf" + body
        yield "blank lines before the envelope", usual(len(body) + 4, "").encode() + b"\r\n\r\n" + body

    def test_each_is_read(self) -> None:
        for about, _ in self.bodies(b""):
            device = self.device()
            raw = dict(self.bodies(device.inform))[about]
            status, head, body = device.post(raw)
            self.assertEqual((200, True), (status, b"InformResponse" in body), (about, body))
            if b"Connection: close" in head:
                device.reconnect()
            self.assert_asked(device.post(self.sent(usual, device, b"")), about)

    def test_what_says_nothing_is_as_good_as_an_empty_post(self) -> None:
        namespace = "http://schemas.xmlsoap.org/soap/envelope/"
        for about, body, more in (
            ("nothing", b"", ()),
            ("white space", b" \r\n", ()),
            ("an empty envelope", f'<s:Envelope xmlns:s="{namespace}"><s:Body/></s:Envelope>'.encode(), ()),
            ("a compressed nothing", b"", ("Content-Encoding: gzip",)),
            ("no chunks", None, ("Transfer-Encoding: chunked",)),
        ):
            device = self.device()
            device.post(self.sent(usual, device, device.inform))
            if body is None:
                head = f"POST / HTTP/1.1\r\nCookie: acs_session_id={device.cookie}\r\n{more[0]}\r\n\r\n"
                raw = head.encode() + b"0\r\n\r\n"
            else:
                raw = usual(len(body), device.cookie, "POST / HTTP/1.1", *more).encode() + body
            self.assert_asked(device.post(raw), about)

    def test_a_post_without_a_length_is_an_empty_one(self) -> None:
        device = self.device()
        device.post(self.sent(usual, device, device.inform))
        head = f"POST / HTTP/1.1\r\nHost: acs\r\nCookie: acs_session_id={device.cookie}\r\n\r\n"
        self.assert_asked(device.post(head.encode()), "no Content-Length")

    def test_one_that_waits_for_a_100_gets_it(self) -> None:
        device = self.device()
        head = usual(len(device.inform), "", "POST / HTTP/1.1", "Expect: 100-continue")
        self.assertEqual(100, device.post(head.encode())[0])
        self.assertEqual(200, device.post(device.inform)[0])
        self.assert_asked(device.post(self.sent(usual, device, b"")), "100-continue")

    def test_one_of_http_1_0_does_not(self) -> None:
        device = self.device()
        head = usual(len(device.inform), "", "POST / HTTP/1.0", "Expect: 100-continue")
        device.connection.sendall(head.encode())
        self.assertEqual(200, device.post(device.inform)[0])

    def test_posts_that_come_together_are_answered_in_order(self) -> None:
        device = self.device()
        self.assertEqual(200, device.post(self.sent(usual, device, device.inform) + usual(0, "").encode())[0])
        self.assert_asked(device.answer(), "pipelined")

    def test_a_byte_at_a_time(self) -> None:
        device = self.device()
        device.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in self.sent(usual, device, device.inform):
            device.connection.send(bytes([byte]))
        self.assertEqual(200, device.answer()[0])

    def test_a_length_that_counts_characters_is_understood_the_second_time(self) -> None:
        device = self.device()
        umlauts = device.inform.replace(b"1.0</Value>", "Größe 1.0</Value>".encode())
        self.assertNotEqual(umlauts, device.inform)
        raw = usual(len(umlauts.decode()), "").encode() + umlauts
        self.assertEqual(400, device.post(raw)[0])
        device.reconnect()
        status, _, body = device.post(raw)
        self.assertEqual((200, True), (status, b"InformResponse" in body))
        self.assert_asked(device.post(self.sent(usual, device, b"")), "too short a length")

    def test_an_empty_post_to_begin_with_is_harmless(self) -> None:
        device = self.device()
        self.assertEqual(204, device.post(usual(0, "").encode())[0])
        self.assertEqual(200, device.post(self.sent(usual, device, device.inform))[0])


CHUNKED = b"Transfer-Encoding: chunked"
ONE_BYTE = b"Content-Length: 1"


def exactly(*headers: bytes, body: bytes = b"") -> bytes:
    """A POST with these header lines and no others."""
    return b"\r\n".join([b"POST / HTTP/1.1", *headers, b"", body])


class RefusalTests(SloppyCase):
    """What has two meanings, or none, is refused with a reason, which is kept."""

    BAD: dict[str, tuple[bytes, int, str]] = {
        "both length and chunks": (
            exactly(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
            400,
            "both Transfer-Encoding and Content-Length",
        ),
        "lengths that differ": (
            exactly(b"Content-Length: 5", b"Content-Length: 6"),
            400,
            "several Content-Lengths that differ",
        ),
        "a negative length": (exactly(b"Content-Length: -1"), 400, "is no number"),
        "an empty length": (exactly(b"Content-Length:"), 400, "is no number"),
        "a folded length": (exactly(b"Content-Length: 1", b" 0"), 400, "is folded"),
        "a blank before its colon": (exactly(b"Content-Length : 1"), 400, "is not written to the letter"),
        "another transfer coding": (exactly(b"Transfer-Encoding: gzip, chunked"), 400, "other than chunked"),
        "chunk lines that end in LF": (exactly(CHUNKED, body=b"1\nx\n0\n\n"), 400, "does not end in CRLF"),
        "another content coding": (exactly(ONE_BYTE, b"Content-Encoding: br", body=b"x"), 415, "'br' is not"),
        "what is no gzip": (exactly(ONE_BYTE, b"Content-Encoding: gzip", body=b"x"), 400, "is no gzip"),
        "another method": (b"GET / HTTP/1.1\r\n\r\n", 405, "where only POST is served"),
        "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "'HTTP/2.0' is not spoken here"),
        "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "0x16 (TLS?)"),
        "nothing but NULs": (b"\0\0\0\0", 400, "0x00"),
        "a NUL in a header": (exactly(b"X: a\0b"), 400, "a NUL in the head"),
        "a bare CR in a header": (exactly(b"X: a\rb"), 400, "a CR within a line"),
        "one word": (b"POST\r\n\r\n", 400, "a request line is a method"),
        "a body that is no XML": (exactly(b"Content-Length: 7", body=b"garbage"), 400, "not XML"),
        "too large a body": (exactly(b"Content-Length: 99999999"), 413, "99999999 bytes"),
        "an absurd length": (exactly(b"Content-Length: 9999999999999999"), 413, "digits"),
        "too long a head": (exactly(b"X: " + b"y" * 70_000), 431, "65536 bytes"),
        "too many headers": (exactly(*[b"X: y"] * 201), 431, "more than 200"),
    }

    def test_each_is_answered_kept_and_told_in_one_line(self) -> None:
        for about, (raw, status, reason) in self.BAD.items():
            device = self.device()
            found, head, body = device.post(raw)
            self.assertEqual(status, found, (about, body))
            self.assertIn(reason, body.decode(), about)
            self.assertIn(b"Connection: close", head, about)
            address = device.connection.getsockname()[0]
            (kept,) = self.appliance.asked("session", "list", "--client-ip", address)
            self.assertEqual("failed", kept["result"], about)
            self.assertIn(reason, kept["failure"], about)
            lines = [line for line in self.appliance.log().splitlines() if f" {address} " in line]
            self.assertEqual(1, len(lines), (about, lines))
        self.assertNotIn("Traceback", self.appliance.log())
        self.assertTrue(json.dumps(self.appliance.asked("session", "list")))
