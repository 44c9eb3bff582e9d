"""One-time passwords of an authenticator app (TOTP: RFC 6238 over RFC 4226)."""

from __future__ import annotations

import base64
import hmac
from urllib.parse import quote

STEP = 30
"""Seconds for which a code holds."""
_DIGITS = 6
_ASIDE = (0, -1, 1)
"""Steps by which the app's clock may differ."""


def code_at(secret: bytes, step: int) -> str:
    """The code of a step: an HMAC of its number, cut (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The step whose code this is, of those about now; None where it is none of them."""
    steps = [int(now // STEP) + aside for aside in _ASIDE]
    found = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return found[0] if found else None


def written(secret: bytes) -> str:
    """The secret as people type it."""
    return base64.b32encode(secret).decode().rstrip("=")


def uri_of(secret: bytes, name: str, issuer: str) -> str:
    """What a QR code for the app holds."""
    label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
    return f"otpauth://totp/{label}?secret={written(secret)}&issuer={quote(issuer, safe='')}"
