"""How a simulated CPE answers a ConnectionRequest over HTTP, sans-I/O: as the standard has it, or as some do.

From TR-069 3.2.2, and from what devices in the field were seen to do.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from acs.hypertext.challenges import basic
from acs.hypertext.digest import header_bytes, parameters_of, response_of

REALM = "cpe"
SLOW_SECONDS = 3.0
_REMEMBERED = 1000
_PAGE = b"<!DOCTYPE html><html><head><title>Router</title></head><body>Please log in.</body></html>"
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}


class Manner(StrEnum):
    """How devices answer."""

    DIGEST = "digest"
    SHA_256 = "sha-256"
    BASIC = "basic"
    NONE = "none"
    CLOSES_AFTER_401 = "closes-after-401"
    CLOSES_AFTER_ACCEPTING = "closes-after-accepting"
    WRONG_NONCE_ONCE = "wrong-nonce-once"
    NETCWMP = "netcwmp"
    ICWMP = "icwmp"
    BUSY = "busy"
    SLOW = "slow"
    SILENT = "silent"
    WEB_PAGE = "web-page"


class Bell(Protocol):
    """A device, for who asks it for a session."""

    @property
    def credentials(self) -> tuple[str, str]:
        """Its ConnectionRequestUsername and ConnectionRequestPassword."""

    @property
    def is_off(self) -> bool:
        """Whether it is switched off, or just starting."""

    def ring(self) -> bool:
        """Have it open a session; False where it has no time for one."""


class Reply(NamedTuple):
    """What to send, after so many seconds, and whether to close the connection then."""

    data: bytes = b""
    closes: bool = False
    seconds: float = 0.0


class Request(NamedTuple):
    """What came: names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


class Porter:
    """Answers for devices of one manner; ``chance`` is for the nonces."""

    def __init__(self, manner: Manner, chance: random.Random) -> None:
        self._manner = manner
        self._chance = chance
        self._nonces: set[str] = set()
        self._has_refused: set[str] = set()

    def reply(self, request: Request, bell: Bell | None) -> Reply | None:
        """The reply to a request for a device, None for silence."""
        if bell is None:
            return _plain(404)
        if self._manner is Manner.SILENT:
            return None
        if bell.is_off:
            return Reply(closes=True)
        reply = self._reply(request, bell)
        return reply._replace(seconds=SLOW_SECONDS) if self._manner is Manner.SLOW else reply

    def _reply(self, request: Request, bell: Bell) -> Reply:
        if request.method != "GET":
            return _plain(405, "Allow: GET")
        if self._manner is Manner.WEB_PAGE:
            return _plain(200, "Content-Type: text/html", body=_PAGE)
        if self._manner is Manner.BUSY:
            return _plain(503)
        if self._manner is not Manner.NONE and not self._is_right(request, bell):
            return self._challenge()
        taken = bell.ring()
        if taken and self._manner is Manner.CLOSES_AFTER_ACCEPTING:
            return Reply(closes=True)
        return _plain(200 if taken else 503)

    def _is_right(self, request: Request, bell: Bell) -> bool:
        username, password = bell.credentials
        said = request.headers.get("authorization", "")
        if self._manner is Manner.BASIC:
            return said == basic(username, password)
        scheme, _, rest = said.partition(" ")
        given = parameters_of(rest) if scheme.lower() == "digest" else {}
        if given.get("nonce", "") not in self._nonces or given.get("uri") != request.target:
            return False
        if header_bytes(given.get("username", "")) != username.encode():
            return False
        if response_of(given, password, request.method) != header_bytes(given.get("response", "")):
            return False
        return not self._is_first_to_be_refused(request.target)

    def _is_first_to_be_refused(self, target: str) -> bool:
        if self._manner is not Manner.WRONG_NONCE_ONCE or target in self._has_refused:
            return False
        self._has_refused.add(target)
        return True

    def _challenge(self) -> Reply:
        nonce = f"{self._chance.getrandbits(96):024x}"
        if len(self._nonces) >= _REMEMBERED or self._manner is Manner.NETCWMP:
            self._nonces.clear()
        self._nonces.add(nonce)
        asked = {
            Manner.BASIC: f'Basic realm="{REALM}"',
            Manner.NETCWMP: f'Digest qop="auth" nonce="{nonce}" opaque="" realm="cwmpd"',
            Manner.SHA_256: f'Digest realm="{REALM}", qop="auth", algorithm=SHA-256, nonce="{nonce}"',
        }.get(self._manner, f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm=MD5')
        closes = self._manner in (Manner.CLOSES_AFTER_401, Manner.ICWMP)
        return _plain(401, f"WWW-Authenticate: {asked}", closes=closes, measured=self._manner != Manner.ICWMP)


def _plain(
    status: int, *headers: str, body: bytes = b"", closes: bool = False, measured: bool = True
) -> Reply:
    length = [f"Content-Length: {len(body)}"] * measured
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Service Unavailable')}", *headers, *length, "", ""]
    return Reply("\r\n".join(lines).encode("latin-1") + body, closes)


def bad_request() -> Reply:
    """The reply to what is no request."""
    return _plain(400, closes=True)
