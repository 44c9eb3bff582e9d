"""How a CPE answers a 401.

By Digest (RFC 7616, with and without qop=auth) or Basic.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from acs.hypertext.challenges import Challenge, basic, challenges, choose, digest


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
        self._challenge, self._count = choose(challenges(headers), basic=True), 0
        return self._challenge is not None and bool(self._username)

    def authorization(self, method: str, target: str) -> str | None:
        """The Authorization header for a request; None while nobody has asked."""
        if self._challenge is None or not self._username:
            return None
        if self._challenge.scheme == "basic":
            return basic(self._username, self._password)
        self._count += 1
        cnonce = f"{self._chance.getrandbits(64):016x}"
        pair = self._username, self._password
        return digest(self._challenge.parameters, *pair, (method, target), self._count, cnonce)
