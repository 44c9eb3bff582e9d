"""Which names are those of secrets.

A name is a secret's where its last part, without digits at its end and in whatever case, ends in a word of
`ENDINGS` or is one of `WHOLE`.  That covers the data models' own (ConnectionRequestPassword, KeyPassphrase,
PreSharedKey.1.PreSharedKey, WEPKey.2.WEPKey, SharedSecret, ...), the arguments of RPCs (Password) and what
vendors call theirs.
"""

from __future__ import annotations

import re
from functools import lru_cache

ENDINGS = (
    "password",
    "passwd",
    "passphrase",
    "presharedkey",
    "psk",
    "wepkey",
    "privatekey",
    "encryptionkey",
    "authenticationkey",
    "secret",
    "credential",
    "token",
    "devicepin",
    "wpspin",
)
"""How the names of secrets end."""
WHOLE = ("pass", "pwd", "pin", "puk", "pin_code", "pincode")
"""Names that are a secret's as they are; as endings they would hit too much."""

_LONGEST = 128  # characters of a name that are looked at: a device may send megabytes
_SECRET = re.compile(rf"(?:.*(?:{'|'.join(ENDINGS)})|(?:.*_)?(?:{'|'.join(WHOLE)}))[0-9]*", re.DOTALL)


def is_secret(name: str) -> bool:
    """Whether what has this name (a full path, or an argument's or element's name) is a secret."""
    return _ends_secret(name[-_LONGEST:])


@lru_cache(maxsize=16384)
def _ends_secret(name: str) -> bool:
    return bool(_SECRET.fullmatch(name.rpartition(".")[2].lower()))
