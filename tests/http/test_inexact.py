"""Bodies that are not as long as they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.http.inexact import DAY, MANY, OFF_BY, SHORT_BY, Miscounting, end_of_body, miscounted
from acs.http.reader import Limits, RequestReader

ENVELOPE = "<e:Envelope><e:Body>" + "ü" * 20 + "</e:Body></e:Envelope>"
BODY = ENVELOPE.encode()


class EndTests(SynchronousTestCase):
    def end(self, body: bytes, length: int) -> int | None:
        found = end_of_body(b"xyz" + body, 3, length)
        return None if found is None else found - 3

    def test_a_length_that_is_right_is_believed(self) -> None:
        for body in (BODY, BODY + b"\r\n", BODY + b"\0 garbage", b"no envelope", b"<x/>", b"a"):
            self.assertEqual(len(body), self.end(body, len(body)))
            self.assertEqual(len(body), self.end(body + b"POST / HTTP/1.1\r\n", len(body)))

    def test_one_that_counts_characters_is_too_short(self) -> None:
        self.assertEqual(len(BODY), self.end(BODY, len(ENVELOPE)))
        self.assertEqual(len(BODY), self.end(BODY + b"POST / HTTP/1.1\r\n", len(ENVELOPE)))
        for short in range(1, 15):
            self.assertEqual(len(BODY), self.end(BODY, len(BODY) - short), short)

    def test_the_rest_is_waited_for(self) -> None:
        for come in range(len(ENVELOPE), len(BODY)):
            self.assertIsNone(self.end(BODY[:come], len(ENVELOPE)), come)

    def test_one_that_is_a_little_too_long_is_met_where_the_envelope_ends(self) -> None:
        for over in (1, 2, SHORT_BY):
            self.assertEqual(len(BODY), self.end(BODY, len(BODY) + over), over)
            self.assertEqual(len(BODY) + 1, self.end(BODY + b"\n", len(BODY) + 1 + over), over)
        self.assertIsNone(self.end(BODY, len(BODY) + SHORT_BY + 1))

    def test_a_body_that_has_not_come_is_waited_for(self) -> None:
        for come in range(len(BODY)):
            self.assertIsNone(self.end(BODY[:come], len(BODY)), come)

    def test_without_a_character_of_several_bytes_there_is_no_rest(self) -> None:
        self.assertEqual(30, self.end(b"<e:Envelope><e:Body>" + b"x" * 10, 30))

    def test_an_envelope_that_never_ends_ends_where_it_says(self) -> None:
        body = BODY[:60] + b"x" * (OFF_BY + 20)
        self.assertEqual(40, self.end(body, 40))

    @given(st.binary(max_size=200), st.integers(0, 300))
    def test_any_bytes_have_an_end_within_them_or_none(self, raw: bytes, length: int) -> None:
        end = end_of_body(raw, 0, length)
        self.assertTrue(end is None or 0 <= end <= len(raw))

    def test_a_body_that_was_cut_off_is_known(self) -> None:
        self.assertTrue(miscounted(BODY[:-4]))
        for body in (BODY, BODY + b" x", b"", b"garbage", b"<a></a>"):
            self.assertFalse(miscounted(body), body)


class ReaderTests(SynchronousTestCase):
    def test_the_next_request_begins_behind_the_envelope(self) -> None:
        for length in (len(ENVELOPE), len(BODY), len(BODY) + 7):
            one = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length + BODY
            reader = RequestReader(Limits())
            reader.expect_miscounting()
            for number in range(3):
                for at in range(0, len(one), 9):
                    reader.feed(one[at : at + 9])
                request = reader.next_request()
                assert request is not None, (length, number)
                self.assertEqual(BODY, request.body)
                self.assertEqual(length != len(BODY), bool(request.note))
            self.assertTrue(reader.idle)

    def test_nobody_else_is_read_so(self) -> None:
        reader = RequestReader(Limits())
        reader.feed(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(ENVELOPE) + BODY)
        request = reader.next_request()
        assert request is not None
        self.assertEqual(BODY[: len(ENVELOPE)], request.body)


class MiscountingTests(SynchronousTestCase):
    def test_an_address_is_remembered_for_a_day(self) -> None:
        now = [0.0]
        known = Miscounting(lambda: now[0])
        self.assertNotIn("192.0.2.7", known)
        known.note("192.0.2.7")
        now[0] = DAY - 1
        self.assertIn("192.0.2.7", known)
        self.assertNotIn("192.0.2.8", known)
        now[0] = DAY
        self.assertNotIn("192.0.2.7", known)

    def test_so_many_are_remembered_and_no_more(self) -> None:
        known = Miscounting(lambda: 0.0)
        for number in range(MANY + 5):
            known.note(str(number))
        self.assertEqual(MANY, len(known))
        self.assertNotIn("4", known)
        self.assertIn("5", known)
