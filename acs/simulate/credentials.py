"""How a CPE answers a 401.

By Digest (RFC 2617, MD5, with and without qop=auth) or Basic.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

_PAIR = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:\A|,)\s*([A-Za-z]+)(?=\s+[A-Za-z]+\s*=|\s*\Z)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for: ``scheme`` in lower case, and its parameters."""

    scheme: str
    parameters: dict[str, str]


def challenges(headers: Iterable[bytes]) -> list[Challenge]:
    """Those of the WWW-Authenticate headers of a response."""
    found = []
    for header in headers:
        text = header.decode("latin-1")
        schemes = list(_SCHEME.finditer(text))
        ends = [*(match.start() for match in schemes[1:]), len(text)]
        for match, end in zip(schemes, ends, strict=False):
            pairs = _PAIR.findall(text[match.end() : end])
            parameters = {name.lower(): quoted or bare for name, quoted, bare in pairs}
            found.append(Challenge(match[1].lower(), parameters))
    return found


class Credentials:
    """A user name and a password, and what a server has asked for so far.

    ``chance`` is for the cnonce.
    """

    def __init__(self, username: str, password: str, chance: random.Random) -> None:
        self._username = username
        self._password = password
        self._chance = chance
        self._challenge: Challenge | None = None
        self._count = 0

    def challenged(self, headers: Iterable[bytes]) -> bool:
        """Note what the server asks for; False where it is nothing that we can give."""
        offered = {challenge.scheme: challenge for challenge in challenges(headers) if _is_known(challenge)}
        chosen = offered.get("digest") or offered.get("basic")
        self._challenge, self._count = chosen, 0
        return chosen is not None and bool(self._username)

    def authorization(self, method: str, target: str) -> str | None:
        """The Authorization header for a request; None while nobody has asked."""
        if self._challenge is None or not self._username:
            return None
        if self._challenge.scheme == "basic":
            pair = f"{self._username}:{self._password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return self._digest(self._challenge.parameters, method, target)

    def _digest(self, asked: dict[str, str], method: str, target: str) -> str:
        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        first = _md5(f"{self._username}:{realm}:{self._password}")
        second = _md5(f"{method}:{target}")
        fields = {"username": self._username, "realm": realm, "nonce": nonce, "uri": target}
        if "auth" in [each.strip() for each in asked.get("qop", "").split(",")]:
            self._count += 1
            count, cnonce = f"{self._count:08x}", f"{self._chance.getrandbits(64):016x}"
            response = _md5(f"{first}:{nonce}:{count}:{cnonce}:auth:{second}")
            rest = {"response": response, "cnonce": cnonce, "opaque": asked.get("opaque")}
            return _written({**fields, **rest}) + f", qop=auth, nc={count}, algorithm=MD5"
        response = _md5(f"{first}:{nonce}:{second}")
        return _written({**fields, "response": response, "opaque": asked.get("opaque")})


def _is_known(challenge: Challenge) -> bool:
    if challenge.scheme == "digest":
        return challenge.parameters.get("algorithm", "MD5").upper() == "MD5"
    return challenge.scheme == "basic"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _written(fields: dict[str, str | None]) -> str:
    pairs = (f'{name}="{value}"' for name, value in fields.items() if value is not None)
    return "Digest " + ", ".join(pairs)
