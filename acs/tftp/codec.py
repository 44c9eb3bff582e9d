"""TFTP's packets: datagrams to values, values to datagrams (RFC 1350, RFC 2347).

No input or output here: `decode` takes whatever came, and gives a packet or raises `BadPacket`.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from msgspec import Struct

MOST_REQUEST_BYTES = 512
"""How long a request may be with its options (RFC 2347)."""
BLOCKS = 65536
"""Block numbers count modulo this: the one after 65535 is 0."""
OCTET = "octet"
NETASCII = "netascii"
MODES = (OCTET, NETASCII, "mail")

_NUMBERS = struct.Struct(">HH")

Options = tuple[tuple[str, str], ...]


class BadPacket(ValueError):
    """A datagram that is no TFTP packet.

    ``is_request`` where it began as one, so that its sender waits for an answer.
    """

    def __init__(self, reason: str, is_request: bool = False) -> None:
        super().__init__(reason)
        self.is_request = is_request


class Kind(IntEnum):
    """What a packet is: the first two bytes of it."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class Code(IntEnum):
    """What an ERROR is about (RFC 1350, RFC 2347)."""

    NOT_DEFINED = 0
    FILE_NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    ILLEGAL_OPERATION = 4
    UNKNOWN_TRANSFER = 5
    BAD_OPTIONS = 8


class Request(Struct, frozen=True):
    """RRQ or WRQ.  ``name`` is as it came, ``mode`` in small letters, ``options`` in the order in which they
    came and spelt as they were."""

    kind: Kind
    name: bytes
    mode: str = OCTET
    options: Options = ()


class Data(Struct, frozen=True):
    """One block; the one that is shorter than was agreed on is the last."""

    block: int
    payload: bytes


class Ack(Struct, frozen=True):
    """All blocks up to this one have come; 0: so has the OACK."""

    block: int


class Error(Struct, frozen=True):
    """The end of a transfer; ``code`` may be one that nobody has defined."""

    code: int
    message: str = ""


class Oack(Struct, frozen=True):
    """The options that are agreed to."""

    options: Options


Packet = Request | Data | Ack | Error | Oack


def encode(packet: Packet) -> bytes:
    """Write a packet; raises `ValueError` for a text with a NUL in it, or a number that has no room."""
    match packet:
        case Data():
            return _numbers(Kind.DATA, packet.block) + packet.payload
        case Ack():
            return _numbers(Kind.ACK, packet.block)
        case Error():
            return _numbers(Kind.ERROR, packet.code) + _string(packet.message.encode())
        case Oack():
            return Kind.OACK.to_bytes(2, "big") + _pairs(packet.options)
        case Request():
            texts = _string(packet.name) + _string(packet.mode.encode("ascii"))
            return packet.kind.to_bytes(2, "big") + texts + _pairs(packet.options)


def _numbers(kind: Kind, number: int) -> bytes:
    if not 0 <= number < BLOCKS:
        raise ValueError(f"{number} does not fit into two bytes")
    return _NUMBERS.pack(kind, number)


def _pairs(options: Options) -> bytes:
    return b"".join(_string(text.encode("latin-1")) for pair in options for text in pair)


def _string(text: bytes) -> bytes:
    if b"\0" in text:
        raise ValueError("a text with a NUL in it")
    return text + b"\0"


def decode(datagram: bytes) -> Packet:
    """Read a datagram; raises `BadPacket`.

    An ERROR whose text has no end is taken as well, as nothing depends on it.  So are NULs behind a
    request, with which some devices fill it up.
    """
    if len(datagram) < 4:
        raise BadPacket(f"no TFTP packet has {len(datagram)} bytes")
    kind, number = _NUMBERS.unpack_from(datagram)
    match kind:
        case Kind.RRQ | Kind.WRQ:
            return _request(Kind(kind), datagram)
        case Kind.DATA:
            return Data(number, datagram[4:])
        case Kind.ACK if len(datagram) == 4:
            return Ack(number)
        case Kind.ERROR:
            return Error(number, datagram[4:].partition(b"\0")[0].decode("utf-8", "replace"))
        case Kind.OACK:
            return Oack(_options(_texts(datagram)))
    raise BadPacket(f"no TFTP packet of kind {kind} has {len(datagram)} bytes")


def _request(kind: Kind, datagram: bytes) -> Request:
    try:
        if len(datagram) > MOST_REQUEST_BYTES:
            raise BadPacket(f"a request of {len(datagram)} bytes")
        name, mode, *options = _texts(datagram)
        if mode.lower() not in MODES:
            raise BadPacket("an unknown mode")
        return Request(kind, name.encode("latin-1"), mode.lower(), _options(options))
    except BadPacket as error:
        raise BadPacket(str(error), is_request=True) from None


def _texts(datagram: bytes) -> list[str]:
    """The texts of a request or an OACK, each of which ends with a NUL: two or more."""
    *texts, rest = datagram[2:].decode("latin-1").split("\0")
    if rest or len(texts) < 2:
        raise BadPacket("a text that is cut off")
    return texts


def _options(texts: list[str]) -> Options:
    """Pairs of a name and a value; a name that is empty ends them."""
    end = next((at for at in range(0, len(texts), 2) if not texts[at]), len(texts))
    if any(texts[end:]) or end % 2:
        raise BadPacket("an option without a value")
    return tuple(zip(texts[:end:2], texts[1:end:2], strict=True))


def to_netascii(data: bytes) -> bytes:
    """A piece of a file in netascii (RFC 1350, RFC 764): LF becomes CR LF, CR becomes CR NUL."""
    return data.replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")
