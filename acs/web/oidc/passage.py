"""What is kept, in the browser itself, of a login on its way through the provider."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie

import msgspec
from msgspec import Struct

LASTS = 600.0
"""Seconds that the way may take."""


class Passage(Struct, frozen=True):
    """``state`` and ``nonce`` come back with the answer, ``verifier`` proves to the provider that it is us
    who began, ``target`` is the page to go to; good until then (seconds since 1970)."""

    state: str
    nonce: str
    verifier: str
    target: str
    until: float

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier before (RFC 7636, section 4.2)."""
        digest = sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Passages:
    """Begins them, knows them again; the cookie is signed by ``key``, so that any node knows it."""

    def __init__(self, key: bytes, now: Callable[[], float], random_text: Callable[[int], str]) -> None:
        self._key = key
        self._now = now
        self._random_text = random_text

    def begin(self, target: str) -> Passage:
        """A new one."""
        random = self._random_text
        return Passage(random(24), random(24), random(32), target, self._now() + LASTS)

    def cookie_of(self, passage: Passage, secure: bool) -> str:
        """The Set-Cookie that keeps it."""
        words = base64.urlsafe_b64encode(msgspec.json.encode(passage)).decode()
        more = "; Secure" if secure else ""
        value = f"{words}.{self._sign(words)}"
        return f"{_name(secure)}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LASTS:.0f}{more}"

    def find(self, headers: Mapping[str, str], state: str, secure: bool) -> Passage | None:
        """The one that this browser has begun, if the answer is to that; None where it is not, or too
        late."""
        try:
            morsel = SimpleCookie(headers.get("Cookie", "")).get(_name(secure))
            words, _, signature = morsel.value.partition(".") if morsel else ("", "", "")
            if not words or not hmac.compare_digest(signature.encode(), self._sign(words).encode()):
                return None
            passage = msgspec.json.decode(base64.urlsafe_b64decode(words), type=Passage)
        except (CookieError, binascii.Error, msgspec.DecodeError):
            return None
        is_this = hmac.compare_digest(passage.state.encode(), state.encode())
        return passage if is_this and self._now() < passage.until else None

    def _sign(self, words: str) -> str:
        return hmac.digest(self._key, words.encode(), sha256).hex()


def _name(secure: bool) -> str:
    return "__Host-acs_oidc" if secure else "acs_oidc"
