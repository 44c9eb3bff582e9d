"""What an ID token says, if it can be believed (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest
from typing import Any

import jwt

from acs.web.oidc.errors import TokenRefused

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures by a key that only the provider has: neither none at all, nor by a secret that is ours too."""
LEEWAY = 60.0
"""Seconds by which clocks may differ."""
_LONGEST = 65_536
_OURS_TO_CHECK = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
_NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


class UnknownKey(TokenRefused):
    """It is signed by a key that is not among the known ones."""


def claims_of(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now: float
) -> Mapping[str, Any]:
    """The claims of a token that is for us and for this login, by one of these keys (JWK, RFC 7517), at this
    time (seconds since 1970); raises `TokenRefused`."""
    if len(token) > _LONGEST:
        raise TokenRefused("the ID token is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise TokenRefused(f"the ID token is none: {error}") from None
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise TokenRefused(f"the ID token is signed by {algorithm!r}")
    claims = _verified(token, list(_fitting(keys, header, algorithm)), algorithm, issuer, client_id)
    _check(claims, client_id, nonce, now)
    return claims


def _fitting(
    keys: Sequence[Mapping[str, Any]], header: Mapping[str, Any], algorithm: str
) -> Iterator[jwt.PyJWK]:
    """The keys that may have signed it."""
    for key in keys:
        named = "kid" not in header or key.get("kid") == header["kid"]
        if named and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm:
            try:
                yield jwt.PyJWK(dict(key), algorithm)
            except jwt.PyJWTError:
                continue  # of another kind than the algorithm's


def _verified(
    token: str, keys: Sequence[jwt.PyJWK], algorithm: str, issuer: str, client_id: str
) -> dict[str, Any]:
    if not keys:
        raise UnknownKey("the ID token is signed by a key that the provider does not publish")
    options: Any = {"require": _NEEDED, **_OURS_TO_CHECK}
    for number, key in enumerate(keys, 1):
        try:
            return jwt.decode(
                token, key, algorithms=[algorithm], audience=client_id, issuer=issuer, options=options
            )
        except jwt.InvalidSignatureError:
            if number == len(keys):
                raise TokenRefused("the ID token's signature is wrong") from None
        except jwt.PyJWTError as error:
            raise TokenRefused(f"the ID token: {error}") from None
    raise AssertionError


def _check(claims: Mapping[str, Any], client_id: str, nonce: str, now: float) -> None:
    times = [claims[name] for name in ("exp", "iat")] + [claims.get("nbf", 0)]
    if not all(isinstance(time, int | float) for time in times):
        raise TokenRefused("the ID token's times are none")
    expires, issued, begins = times
    if expires <= now - LEEWAY:
        raise TokenRefused("the ID token has expired")
    if max(issued, begins) > now + LEEWAY:
        raise TokenRefused("the ID token is from the future: compare the clocks")
    if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise TokenRefused("the ID token is of another login")
    if claims.get("azp", client_id) != client_id or ("azp" not in claims and _is_for_others(claims["aud"])):
        raise TokenRefused("the ID token is for another client")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenRefused("the ID token names nobody")


def _is_for_others(audience: object) -> bool:
    return isinstance(audience, list) and len(audience) > 1
