"""Which values are secrets, hidden from all but an operator who asks to see them.

A name is a secret's where its last part, without digits at its end and in whatever case, ends in a word of
`ENDINGS` or is one of `WHOLE`.  That covers the data models' own (ConnectionRequestPassword, KeyPassphrase,
PreSharedKey.1.PreSharedKey, WEPKey.2.WEPKey, SharedSecret, ...), the arguments of RPCs (Password) and what
vendors call theirs.  An empty value is shown: it hides nothing, and that a password is not set is worth
knowing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from twisted.logger import Logger

from acs.store.records import Role
from acs.web.calls import Call, Param
from acs.web.problems import Problem

MASK = "********"
"""What stands for a secret."""

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
SHOW = Param(
    "secrets",
    {"type": "boolean", "default": False},
    f"Show passwords and the like, which are {MASK} otherwise. Needs the role operator; each use is logged.",
)
"""The parameter of every route whose answer may hold secrets."""

log = Logger()


def shown(call: Call) -> bool:
    """Whether the caller asks to see secrets, which is logged; raises `Problem` 403 where they may not."""
    if not call.query["secrets"]:
        return False
    if not call.principal.may(Role.OPERATOR):
        raise Problem(403, "secrets are shown to the role operator or a higher one")
    log.info("{who} reads with secrets shown: {path}", who=call.principal.name, path=ascii(call.target))
    return True


def is_secret(name: str) -> bool:
    """Whether what has this name (a full path, or an argument's or element's name) is a secret."""
    return _ends_secret(name[-_LONGEST:])


@lru_cache(maxsize=16384)
def _ends_secret(name: str) -> bool:
    return bool(_SECRET.fullmatch(name.rpartition(".")[2].lower()))


def masked(name: str, value: str | None) -> str | None:
    """A parameter's value as it may be shown."""
    return MASK if value and is_secret(name) else value
