"""Who a request is from, told by a chain of `Authenticator`, one for each kind of credential.

Bearer tokens (RFC 6750) are here, the console's session cookie in `acs.web.people.cookies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from twisted.web.iweb import IRequest

from acs.store.interface import Store
from acs.store.records import Role
from acs.store.records.people import Only, Token
from acs.store.tokens import digest_of
from acs.web.people.believed import Believed
from acs.web.serving.problems import Problem


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who may do what their role may; ``name`` is for logs and records, such as ``token:billing``.

    Who has logged in has a ``user``'s name, the digest of the ``login``, perhaps a ``second_factor``, and
    ``csrf``, without which nothing is changed; all of these are empty for others.  ``only`` are the devices
    that are there for them (None: all), ``scopes`` where a token serves (none: everywhere); who is
    ``confined`` has to set up a second factor before anything else.
    """

    name: str
    role: Role | None
    csrf: str = ""
    user: str = ""
    login: str = ""
    second_factor: bool = False
    confined: bool = False
    only: Only | None = None
    scopes: tuple[str, ...] = ()

    def may(self, least: Role) -> bool:
        """True where the role is ``least`` or higher."""
        return self.role is not None and self.role.includes(least)


NOBODY = Principal("-", None)
"""Whoever asks where nobody is asked who they are."""


class Authenticator(Protocol):
    """Knows one kind of credential."""

    async def authenticate(self, request: IRequest) -> Principal | None:
        """Whose credential the request carries; None where it carries none of this kind.

        Raises `Problem` 401 where it carries one that is not, or no longer, good.
        """


async def identify(chain: Iterable[Authenticator], request: IRequest) -> Principal:
    """Who a request is from, by the first authenticator that knows its credential; raises `Problem` 401."""
    for authenticator in chain:
        principal = await authenticator.authenticate(request)
        if principal is not None:
            return principal
    raise _unauthorized("Bearer")


def _unauthorized(challenge: str) -> Problem:
    return Problem(401, "a valid token is needed", headers={"WWW-Authenticate": challenge})


class BearerTokens:
    """Tokens in the Authorization header, known by their SHA-256; ``now`` gives seconds since 1970.

    What the store said of one is believed for a while (`Believed`).
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._believed = Believed(store.token, now)

    async def authenticate(self, request: IRequest) -> Principal | None:
        """The token's holder (see `Authenticator`)."""
        given = request.requestHeaders.getRawHeaders(b"authorization") or []
        if not given:
            return None
        scheme, _, secret = given[0].partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        principal = await self.holder_of(secret.strip())
        if len(given) > 1 or principal is None:
            raise _unauthorized('Bearer error="invalid_token"')
        return principal

    async def holder_of(self, secret: bytes) -> Principal | None:
        """Whose token this is; None where it is none, or not any more."""
        token = await self._token(digest_of(secret))
        if token is None or (token.expires is not None and token.expires <= self._now()):
            return None
        return Principal(f"token:{token.name}", token.role, only=token.only, scopes=token.scopes)

    async def _token(self, digest: str) -> Token | None:
        token, asked = await self._believed.find(digest)
        if token is not None and asked:
            self._store.token_used(digest, self._now())
        return token

    def forget(self) -> None:
        """Ask the store anew for every token, as one was revoked."""
        self._believed.forget()
