"""The way through the identity provider, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.client import Agent

from acs.store.interface import Store
from acs.store.records.people import User
from acs.web.oidc.admitting import user_of
from acs.web.oidc.errors import NotAdmitted, ProviderFailed, TokenRefused
from acs.web.oidc.fetching import SECONDS, Fetching
from acs.web.oidc.passage import Passage, Passages
from acs.web.oidc.provider import Provider
from acs.web.oidc.settings import OidcSettings
from acs.web.serving.problems import Problem

log = Logger()


class Oidc:
    """``random_text`` gives so many random bytes as URL-safe text."""

    def __init__(
        self,
        settings: OidcSettings,
        store: Store,
        reactor: Any,
        clock: IReactorTime,
        random_text: Callable[[int], str],
    ) -> None:
        agent = Agent(reactor, connectTimeout=SECONDS)  # type: ignore[no-untyped-call]
        self._settings = settings
        self._store = store
        self._now = clock.seconds
        self._provider = Provider(settings, Fetching(agent, clock), clock.seconds)
        self._passages = Passages(store.derive("oidc"), clock.seconds, random_text)

    async def begin(self, target: str, secure: bool) -> tuple[str, str]:
        """Where to send a browser that wants to this page then, and the Set-Cookie to send along; raises
        `Problem`."""
        passage = self._passages.begin(target)
        try:
            url = await self._provider.authorization_url(passage.state, passage.nonce, passage.challenge)
        except ProviderFailed as error:
            raise _failed(error) from None
        return url, self._passages.cookie_of(passage, secure)

    async def end(
        self, query: Mapping[str, Any], headers: Mapping[str, str], secure: bool, address: str
    ) -> tuple[User, str]:
        """Whom the provider has sent back, and the page to go to; raises `Problem`."""
        passage = self._passages.find(headers, query.get("state", ""), secure)
        if passage is None:
            raise Problem(400, "this login was not begun in this browser, or too long ago: begin again")
        if query.get("iss", self._settings.issuer) != self._settings.issuer:  # RFC 9207, section 2.4
            raise Problem(403, "another identity provider has answered than was asked")
        if "code" not in query:
            raise Problem(403, f"the identity provider has refused: {query.get('error', 'without a reason')}")
        try:
            user = await self._admitted(query["code"], passage)
        except ProviderFailed as error:
            raise _failed(error) from None
        except TokenRefused as error:
            log.error("an ID token from {address} is refused: {error}", address=address, error=error)
            raise Problem(403, "what the identity provider says of you cannot be believed") from None
        except NotAdmitted as error:
            log.warn("{address} is not admitted: {error}", address=address, error=error)
            raise Problem(403, str(error)) from None
        log.info("{name!r} comes from the identity provider, at {address}", name=user.name, address=address)
        return user, passage.target

    async def _admitted(self, code: str, passage: Passage) -> User:
        claims = await self._provider.claims(code, passage.verifier, passage.nonce)
        return await user_of(self._store, self._settings, claims, self._now())


def _failed(error: ProviderFailed) -> Problem:
    log.error("the identity provider: {error}", error=error)
    return Problem(503, "the identity provider does not answer as it should", headers={"Retry-After": "10"})
