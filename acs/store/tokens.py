"""API tokens, of which a digest is kept, never the token itself."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

PREFIX = "acs_"
"""How every token begins, so that one that was left somewhere is recognised for what it is."""


def new_secret(random_text: Callable[[int], str]) -> str:
    """A new token; ``random_text`` gives so many random bytes as URL-safe text (`secrets.token_urlsafe`)."""
    return PREFIX + random_text(32)


def digest_of(secret: bytes) -> str:
    """What a token is known by (`acs.store.records.Token.digest`)."""
    return sha256(secret).hexdigest()
