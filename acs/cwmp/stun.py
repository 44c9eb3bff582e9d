"""STUN as CPEs use it behind NAT: messages to datagrams, datagrams to messages (TR-069 Annex G, RFC 3489).

That is the classic protocol, without a magic cookie.  What RFC 5389 made of it is read as well, and answered
in its own way, so that newer clients work too.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterable, Iterator
from enum import Enum, IntEnum
from ipaddress import ip_address
from typing import NamedTuple

from msgspec import Struct

from acs.cwmp.errors import RemoteProtocolError

MAGIC_COOKIE = bytes.fromhex("2112a442")
"""What a transaction id begins with since RFC 5389."""
TR_111 = b"dslforum.org/TR-111 "
"""The value of CONNECTION-REQUEST-BINDING, with its space at the end (TR-069 G.2.1.2)."""
MOST_BYTES = 1500
TRANSACTION_BYTES = 16
DIGEST_BYTES = 20

_HEADER = struct.Struct(">HH16s")
_ATTRIBUTE = struct.Struct(">HH")
_FINGERPRINT = 0x5354554E
_MANDATORY_BELOW = 0x8000
_CHANGES = 0x06  # CHANGE-REQUEST: another address, another port

Attributes = tuple[tuple[int, bytes], ...]


class Kind(IntEnum):
    """What a message is; there are others, which nobody here says."""

    BINDING_REQUEST = 0x0001
    BINDING_RESPONSE = 0x0101
    BINDING_ERROR = 0x0111


class Attribute(IntEnum):
    """The attributes that are known here (RFC 3489 11.2, RFC 5389 15, TR-069 G.2.1.2)."""

    MAPPED_ADDRESS = 0x0001
    RESPONSE_ADDRESS = 0x0002
    CHANGE_REQUEST = 0x0003
    SOURCE_ADDRESS = 0x0004
    CHANGED_ADDRESS = 0x0005
    USERNAME = 0x0006
    PASSWORD = 0x0007
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    REFLECTED_FROM = 0x000B
    XOR_MAPPED_ADDRESS = 0x0020
    FINGERPRINT = 0x8028
    CONNECTION_REQUEST_BINDING = 0xC001
    BINDING_CHANGE = 0xC002


class Integrity(Enum):
    """What MESSAGE-INTEGRITY is worked out over: the message padded with zeros to a multiple of 64 bytes (RFC
    3489 11.2.8), or as it is (RFC 5389 15.4)."""

    PADDED = 64
    PLAIN = 1


class Address(NamedTuple):
    """An IPv4 or IPv6 address as text, and a port."""

    host: str
    port: int


class StunMessage(Struct, frozen=True):
    """One message.

    ``attributes`` are numbers with their values, in the order in which they came; ``signed`` is what came
    before a MESSAGE-INTEGRITY.
    """

    kind: int
    transaction: bytes
    attributes: Attributes = ()
    signed: bytes = b""

    def get(self, attribute: int) -> bytes | None:
        """The value of an attribute, of the first where there are several; None without it."""
        return next((value for number, value in self.attributes if number == attribute), None)

    def address(self, attribute: int) -> Address | None:
        """The address that an attribute tells; None without it, or where it is none."""
        value = self.get(attribute)
        return None if value is None else _address(value, attribute, self.transaction)

    @property
    def is_modern(self) -> bool:
        """Whether who sent it knows RFC 5389."""
        return self.transaction.startswith(MAGIC_COOKIE)

    @property
    def username(self) -> str:
        """USERNAME without what it is padded with; "" without it."""
        value = self.get(Attribute.USERNAME) or b""
        return value.rstrip(b" \0").decode("utf-8", "replace")

    @property
    def binds(self) -> bool:
        """Whether its sender listens for ConnectionRequests where it comes from."""
        value = self.get(Attribute.CONNECTION_REQUEST_BINDING)
        return value is not None and value.rstrip(b" \0") == TR_111.rstrip()

    @property
    def asks_for_change(self) -> bool:
        """Whether it wants the answer from another address or port than it was sent to."""
        value = self.get(Attribute.CHANGE_REQUEST)
        return bool(value and value[-1] & _CHANGES)

    @property
    def error(self) -> int:
        """ERROR-CODE, as 401; 0 without it."""
        value = self.get(Attribute.ERROR_CODE) or b""
        return value[2] % 8 * 100 + value[3] if len(value) >= 4 else 0

    @property
    def unknown(self) -> list[int]:
        """The attributes that are not known here, and are not to be passed over."""
        known = frozenset(Attribute)
        numbers = dict.fromkeys(number for number, _ in self.attributes)
        return [number for number in numbers if number < _MANDATORY_BELOW and number not in known]


def decode(data: bytes) -> StunMessage:
    """Read a datagram; raises `RemoteProtocolError` for what is no STUN message.

    What stands behind a message that is whole is passed over, so is all but FINGERPRINT behind
    MESSAGE-INTEGRITY, which is not looked at (see `verify`).
    """
    if not _HEADER.size <= len(data) <= MOST_BYTES:
        raise RemoteProtocolError(f"no STUN message has {len(data)} bytes")
    kind, length, transaction = _HEADER.unpack_from(data)
    end = _HEADER.size + length
    if kind & 0xC000 or end > len(data):
        raise RemoteProtocolError("no STUN message, or a part of one")
    attributes: list[tuple[int, bytes]] = []
    signed = b""
    for at, number, value in _attributes(data, end):
        if signed and number != Attribute.FINGERPRINT:
            continue
        if number == Attribute.MESSAGE_INTEGRITY:
            signed = data[:at]
        attributes.append((number, value))
    return StunMessage(kind, transaction, tuple(attributes), signed)


def _attributes(data: bytes, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Where each attribute begins, its number, its value."""
    at = _HEADER.size
    while at < end:
        if at + _ATTRIBUTE.size > end:
            raise RemoteProtocolError("an attribute that is cut off")
        number, size = _ATTRIBUTE.unpack_from(data, at)
        begin = at + _ATTRIBUTE.size
        if begin + size > end:
            raise RemoteProtocolError(f"attribute {number:#06x} is longer than the message")
        yield at, number, data[begin : begin + size]
        at = begin + size + -size % 4


def encode(
    message: StunMessage, key: bytes = b"", integrity: Integrity = Integrity.PADDED, fingerprint: bool = False
) -> bytes:
    """Write a message; with MESSAGE-INTEGRITY where there is a key, with FINGERPRINT where wanted."""
    body = b"".join(_attribute(number, value) for number, value in message.attributes)
    if key:
        head = _header(message, len(body) + _ATTRIBUTE.size + DIGEST_BYTES)
        body += _attribute(Attribute.MESSAGE_INTEGRITY, _digest(head + body, key, integrity))
    if fingerprint:
        head = _header(message, len(body) + _ATTRIBUTE.size + 4)
        number = zlib.crc32(head + body) ^ _FINGERPRINT
        body += _attribute(Attribute.FINGERPRINT, number.to_bytes(4, "big"))
    return _header(message, len(body)) + body


def _header(message: StunMessage, length: int) -> bytes:
    return _HEADER.pack(message.kind, length, message.transaction)


def _attribute(number: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4)


def verify(message: StunMessage, key: bytes) -> Integrity | None:
    """Which MESSAGE-INTEGRITY with this key a message has; None for none, or a wrong one.

    The length in the header that it goes by is that of the message to the end of the attribute, by both
    RFCs; that it came with, and that without the attribute, are taken as well.
    """
    digest = message.get(Attribute.MESSAGE_INTEGRITY)
    if digest is None or not message.signed:
        return None
    kind, came, transaction = _HEADER.unpack_from(message.signed)
    body = message.signed[_HEADER.size :]
    for length in dict.fromkeys((len(body) + _ATTRIBUTE.size + DIGEST_BYTES, came, len(body))):
        text = _HEADER.pack(kind, length, transaction) + body
        for integrity in Integrity:
            if hmac.compare_digest(_digest(text, key, integrity), digest):
                return integrity
    return None


def _digest(text: bytes, key: bytes, integrity: Integrity) -> bytes:
    return hmac.digest(key, text + bytes(-len(text) % integrity.value), hashlib.sha1)


# The values of attributes.  All are of whole words: CPEs do not know that the next one could begin elsewhere.


def username(name: str) -> bytes:
    """USERNAME: padded with spaces to whole words (RFC 3489 11.2.6)."""
    return _padded(name.encode())


def error_code(code: int, reason: str) -> bytes:
    """ERROR-CODE, as 401 "Unauthorized"."""
    return bytes((0, 0, code // 100, code % 100)) + _padded(reason.encode())


def unknown_attributes(numbers: Iterable[int]) -> bytes:
    """UNKNOWN-ATTRIBUTES; an odd number of them has the last one twice (RFC 3489 11.2.10)."""
    found = list(numbers)
    return struct.pack(f">{len(found) + len(found) % 2}H", *found, *found[-1:] * (len(found) % 2))


def address(at: Address, transaction: bytes = b"") -> bytes:
    """MAPPED-ADDRESS and its like; with a transaction id, XOR-MAPPED-ADDRESS (RFC 5389 15.2)."""
    host = ip_address(at.host)
    port = at.port.to_bytes(2, "big")
    family = 1 if host.version == 4 else 2
    return bytes((0, family)) + _xor(port, transaction) + _xor(host.packed, transaction)


def _address(value: bytes, attribute: int, transaction: bytes) -> Address | None:
    if (len(value), value[1:2]) not in ((8, b"\x01"), (20, b"\x02")):
        return None
    key = transaction if attribute == Attribute.XOR_MAPPED_ADDRESS else b""
    port, host = _xor(value[2:4], key), _xor(value[4:], key)
    return Address(str(ip_address(host)), int.from_bytes(port, "big"))


def _xor(value: bytes, key: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(value, key, strict=False)) if key else value


def _padded(text: bytes) -> bytes:
    return text + b" " * (-len(text) % 4)
