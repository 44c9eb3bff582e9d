"""Tests of `acs.cwmp.udp_request`."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.udp_request import UdpRequest, read, signature, signed, spellings, write

SIG = "f749ee6d9e3bc469fb709ead2a75ee7535f58552"
EXAMPLE = UdpRequest(1120673700, 1234, "CPE57689", "XTGRWIPC6D3IPXS3", SIG)
NUMBERS = st.integers(0, 2**32 - 1)
NAMES = st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable())
NONCES = st.text("0123456789ABCDEFabcdef", min_size=1, max_size=32)


class WritingTests(SynchronousTestCase):
    def test_the_signature_is_that_of_the_known_example(self) -> None:
        self.assertEqual(SIG, signature("password", 1120673700, 1234, "CPE57689", "XTGRWIPC6D3IPXS3"))

    def test_the_datagram_reads_as_the_head_of_an_http_request(self) -> None:
        (spelling,) = spellings("CPE57689")
        self.assertEqual(
            b"GET http://10.1.1.1:8080?ts=1120673700&id=1234&un=CPE57689&cn=XTGRWIPC6D3IPXS3&sig="
            + SIG.encode()
            + b" HTTP/1.1\r\nHost: 10.1.1.1:8080\r\n\r\n",
            write(EXAMPLE, "10.1.1.1", 8080, spelling),
        )

    def test_an_ipv6_address_stands_in_brackets(self) -> None:
        self.assertIn(b"\r\nHost: [2001:db8::1]:80\r\n", write(EXAMPLE, "2001:db8::1", 80, "x"))

    def test_a_user_name_of_plain_letters_has_one_spelling(self) -> None:
        self.assertEqual(["02A098-NF1200-1"], list(spellings("02A098-NF1200-1")))

    def test_one_that_percent_encoding_would_change_has_two_as_it_is_first(self) -> None:
        self.assertEqual(["NF%2D1200", "NF%252D1200"], list(spellings("NF%2D1200")))

    def test_one_that_would_break_the_datagram_is_never_written_as_it_is(self) -> None:
        for un in ("a b", "a&cn=b", "a\r\nb", "a#b", "a?b", "é", "a+b"):
            (spelling,) = spellings(un)
            self.assertNotIn(un.encode(), write(EXAMPLE, "10.1.1.1", 80, spelling))


class ReadingTests(SynchronousTestCase):
    @given(NUMBERS, NUMBERS, NAMES, NONCES)
    @settings(deadline=None)
    def test_what_is_written_is_read_back(self, ts: int, number: int, un: str, cn: str) -> None:
        request = signed("secret", ts, number, un, cn)
        for spelling in spellings(un):
            heard = read(write(request, "10.1.1.1", 80, spelling))
            self.assertEqual(spelling, heard.un)
            self.assertIn(request, (heard, replace(heard, un=unquote(spelling))))
        self.assertTrue(request.is_signed_with("secret"))
        self.assertFalse(request.is_signed_with("other"))

    @given(
        st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"GET http://a?ts=1&id=" + tail)
    )
    @settings(deadline=None)
    def test_any_other_bytes_are_refused(self, data: bytes) -> None:
        self.assertRaises(RemoteProtocolError, read, data)

    def test_a_signature_in_capitals_is_as_good(self) -> None:
        self.assertTrue(
            UdpRequest(EXAMPLE.ts, 1234, "CPE57689", EXAMPLE.cn, SIG.upper()).is_signed_with("password")
        )

    def test_what_lacks_a_value_or_has_no_number_is_refused(self) -> None:
        whole = write(EXAMPLE, "10.1.1.1", 80, "CPE57689")
        for old, new in (
            (b"un=CPE57689", b""),
            (b"sig=", b"gis="),
            (b"ts=1120673700", b"ts=1e9"),
            (b"id=1234", b"id=-1"),
            (b"id=1234", b"id=" + b"9" * 11),
            (b"GET", b"POST"),
            (b"HTTP/1.1", b""),
        ):
            self.assertRaises(RemoteProtocolError, read, whole.replace(old, new, 1))

    def test_one_that_is_too_long_for_a_datagram_is_refused(self) -> None:
        self.assertRaises(RemoteProtocolError, read, write(EXAMPLE, "10.1.1.1", 80, "x" * 1500))
