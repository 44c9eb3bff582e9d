"""The console's session cookie, one of the credentials that requests carry."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from acs.store.interface import Store
from acs.store.records.people import Login
from acs.store.tokens import digest_of
from acs.web.people.authentication import Principal
from acs.web.people.believed import Believed
from acs.web.people.door import IDLE, LONGEST
from acs.web.serving.problems import Problem

SAFE = (b"GET", b"HEAD", b"OPTIONS")


def cookie_name(secure: bool) -> str:
    """What the cookie is called; over TLS so that no other host of the domain can have set it."""
    return "__Host-acs_session" if secure else "acs_session"


def cookie_of(secret: str, secure: bool) -> str:
    """The Set-Cookie that brings it, or with "" takes it away (RFC 6265)."""
    gone = "" if secret else "; Max-Age=0"
    more = "; Secure" if secure else ""
    return f"{cookie_name(secure)}={secret}; Path=/; HttpOnly; SameSite=Lax{more}{gone}"


class SessionCookies:
    """Cookies of those who have logged in, known by their SHA-256; ``csrf_of`` tells what has to come with an
    unsafe request in X-CSRF-Token.  Where a second factor is required, a user with a password but without one
    is confined.

    What the store said of one is believed for a while (`Believed`).
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        csrf_of: Callable[[str], str],
        second_factor_required: bool = False,
    ) -> None:
        self._second_factor_required = second_factor_required
        self._store = store
        self._now = now
        self._csrf_of = csrf_of
        self._believed = Believed(store.login, now)

    async def authenticate(self, request: Any) -> Principal | None:
        """Who has logged in (see `Authenticator`); raises `Problem` 403 too, where another site
        may have made the browser ask."""
        given = request.getCookie(cookie_name(request.peer.secure).encode())
        if not given:
            return None
        now = self._now()
        # What was admitted once, and goes on, is no sign of somebody at the screen.
        login = await self._login(digest_of(given), not request.startedWriting)
        if login is None or login.used < now - IDLE or login.created < now - LONGEST:
            raise Problem(401, "log in again", headers={"WWW-Authenticate": "Bearer"})
        csrf = self._csrf_of(given.decode("latin-1"))
        if request.method not in SAFE:
            _check_ours(request, csrf)
        user = login.user
        return Principal(
            f"user:{user.name}",
            user.role,
            csrf=csrf,
            user=user.name,
            login=login.digest,
            second_factor=login.second_factor,
            only=user.only,
            confined=self._second_factor_required and bool(user.password) and not login.second_factor,
        )

    async def _login(self, digest: str, in_use: bool) -> Login | None:
        login, asked = await self._believed.find(digest)
        if login is not None and asked and in_use:
            self._store.login_used(digest, self._now())
        return login

    def forget(self) -> None:
        """Ask the store anew for every cookie, as one is not good any more."""
        self._believed.forget()


def _check_ours(request: Any, csrf: str) -> None:
    """Raise `Problem` 403 unless a page of ours asks."""
    given = request.requestHeaders.getRawHeaders(b"x-csrf-token") or [b""]
    if request.peer.foreign:
        raise Problem(403, "another site asks this")
    if len(given) != 1 or not hmac.compare_digest(given[0], csrf.encode()):
        raise Problem(403, "this needs the header X-CSRF-Token with what /api/v1/me tells as csrf")
