"""Checks passwords aside, a few at a time, as each takes its share of memory for a while."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import DeferredSemaphore, ensureDeferred

from acs.web.serving.problems import Problem
from acs.web.serving.threads import InThread

T = TypeVar("T")

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
        return await self._in_turn(self._check(digest, password))

    async def hash(self, password: str) -> str:
        """The hash by which it can be checked."""
        return await self._in_turn(self._hashed(password))

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        if len(self._turns.waiting) >= _WAITING:
            work.close()
            raise Problem(503, _BUSY, headers={"Retry-After": "5"})
        return await self._turns.run(lambda: ensureDeferred(work))

    async def _check(self, digest: str, password: str) -> bool:
        if not self._nobodys:
            self._nobodys = await self._hashed("nobody's")
        matching = await self._in_thread(_matches, digest or self._nobodys, password)
        return matching and bool(digest)

    async def _hashed(self, password: str) -> str:
        return await self._in_thread(PasswordHasher().hash, password)


def _matches(digest: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(digest, password)
    except (InvalidHashError, VerificationError):
        return False
