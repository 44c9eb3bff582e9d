"""What a response looks like on the wire, and which must not be sent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.http.messages import Response, write_response
from acs.http.reader import Limits, RequestReader

XML = ("Content-Type", 'text/xml; charset="utf-8"')


class WriteResponseTests(SynchronousTestCase):
    def test_a_response_has_its_length_and_nothing_that_nobody_asked_for(self) -> None:
        self.assertEqual(
            write_response(Response(200, (XML, ("Set-Cookie", "a=b; Path=/")), b"<x/>")),
            b"HTTP/1.1 200 OK\r\n"
            b'Content-Type: text/xml; charset="utf-8"\r\n'
            b"Set-Cookie: a=b; Path=/\r\n"
            b"Content-Length: 4\r\n"
            b"\r\n"
            b"<x/>",
        )

    def test_an_empty_body_has_the_length_nought(self) -> None:
        self.assertEqual(write_response(Response(200)), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def test_a_204_has_neither_length_nor_type(self) -> None:
        self.assertEqual(
            write_response(Response(204, (XML, ("Set-Cookie", "a=b")))),
            b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n",
        )

    def test_the_end_of_the_connection_is_announced(self) -> None:
        closing = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        self.assertEqual(write_response(Response(204, close=True)), closing)
        self.assertEqual(write_response(Response(204), persistent=False), closing)
        self.assertEqual(write_response(Response(204, close=True), minor=0), closing)

    def test_an_http_1_0_client_is_told_that_its_connection_is_kept(self) -> None:
        self.assertEqual(
            write_response(Response(204), minor=0),
            b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n",
        )

    def test_the_answer_to_a_HEAD_has_the_length_of_the_body_that_it_lacks(self) -> None:  # noqa: N802
        self.assertEqual(
            write_response(Response(200, body=b"four"), head_only=True),
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
        )

    def test_a_status_without_a_name_is_written_without_one(self) -> None:
        self.assertEqual(write_response(Response(299)), b"HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n")

    def test_values_are_latin_1(self) -> None:
        self.assertIn(b"X: caf\xe9\r\n", write_response(Response(200, (("X", "café"),))))

    def test_what_must_not_be_sent_is_refused(self) -> None:
        wrong = {
            "a line end in a value": Response(200, (("X", "a\r\nSet-Cookie: b=c"),)),
            "a bare LF in a value": Response(200, (("X", "a\nb"),)),
            "a bare CR in a value": Response(200, (("X", "a\rb"),)),
            "a NUL in a value": Response(200, (("X", "a\0b"),)),
            "a line end in a name": Response(200, (("X\r\nY", "a"),)),
            "no name": Response(200, (("", "a"),)),
            "a colon in a name": Response(200, (("X:", "a"),)),
            "a blank in a name": Response(200, (("X Y", "a"),)),
            "a character beyond latin-1": Response(200, (("X", "\u20ac"),)),
            "a length of its own": Response(200, (("content-LENGTH", "3"),)),
            "a transfer coding": Response(200, (("Transfer-Encoding", "chunked"),)),
            "a connection option": Response(200, (("Connection", "close"),)),
            "a 204 with a body": Response(204, body=b"x"),
            "an interim status": Response(100),
            "no status": Response(0),
        }
        for what, response in wrong.items():
            with self.assertRaises(ValueError, msg=what):
                write_response(response)

    @settings(max_examples=150, deadline=None)
    @given(name=st.text(), value=st.text(), body=st.binary(max_size=20))
    def test_no_header_whatever_adds_a_line(self, name: str, value: str, body: bytes) -> None:
        try:
            written = write_response(Response(200, ((name, value),), body))
        except ValueError:
            return
        head, _, rest = written.partition(b"\r\n\r\n")
        self.assertEqual(len(head.splitlines()), 3)
        self.assertEqual(rest, body)


class RequestTests(SynchronousTestCase):
    def test_headers_are_found_by_name(self) -> None:
        reader = RequestReader(Limits())
        reader.feed(b"GET / HTTP/1.1\r\nCookie: a=b\r\nHost: x\r\nCookie: c=d\r\n\r\n")
        request = reader.next_request()
        assert request is not None
        self.assertEqual(request.header("cookie"), "a=b")
        self.assertEqual(request.all("cookie"), ["a=b", "c=d"])
        self.assertIsNone(request.header("expect"))
        self.assertEqual(request.all("expect"), [])
