"""A small identity provider on loopback, which says what a test has it say."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Site

KEY = generate_private_key(65537, 2048)
OTHER_KEY = generate_private_key(65537, 2048)
SECRET = "sec ret+"


class OidcProvider(Resource):
    """Gives the ID token that ``claims`` say, for a code that ``authorize`` has given.

    :ivar answers: what is answered at a path instead, as status and body; ``asked`` counts the paths.
    :ivar signed: key, its id, algorithm.
    """

    isLeaf = True

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._now = now
        self.port: Any = reactor.listenTCP(0, Site(self), interface="127.0.0.1")  # type: ignore[attr-defined, no-untyped-call]
        self.issuer = f"http://127.0.0.1:{self.port.getHost().port}/realm"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.keys = [published(KEY, "k1")]
        self.signed: tuple[Any, str | None, str] = (KEY, "k1", "RS256")
        self.claims: dict[str, Any] = {"sub": "s-1", "preferred_username": "bob", "groups": ["noc"]}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self._given: dict[str, Mapping[str, str]] = {}

    async def stop(self) -> None:
        """Listen no more."""
        if self.port.connected:
            await self.port.stopListening()

    def authorize(self, url: str) -> dict[str, str]:
        """Somebody has logged in at this URL: what the browser brings back."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize", url
        asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
        assert (asked["response_type"], asked["client_id"], asked["tenant"]) == ("code", "acs", "1"), asked
        assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid profile"), asked
        assert asked["redirect_uri"] == "https://acs.example/login/oidc/callback", asked
        code = f"code-{len(self._given)}"
        self._given[code] = asked
        return {"code": code, "state": asked["state"]}

    def render(self, request: Any) -> bytes:
        """Answer the appliance."""
        path = request.path.decode().removeprefix("/realm/")
        self.asked.append(path)
        if path in self.answers:
            status, body = self.answers[path]
            request.setResponseCode(status)
            return body
        answer: Any = {
            ".well-known/openid-configuration": lambda: self.metadata,
            "keys": lambda: {"keys": self.keys},
            "token": lambda: self._token(request),
        }[path]()
        return orjson.dumps(answer)

    def _token(self, request: Any) -> dict[str, Any]:
        form = {name.decode(): value.decode() for name, (value,) in request.args.items()}
        asked = self._given.pop(form["code"])
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        assert challenge.decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        assert form["grant_type"] == "authorization_code"
        self._check_client(request, form)
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def _check_client(self, request: Any, form: dict[str, str]) -> None:
        header = request.getHeader("authorization")
        if header:
            pair = base64.b64decode(header.removeprefix("Basic ")).decode().split(":")
            assert [unquote_plus(each) for each in pair] == ["acs", SECRET]
        else:
            assert (form["client_id"], form.get("client_secret", SECRET)) == ("acs", SECRET)

    def id_token(self, nonce: str) -> str:
        """What it says."""
        now = self._now()
        claims = {"iss": self.issuer, "aud": "acs", "iat": now, "exp": now + 300, "nonce": nonce}
        said = {name: value for name, value in (claims | self.claims).items() if value is not None}
        key, key_id, algorithm = self.signed
        return jwt.encode(said, key, algorithm, {"kid": key_id} if key_id else None)


def published(key: RSAPrivateKey, key_id: str) -> dict[str, Any]:
    """A key as JWK."""
    found: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": key_id, "use": "sig"}
