"""Checks passwords aside, a few at a time, as each takes its share of memory for a while."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import DeferredSemaphore, ensureDeferred

from acs.web.problems import Problem
from acs.web.threads import InThread

AT_ONCE = 2
_WAITING = 50
_BUSY = "too many people log in at this moment"


class Passwords:
    """argon2 hashes, made and checked; raises `Problem` 503 where too many wait for that."""

    def __init__(self, in_thread: InThread) -> None:
        self._in_thread = in_thread
        self._turns = DeferredSemaphore(AT_ONCE)
        self._nobodys = ""

    async def matches(self, digest: str, password: str) -> bool:
        """Whether this is the password of that hash; "", for none, takes as long and is nobody's."""
        if len(self._turns.waiting) >= _WAITING:
            raise Problem(503, _BUSY, headers={"Retry-After": "5"})
        return await self._turns.run(lambda: ensureDeferred(self._check(digest, password)))

    async def hash(self, password: str) -> str:
        """The hash by which it can be checked."""
        return await self._in_thread(PasswordHasher().hash, password)

    async def _check(self, digest: str, password: str) -> bool:
        if not self._nobodys:
            self._nobodys = await self.hash("nobody's")
        matching = await self._in_thread(_matches, digest or self._nobodys, password)
        return matching and bool(digest)


def _matches(digest: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(digest, password)
    except (InvalidHashError, VerificationError):
        return False
