"""How messages are signed, as https://www.standardwebhooks.com has it: sans-I/O.

Three headers go with a message: its id, the time at which it is sent, and an HMAC-SHA-256 of both with the
body.  The id is the same each time that a message is sent again, the time is not: whoever takes a message
refuses one that is old, or whose id is known already.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256

PREFIX = "whsec_"
"""What a secret begins with that is base64 of the key; any other is the key itself."""


def new_secret(random: bytes) -> str:
    """A secret of these random bytes."""
    return PREFIX + b64encode(random).decode("ascii")


def key_of(secret: str) -> bytes:
    """The key that a secret stands for."""
    if secret.startswith(PREFIX):
        try:
            return b64decode(secret.removeprefix(PREFIX), validate=True)
        except Error:
            pass  # somebody's own, which only looks like one
    return secret.encode("utf-8")


def signature(secret: str, id_: str, moment: int, body: bytes) -> str:
    """The value of ``webhook-signature``; ``moment`` is in whole seconds since 1970."""
    signed = b"%b.%d.%b" % (id_.encode("ascii"), moment, body)
    return "v1," + b64encode(hmac.digest(key_of(secret), signed, sha256)).decode("ascii")


def headers(secret: str, id_: str, moment: int, body: bytes) -> dict[str, str]:
    """What goes with a message that is sent at this moment."""
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(secret, id_, moment, body),
    }
