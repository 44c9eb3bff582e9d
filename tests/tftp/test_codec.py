"""Tests of `acs.tftp.codec`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.tftp.codec import (
    Ack,
    BadPacket,
    Data,
    Error,
    Kind,
    Oack,
    Packet,
    Request,
    decode,
    encode,
    to_netascii,
)

NUMBERS = st.integers(0, 65535)
NAMES = st.binary(max_size=80).map(lambda name: name.replace(b"\0", b"0"))
LATIN = st.binary(max_size=12).map(lambda text: text.replace(b"\0", b"0").decode("latin-1"))
OPTIONS = st.lists(st.tuples(LATIN.filter(bool), LATIN), max_size=8).map(tuple)
MESSAGES = st.text(st.sampled_from("aZ 9\n\u00fc\u20ac\U0001f600\ufffd"))
PACKETS: st.SearchStrategy[Packet] = st.one_of(
    st.builds(
        Request,
        st.sampled_from([Kind.RRQ, Kind.WRQ]),
        NAMES,
        st.sampled_from(["octet", "netascii", "mail"]),
        OPTIONS,
    ),
    st.builds(Data, NUMBERS, st.binary()),
    st.builds(Ack, NUMBERS),
    st.builds(Error, NUMBERS, MESSAGES),
    st.builds(Oack, OPTIONS.filter(bool)),
)


class CodecTests(SynchronousTestCase):
    @given(PACKETS)
    @settings(deadline=None)
    def test_what_is_written_is_read_back(self, packet: Packet) -> None:
        self.assertEqual(packet, decode(encode(packet)))

    @given(
        st.binary(max_size=600) | PACKETS.map(encode).flatmap(lambda whole: st.permutations(whole).map(bytes))
    )
    @settings(deadline=None)
    def test_whatever_comes_is_a_packet_or_our_own_error(self, datagram: bytes) -> None:
        try:
            packet = decode(datagram)
        except BadPacket:
            return
        self.assertEqual(packet, decode(encode(packet)))

    def test_packets_look_as_the_rfcs_draw_them(self) -> None:
        for packet, datagram in (
            (Request(Kind.RRQ, b"a/b"), b"\0\x01a/b\0octet\0"),
            (Request(Kind.WRQ, b"a", "netascii"), b"\0\x02a\0netascii\0"),
            (Request(Kind.RRQ, b"a", "octet", (("blksize", "8"),)), b"\0\x01a\0octet\0blksize\x008\0"),
            (Data(1, b"xy"), b"\0\x03\0\x01xy"),
            (Data(65535, b""), b"\0\x03\xff\xff"),
            (Ack(258), b"\0\x04\x01\x02"),
            (Error(1, "no"), b"\0\x05\0\x01no\0"),
            (Oack((("tsize", "7"), ("timeout", "2"))), b"\0\x06tsize\x007\0timeout\x002\0"),
        ):
            self.assertEqual(datagram, encode(packet))
            self.assertEqual(packet, decode(datagram))

    def test_modes_are_read_however_they_are_spelt(self) -> None:
        self.assertEqual(Request(Kind.RRQ, b"a", "netascii"), decode(b"\0\x01a\0NetASCII\0"))

    def test_a_request_may_be_filled_up_with_nuls(self) -> None:
        plain = Request(Kind.RRQ, b"a")
        for count in range(1, 9):
            self.assertEqual(plain, decode(b"\0\x01a\0octet\0" + bytes(count)))
        with_option = Request(Kind.RRQ, b"a", "octet", (("tsize", "0"),))
        self.assertEqual(with_option, decode(b"\0\x01a\0octet\0tsize\x000\0\0\0\0"))

    def test_an_error_needs_no_text(self) -> None:
        self.assertEqual(Error(3), decode(b"\0\x05\0\x03"))
        self.assertEqual(Error(3, "full"), decode(b"\0\x05\0\x03full"))

    def test_requests_that_are_not_whole_are_refused_as_requests(self) -> None:
        for text in (
            b"a\0octet",
            b"a\0oct\0",
            b"a\0",
            b"aaaa",
            b"a\0\0",
            b"a\0octet\0blksize\0",
            b"a\0octet\0blksize\x00512",
            b"a\0octet\0\x00512\0",
            b"a" * 520 + b"\0octet\0",
        ):
            for kind in (b"\0\x01", b"\0\x02"):
                self.assertTrue(self.assertRaises(BadPacket, decode, kind + text).is_request, text)

    def test_what_else_is_none_is_refused(self) -> None:
        for datagram in (
            b"",
            b"\0",
            b"\0\x04\0",
            b"\0\x04\0\x01\0",
            b"\0\x07\0\x01",
            b"\x01\0\0\0",
            b"\0\0\0\0",
        ):
            self.assertFalse(self.assertRaises(BadPacket, decode, datagram).is_request, datagram)

    def test_what_has_no_room_is_not_written(self) -> None:
        for packet in (Data(65536, b""), Ack(-1), Error(1, "a\0b"), Request(Kind.RRQ, b"a\0b")):
            self.assertRaises(ValueError, encode, packet)


class NetasciiTests(SynchronousTestCase):
    def test_ends_of_lines_are_two_characters(self) -> None:
        self.assertEqual(b"a\r\nb\r\0c\r\0\r\n", to_netascii(b"a\nb\rc\r\n"))

    @given(st.lists(st.binary()))
    @settings(deadline=None)
    def test_it_does_not_matter_how_a_file_is_cut(self, pieces: list[bytes]) -> None:
        self.assertEqual(to_netascii(b"".join(pieces)), b"".join(map(to_netascii, pieces)))

    @given(st.lists(st.sampled_from([b"\r", b"\n", b"\0", b"a"])).map(b"".join))
    @settings(deadline=None)
    def test_nothing_is_lost(self, data: bytes) -> None:
        back = to_netascii(data).replace(b"\r\n", b"\n").replace(b"\r\0", b"\r")
        self.assertEqual(data, back)
