"""The datagram that asks a CPE for a session, signed with its ConnectionRequestPassword (TR-069 G.2.2.3).

It reads as the head of an HTTP request and is none: nobody answers it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from urllib.parse import quote

from msgspec import Struct

from acs.cwmp.errors import RemoteProtocolError

MOST_BYTES = 1500

_FORM = re.compile(rb"GET [^?\s]*\?(\S+) HTTP/1\.[01]\r?\n")
_NUMBER = re.compile(r"[0-9]{1,10}\Z")
#: What may stand in a query without being taken for its end, for more of it, or for a part of the head.
_SAFE = re.compile(r"[!$'()*,./0-9:;@A-Z_a-z~%-]*\Z")
_FIELDS = ("ts", "id", "un", "cn", "sig")


class UdpRequest(Struct, frozen=True):
    """One ConnectionRequest: ``ts`` in whole seconds since 1970, ``id`` a number of 32 bits, ``un`` the
    ConnectionRequestUsername, ``cn`` a text that is new each time, ``sig`` the signature over all of them."""

    ts: int
    id: int
    un: str
    cn: str
    sig: str

    def is_signed_with(self, password: str) -> bool:
        """Whether the signature is right."""
        right = signature(password, self.ts, self.id, self.un, self.cn)
        return hmac.compare_digest(right.encode(), self.sig.lower().encode())


def signature(password: str, ts: int, number: int, un: str, cn: str) -> str:
    """HMAC-SHA1 over the values one behind the other, in 40 hexadecimal digits."""
    return hmac.new(password.encode(), f"{ts}{number}{un}{cn}".encode(), hashlib.sha1).hexdigest()


def signed(password: str, ts: int, number: int, un: str, cn: str) -> UdpRequest:
    """A request with its signature."""
    return UdpRequest(ts, number, un, cn, signature(password, ts, number, un, cn))


def spellings(un: str) -> Iterator[str]:
    """How a user name may stand in the query: as it is, and percent-encoded where that is something else.

    The standard does not say which; CPEs that do not decode the query are in the majority.
    """
    encoded = quote(un, safe="")
    if encoded != un and _SAFE.match(un):
        yield un
    yield encoded


def write(request: UdpRequest, host: str, port: int, spelling: str) -> bytes:
    """The datagram for the CPE at this address; ``spelling`` is one of the `spellings` of ``un``."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    query = f"ts={request.ts}&id={request.id}&un={spelling}&cn={request.cn}&sig={request.sig}"
    return f"GET http://{place}?{query} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()


def read(data: bytes) -> UdpRequest:
    """The request in a datagram, ``un`` as it is spelt there.

    Raises `RemoteProtocolError` for what is none.
    """
    found = _FORM.match(data) if len(data) <= MOST_BYTES else None
    if found is None:
        raise RemoteProtocolError("no ConnectionRequest")
    pairs = (each.partition("=") for each in found[1].decode("latin-1").split("&"))
    values = {name: value for name, _, value in pairs}
    if not all(values.get(name) for name in _FIELDS):
        raise RemoteProtocolError("a ConnectionRequest without all of its values")
    if not (_NUMBER.match(values["ts"]) and _NUMBER.match(values["id"])):
        raise RemoteProtocolError("a ConnectionRequest with a number that is none")
    return UdpRequest(int(values["ts"]), int(values["id"]), *(values[name] for name in ("un", "cn", "sig")))
