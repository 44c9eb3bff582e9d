"""Where people come in: by name with password, as often as that is reasonable."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from msgspec.structs import replace
from twisted.logger import Logger

from acs.store.interface import Store
from acs.store.records.people import User
from acs.store.tokens import digest_of
from acs.web.people.factors import Factors
from acs.web.people.passwords import Passwords
from acs.web.people.patience import Patience, Try
from acs.web.serving.problems import Problem
from acs.web.serving.schema import FieldError

IDLE = 12 * 3600.0
"""Seconds without a request after which who has logged in has to do so again."""
LONGEST = 7 * 86_400.0
"""Seconds after which that is so in any case."""
_WRONG = "the name or the password is wrong"

log = Logger()


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is in: ``secret`` is what the cookie holds, ``csrf`` what has to come with all that
    changes something."""

    user: User
    secret: str
    csrf: str


class Door:
    """Lets people in, as often as `Patience` has it.  ``random_text`` gives so many random bytes as URL-safe
    text.

    :ivar passwords: makes and checks them.
    :ivar factors: what people have beside them.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        passwords: Passwords,
        random_text: Callable[[int], str],
    ) -> None:
        self._store = store
        self._now = now
        self.passwords = passwords
        self.factors = Factors(store, now, random_text)
        self._random_text = random_text
        self._key = store.derive("csrf")
        self._patience = Patience(now)

    async def log_in(self, name: str, password: str, code: str, address: str) -> Entered:
        """Let somebody in; raises `Problem` 401, or 429 where it has to be waited."""
        attempt = self._patience.begin(name, address)
        user = await self._known(name, password, attempt)
        if user is None:
            log.warn("{address} could not log in as {name!r}", address=address, name=name)
            raise _refused(_WRONG)
        if await self.factors.wanted(name):
            await self._check_factor(name, code, address, attempt)
        entered = await self.enter(user)
        attempt.succeed()
        log.info("{name!r} has logged in from {address}", address=address, name=name)
        return entered

    async def _known(self, name: str, password: str, attempt: Try) -> User | None:
        """The user of this name and password; that takes as long where there is none."""
        user = await self._store.user(name)
        try:
            matching = await self.passwords.matches(user.password if user else "", password)
        except Problem:
            attempt.take_back()
            raise
        return user if matching else None

    async def _check_factor(self, name: str, code: str, address: str, attempt: Try) -> None:
        wanted = {"code": "wanted"}
        if not code:
            attempt.take_back()
            raise _refused("a code of the second factor is needed", wanted)
        if not await self.factors.shows(name, code):
            log.warn("{address} has shown a wrong code as {name!r}", address=address, name=name)
            raise _refused("the code is wrong, or was used before", wanted)

    async def enter(self, user: User) -> Entered:
        """Let a user in who has shown all that is needed; raises `Problem` 401 where that has changed."""
        now = self._now()
        secret = self._random_text(32)
        await self._store.end_logins_before(now - IDLE, now - LONGEST)
        if not await self._store.add_login(digest_of(secret.encode()), user, now):
            raise _refused(_WRONG)
        return Entered(user, secret, self.csrf_of(secret))

    async def change_password(self, name: str, old: str, new: str, address: str) -> Entered:
        """Give a user who knows the old password a new one, and let them in with it; raises `Problem` 422, or
        429 where it has to be waited."""
        attempt = self._patience.begin(name, address)
        user = await self._known(name, old, attempt)
        digest = await self.passwords.hash(new) if user else ""
        if user is None or not await self._store.change_password(name, user.password, digest):
            raise _mistaken("old", "is not your password")
        attempt.take_back()
        log.info("{name!r} has a new password, set from {address}", address=address, name=name)
        return await self.enter(replace(user, password=digest))

    async def check_code(self, name: str, code: str, address: str) -> None:
        """Have a user show the second factor; raises `Problem` 422, or 429 where it has to be waited."""
        attempt = self._patience.begin(name, address)
        if not await self.factors.shows(name, code):
            raise _mistaken("code", "is wrong, or was used before")
        attempt.take_back()

    def csrf_of(self, secret: str) -> str:
        """What a page of ours has to know of the cookie, which no page can read."""
        return hmac.digest(self._key, secret.encode(), sha256).hex()


def _refused(words: str, more: Mapping[str, str] = MappingProxyType({})) -> Problem:
    return Problem(401, words, headers={"WWW-Authenticate": "Bearer"}, more=more)


def _mistaken(field: str, reason: str) -> Problem:
    return Problem(422, f"the {field} {reason}", (FieldError(field, reason),))
