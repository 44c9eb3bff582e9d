"""What lets one device have one file, or leave one, for a while.

That is a part of a URL, or a user name with a password.  They are computed from a key that all nodes have;
nothing is kept of them.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256

from msgspec import Struct

_BYTES = 16  # of each signature: 128 bits
_LAYOUT = struct.Struct(">QQI")


class Ticket(Struct, frozen=True):
    """``device`` is the store's own number for it, ``job`` the job for the sake of which it is given, 0 for
    none; ``expires`` counts seconds since 1970."""

    device: int
    job: int
    expires: int


def write(key: bytes, ticket: Ticket, purpose: str) -> str:
    """A ticket for a purpose, such as ``get acme/box/1.2/image.bin``: 48 letters, digits, ``-`` and ``_``."""
    packed = _LAYOUT.pack(ticket.device, ticket.job, ticket.expires)
    return urlsafe_b64encode(packed + _signature(key, packed, purpose)).decode()


def read(key: bytes, text: str, purpose: str, now: float) -> Ticket | None:
    """The ticket that a text is; None where it is none for that purpose, or has expired."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
        packed, signature = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
        ticket = Ticket(*_LAYOUT.unpack(packed))
    except (NotBase64, struct.error, ValueError):
        return None
    if not hmac.compare_digest(signature, _signature(key, packed, purpose)) or ticket.expires < now:
        return None
    return ticket


def pair(key: bytes, device: int, purpose: str) -> tuple[str, str]:
    """The user name and the password with which a device may do it, for HTTP's Basic and Digest."""
    username = f"cpe-{device}"
    return username, urlsafe_b64encode(_signature(key, username.encode(), f"pair {purpose}")).decode().rstrip(
        "="
    )


def _signature(key: bytes, packed: bytes, purpose: str) -> bytes:
    return hmac.new(key, packed + purpose.encode("utf-8", "surrogatepass"), sha256).digest()[:_BYTES]
