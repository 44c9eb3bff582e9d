"""Who a request is from, told by a chain of `Authenticator`, one for each kind of credential.

Bearer tokens (RFC 6750) are here.  The console's session cookie joins the chain with an `Authenticator` of
its own, which also sees the request's method and headers for its check against forged requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from twisted.web.iweb import IRequest

from acs.store.interface import Store
from acs.store.records import Role, Token
from acs.store.tokens import digest_of
from acs.web.problems import Problem

BELIEVED_FOR = 5.0
"""Seconds for which a token that was found is believed: one that is revoked elsewhere serves so long."""
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who may do what their role may; ``name`` is for logs and records, such as
    ``token:billing``."""

    name: str
    role: Role | None
    csrf: str = ""

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

    What the store said of a token is believed for `BELIEVED_FOR` seconds, so that a client's requests do not
    each wait for it.  Only tokens that exist are remembered: a new one is good at once.
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._believed: dict[str, tuple[float, Token]] = {}

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
        now = self._now()
        token = await self._token(digest_of(secret), now)
        if token is None or (token.expires is not None and token.expires <= now):
            return None
        return Principal(f"token:{token.name}", token.role)

    async def _token(self, digest: str, now: float) -> Token | None:
        until, token = self._believed.get(digest, (0.0, None))
        if token is not None and now < until:
            return token
        token = await self._store.token(digest)
        self._believed.pop(digest, None)
        if token is not None:
            self._remember(digest, token, now)
            self._store.token_used(digest, now)
        return token

    def _remember(self, digest: str, token: Token, now: float) -> None:
        if len(self._believed) >= _REMEMBERED:
            del self._believed[next(iter(self._believed))]
        self._believed[digest] = (now + BELIEVED_FOR, token)

    def forget(self) -> None:
        """Ask the store anew for every token, as one was revoked."""
        self._believed.clear()
