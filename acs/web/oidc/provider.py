"""The identity provider: what it publishes of itself, what it says of somebody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, urlencode

from twisted.internet.defer import DeferredLock

from acs.web.oidc.errors import ProviderFailed
from acs.web.oidc.fetching import Fetching, trusted
from acs.web.oidc.id_token import UnknownKey, claims_of
from acs.web.oidc.settings import OidcSettings

BELIEVED_FOR = 3600.0
"""Seconds for which what it publishes of itself is believed."""
FAILS_FOR = 5.0
"""Seconds for which a provider that has failed is not asked again, whoever wants to log in."""
KEYS_AGAIN = 60.0
"""Seconds between two looks at its keys, however many tokens come that none of them has signed."""


class Provider:
    """Asks it when somebody logs in; ``now`` gives seconds since 1970.  Each verb raises `ProviderFailed`."""

    def __init__(self, settings: OidcSettings, fetching: Fetching, now: Callable[[], float]) -> None:
        self._settings = settings
        self._fetching = fetching
        self._now = now
        self._published: tuple[float, Mapping[str, Any]] = (0.0, {})
        self._failed: tuple[float, ProviderFailed | None] = (0.0, None)
        self._lock = DeferredLock()
        self._keys: tuple[float, Sequence[Mapping[str, Any]]] = (0.0, ())

    async def authorization_url(self, state: str, nonce: str, challenge: str) -> str:
        """Where to send a browser (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""
        place = trusted(await self._place("authorization_endpoint"))
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What it says of whom it has sent back with this code; raises `TokenRefused` where that cannot be
        believed."""
        token = await self._id_token(code, verifier)
        try:
            return self._believed(token, await self._published_keys(BELIEVED_FOR), nonce)
        except UnknownKey:
            return self._believed(token, await self._published_keys(KEYS_AGAIN), nonce)

    def _believed(self, token: str, keys: Sequence[Mapping[str, Any]], nonce: str) -> Mapping[str, Any]:
        settings = self._settings
        ours = {"issuer": settings.issuer, "client_id": settings.client_id}
        return claims_of(token, keys, nonce=nonce, now=self._now(), **ours)

    async def _id_token(self, code: str, verifier: str) -> str:
        """Exchange the code (RFC 6749, section 4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        by_form, by_header = await self._credentials()
        place = await self._place("token_endpoint")
        body = urlencode(form | by_form).encode()
        answer = await self._fetching.json("POST", place, headers | by_header, body)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("it answers without an ID token")
        return token

    async def _credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """How we say who we are, in the form or in a header (RFC 6749, section 2.3.1)."""
        name, secret = self._settings.client_id, self._settings.client_secret
        known = (await self._metadata()).get("token_endpoint_auth_methods_supported")
        if not secret:
            return {"client_id": name}, {}
        if isinstance(known, list) and "client_secret_basic" not in known and "client_secret_post" in known:
            return {"client_id": name, "client_secret": secret}, {}
        pair = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
        return {}, {"Authorization": f"Basic {b64encode(pair).decode()}"}

    async def _place(self, name: str) -> str:
        place = (await self._metadata()).get(name)
        if not isinstance(place, str):
            raise ProviderFailed(f"it does not publish its {name}")
        return place

    async def _metadata(self) -> Mapping[str, Any]:
        """What it publishes of itself (OpenID Connect Discovery 1.0, section 4)."""
        await self._lock.acquire()
        try:
            until, published = self._published
            if self._now() >= until:
                published = await self._read_metadata()
            return published
        finally:
            self._lock.release()

    async def _read_metadata(self) -> Mapping[str, Any]:
        until, failure = self._failed
        if failure is not None and self._now() < until:
            raise failure
        place = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            published = await self._fetching.json("GET", place, {})
            if published.get("issuer") != self._settings.issuer:
                raise ProviderFailed(f"{place} tells of another issuer, {published.get('issuer')!r}")
        except ProviderFailed as error:
            self._failed = self._now() + FAILS_FOR, error
            raise
        self._published = self._now() + BELIEVED_FOR, published
        return published

    async def _published_keys(self, age: float) -> Sequence[Mapping[str, Any]]:
        """Its keys, as they were so many seconds ago at most."""
        read_at, keys = self._keys
        if keys and self._now() < read_at + age:
            return keys
        found = (await self._fetching.json("GET", await self._place("jwks_uri"), {})).get("keys")
        if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
            raise ProviderFailed("it publishes no keys")
        self._keys = self._now(), found
        return found
