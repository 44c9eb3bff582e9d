"""Tests of `acs.cwmp.stun`."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import struct
import zlib
from ipaddress import IPv4Address, IPv6Address
from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import stun
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.stun import MAGIC_COOKIE, Address, Attribute, Integrity, Kind, StunMessage

TRANSACTION = bytes(range(16))
MODERN = MAGIC_COOKIE + bytes(range(12))
#: By hand, from the reference's vector: a Binding Request with CONNECTION-REQUEST-BINDING.
VECTOR = (
    bytes.fromhex("0001 0018")
    + TRANSACTION
    + bytes.fromhex("c001 0014 64736c666f72756d2e6f72672f54522d31313120")
)

KINDS = st.integers(0, 0x3FFF)
TRANSACTIONS = st.binary(min_size=16, max_size=16)
NUMBERS = st.integers(0, 0xFFFF).filter(lambda number: number != Attribute.MESSAGE_INTEGRITY)
ATTRIBUTES = st.lists(st.tuples(NUMBERS, st.binary(max_size=40)), max_size=8).map(tuple)
MESSAGES = st.builds(StunMessage, KINDS, TRANSACTIONS, ATTRIBUTES)
HOSTS = st.builds(IPv4Address, st.integers(0, 2**32 - 1)) | st.builds(IPv6Address, st.integers(0, 2**128 - 1))
ADDRESSES = st.builds(Address, HOSTS.map(str), st.integers(0, 65535))


def message(*attributes: tuple[int, bytes], kind: int = Kind.BINDING_REQUEST) -> StunMessage:
    """A message of these attributes."""
    return StunMessage(kind, TRANSACTION, attributes)


def signed_by_hand(body: bytes, key: bytes, padded: bool, length: int | None = None) -> bytes:
    """A request with an integrity that is worked out as the RFCs tell it, and not by our code; ``length``
    is the one in the header that goes into it."""
    whole = struct.pack(">HH", 1, len(body) + 24) + TRANSACTION + body
    text = whole if length is None else struct.pack(">HH", 1, length) + whole[4:]
    text += bytes(-len(text) % 64) if padded else b""
    return whole + struct.pack(">HH", 8, 20) + hmac.new(key, text, hashlib.sha1).digest()


class DecodingTests(SynchronousTestCase):
    def test_the_vector_is_a_binding_request_of_a_device_that_listens(self) -> None:
        read = stun.decode(VECTOR)
        self.assertEqual((Kind.BINDING_REQUEST, TRANSACTION), (read.kind, read.transaction))
        self.assertTrue(read.binds)
        self.assertFalse(read.is_modern)
        self.assertEqual(VECTOR, stun.encode(read))

    def test_the_binding_s_text_is_taken_without_its_space_too(self) -> None:
        for value in (b"dslforum.org/TR-111", b"dslforum.org/TR-111\0"):
            read = stun.decode(stun.encode(message((Attribute.CONNECTION_REQUEST_BINDING, value))))
            self.assertTrue(read.binds)
        other = stun.encode(message((Attribute.CONNECTION_REQUEST_BINDING, b"dslforum.org/TR-069 ")))
        self.assertFalse(stun.decode(other).binds)

    @given(MESSAGES)
    @settings(deadline=None)
    def test_what_is_written_is_read_back(self, whole: StunMessage) -> None:
        self.assertEqual(whole, stun.decode(stun.encode(whole)))

    @given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda tail: VECTOR[:2] + tail))
    @settings(deadline=None, max_examples=500)
    def test_any_bytes_give_a_message_or_our_own_error(self, data: bytes) -> None:
        try:
            read = stun.decode(data)
        except RemoteProtocolError:
            return
        for attribute in Attribute:
            read.address(attribute)
        self.assertIsInstance(read.username, str)
        self.assertLess(read.error, 1000)
        self.assertLessEqual(set(read.unknown), {number for number, _ in read.attributes})
        self.assertIn((read.binds, read.asks_for_change), [(a, b) for a in (0, 1) for b in (0, 1)])
        self.assertIsNone(stun.verify(read, b"key"))

    @given(ATTRIBUTES, st.data())
    @settings(deadline=None)
    def test_any_part_of_a_message_is_refused(self, attributes: stun.Attributes, data: st.DataObject) -> None:
        whole = stun.encode(message(*attributes))
        cut = data.draw(st.integers(0, len(whole) - 1))
        self.assertRaises(RemoteProtocolError, stun.decode, whole[:cut])

    def test_what_is_longer_than_a_datagram_is_refused(self) -> None:
        self.assertRaises(RemoteProtocolError, stun.decode, VECTOR + bytes(1500))

    def test_the_most_attributes_that_fit_cost_no_time(self) -> None:
        count = (stun.MOST_BYTES - 20) // 4
        data = struct.pack(">HH", 1, count * 4) + TRANSACTION + struct.pack(">HH", 0x7000, 0) * count
        began = perf_counter()
        self.assertEqual([0x7000], stun.decode(data).unknown)
        self.assertLess(perf_counter() - began, 0.5)

    def test_http_is_no_stun(self) -> None:
        self.assertRaises(RemoteProtocolError, stun.decode, b"GET http://10.0.0.1?ts=1 HTTP/1.1\r\n\r\n")

    def test_a_user_name_is_read_without_its_padding(self) -> None:
        self.assertEqual("CPE57", stun.decode(stun.encode(message((6, stun.username("CPE57"))))).username)
        self.assertEqual(8, len(stun.username("CPE57")))
        self.assertEqual("CPE57", stun.decode(stun.encode(message((6, b"CPE57")))).username)

    def test_only_what_must_be_understood_counts_as_unknown(self) -> None:
        read = message((0x8022, b""), (0x7001, b""), (0x0024, b""), (0xC002, b""), (0x7001, b""))
        self.assertEqual([0x7001, 0x0024], read.unknown)

    def test_a_change_is_asked_for_by_two_of_the_bits(self) -> None:
        asked = [message((3, bytes((0, 0, 0, bits)))).asks_for_change for bits in (0, 1, 2, 4, 6)]
        self.assertEqual([False, False, True, True, True], asked)


class ValueTests(SynchronousTestCase):
    @given(ADDRESSES, TRANSACTIONS)
    @settings(deadline=None)
    def test_addresses_of_both_families_are_read_back(self, at: Address, transaction: bytes) -> None:
        attributes = (
            (Attribute.MAPPED_ADDRESS, stun.address(at)),
            (Attribute.XOR_MAPPED_ADDRESS, stun.address(at, transaction)),
        )
        read = StunMessage(Kind.BINDING_RESPONSE, transaction, attributes)
        self.assertEqual(at, read.address(Attribute.MAPPED_ADDRESS))
        self.assertEqual(at, read.address(Attribute.XOR_MAPPED_ADDRESS))

    def test_the_xored_address_is_that_of_rfc_5769(self) -> None:
        transaction = bytes.fromhex("2112a442b7e7a701bc34d686fa87dfae")
        self.assertEqual(
            bytes.fromhex("0001a147e112a643"), stun.address(Address("192.0.2.1", 32853), transaction)
        )
        self.assertEqual(
            bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
            stun.address(Address("2001:db8:1234:5678:11:2233:4455:6677", 32853), transaction),
        )

    def test_what_is_no_address_is_none(self) -> None:
        for value in (b"", b"\0\1\0\1\0\0\0", b"\0\2\0\1\0\0\0\0", b"\0\3" + bytes(18)):
            self.assertIsNone(message((1, value)).address(1))

    def test_every_value_is_of_whole_words(self) -> None:
        for reason in ("Unauthorized", "Unknown Attribute", "Bad"):
            self.assertEqual(0, len(stun.error_code(401, reason)) % 4)
        self.assertEqual(bytes.fromhex("0021 0022 0023 0023"), stun.unknown_attributes([0x21, 0x22, 0x23]))
        self.assertEqual(bytes.fromhex("0021 0022"), stun.unknown_attributes([0x21, 0x22]))

    def test_an_error_is_read_back(self) -> None:
        read = message((Attribute.ERROR_CODE, stun.error_code(431, "Integrity")), kind=Kind.BINDING_ERROR)
        self.assertEqual(431, read.error)
        self.assertEqual(0, message().error)


class IntegrityTests(SynchronousTestCase):
    BODY = struct.pack(">HH", 6, 8) + b"CPE57   " + struct.pack(">HH", 0xC001, 20) + stun.TR_111

    def test_the_text_is_padded_with_zeros_to_64_bytes(self) -> None:
        data = signed_by_hand(self.BODY, b"secret", padded=True)
        self.assertEqual(Integrity.PADDED, stun.verify(stun.decode(data), b"secret"))
        written = stun.encode(message((6, b"CPE57   "), (0xC001, stun.TR_111)), b"secret")
        self.assertEqual(data, written)

    def test_the_unpadded_one_of_rfc_5389_is_taken_as_well(self) -> None:
        data = signed_by_hand(self.BODY, b"secret", padded=False)
        self.assertEqual(Integrity.PLAIN, stun.verify(stun.decode(data), b"secret"))
        written = stun.encode(message((6, b"CPE57   "), (0xC001, stun.TR_111)), b"secret", Integrity.PLAIN)
        self.assertEqual(data, written)

    def test_so_is_one_that_goes_by_the_length_without_itself(self) -> None:
        data = signed_by_hand(self.BODY, b"secret", padded=True, length=len(self.BODY))
        self.assertEqual(Integrity.PADDED, stun.verify(stun.decode(data), b"secret"))

    def test_another_key_or_another_message_has_another_one(self) -> None:
        data = signed_by_hand(self.BODY, b"secret", padded=True)
        self.assertIsNone(stun.verify(stun.decode(data), b"Secret"))
        for at in range(4, len(data)):
            changed = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
            with contextlib.suppress(RemoteProtocolError):
                self.assertIsNone(stun.verify(stun.decode(changed), b"secret"), at)

    def test_what_stands_behind_it_is_not_believed(self) -> None:
        data = signed_by_hand(self.BODY, b"secret", padded=True)
        more = struct.pack(">HH", 6, 4) + b"evil" + struct.pack(">HH", 2, 8) + bytes(8)
        data = data[:2] + struct.pack(">H", len(data) - 20 + len(more)) + data[4:] + more
        read = stun.decode(data)
        self.assertEqual(("CPE57", None), (read.username, read.get(Attribute.RESPONSE_ADDRESS)))
        self.assertEqual(Integrity.PADDED, stun.verify(read, b"secret"))

    def test_the_sample_of_rfc_5769_is_verified(self) -> None:
        data = bytes.fromhex(
            "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
            "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
            "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
        )
        read = stun.decode(data)
        self.assertEqual("evtj:h6vY", read.username)
        self.assertEqual(Integrity.PLAIN, stun.verify(read, b"VOkJxbRl1RmTxUk/WvJxBt"))
        self.assertIsNone(stun.verify(read, b"VOkJxbRl1RmTxUk/WvJxBT"))

    def test_the_fingerprint_is_that_of_rfc_5389(self) -> None:
        data = stun.encode(StunMessage(Kind.BINDING_RESPONSE, MODERN), fingerprint=True)
        self.assertEqual(zlib.crc32(data[:-8]) ^ 0x5354554E, int.from_bytes(data[-4:], "big"))
