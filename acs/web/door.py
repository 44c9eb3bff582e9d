"""Where people come in: by name with password, as often as that is reasonable."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil

from twisted.logger import Logger

from acs.store.interface import Store
from acs.store.people_records import User
from acs.store.tokens import digest_of
from acs.web.passwords import Passwords
from acs.web.problems import Problem
from acs.web.throttle import Throttle

IDLE = 12 * 3600.0
"""Seconds without a request after which who has logged in has to do so again."""
LONGEST = 7 * 86_400.0
"""Seconds after which that is so in any case."""
_WRONG = "the name or the password is wrong"
_KNOWN = 1000

log = Logger()


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is in: ``secret`` is what the cookie holds, ``csrf`` what has to come with all that
    changes something."""

    user: User
    secret: str
    csrf: str


class Door:
    """Lets people in.

    Who fails waits longer each time: by name, so that nobody guesses one password from many places, unless
    the name has come in from that address before, as else anybody could keep somebody out; by address, so
    that nobody guesses those of many.  ``random_text`` gives so many random bytes as URL-safe text.

    :ivar passwords: makes and checks them.
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
        self._random_text = random_text
        self._key = store.derive("csrf")
        self._by_name = Throttle(now, 5, 60.0)
        self._by_address = Throttle(now, 20, 300.0)
        self._known: dict[tuple[str, str], None] = {}

    async def log_in(self, name: str, password: str, address: str) -> Entered:
        """Let somebody in; raises `Problem` 401, or 429 where it has to be waited."""
        network = _network(address)
        names, networks = self._name_key(name, network), (network,)
        self._check_wait(names, networks)
        self._by_name.begin(names)
        self._by_address.begin(networks)
        user = await self._store.user(name)
        if not await self.passwords.matches(user.password if user else "", password) or user is None:
            log.warn("{address} could not log in as {name!r}", address=address, name=name)
            raise _wrong()
        entered = await self.enter(user)
        self._by_name.forget(names)
        self._by_address.take_back(networks)
        self._remember(name, network)
        log.info("{name!r} has logged in from {address}", address=address, name=name)
        return entered

    async def enter(self, user: User) -> Entered:
        """Let a user in who has shown all that is needed; raises `Problem` 401 where that has changed."""
        now = self._now()
        secret = self._random_text(32)
        await self._store.end_logins_before(now - IDLE, now - LONGEST)
        if not await self._store.add_login(digest_of(secret.encode()), user, now):
            raise _wrong()
        return Entered(user, secret, self.csrf_of(secret))

    def csrf_of(self, secret: str) -> str:
        """What a page of ours has to know of the cookie, which no page can read."""
        return hmac.digest(self._key, secret.encode(), sha256).hex()

    def _check_wait(self, names: tuple[str, ...], networks: tuple[str, ...]) -> None:
        wait = max(self._by_name.wait(names), self._by_address.wait(networks))
        if wait > 0:
            seconds = str(ceil(wait))
            words = f"too many attempts have failed: wait {seconds} seconds"
            raise Problem(429, words, headers={"Retry-After": seconds})

    def _name_key(self, name: str, network: str) -> tuple[str, ...]:
        return (name, network) if (name, network) in self._known else (name,)

    def _remember(self, name: str, network: str) -> None:
        self._known.pop((name, network), None)
        if len(self._known) >= _KNOWN:
            del self._known[next(iter(self._known))]
        self._known[name, network] = None


def _wrong() -> Problem:
    return Problem(401, _WRONG, headers={"WWW-Authenticate": "Bearer"})


def _network(address: str) -> str:
    """What one client has all of: its address, of IPv6 the first half."""
    try:
        there = ip_address(address)
    except ValueError:
        return address
    return str(there.packed[:8]) if isinstance(there, IPv6Address) else address
