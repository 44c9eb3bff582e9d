"""What the operator says of the identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acs.store.records import Role

CALLBACK = "/login/oidc/callback"
"""Where the provider sends people back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """``public_url`` is what browsers call the console; ``roles`` are the values of the claim ``role_claim``
    that give each role."""

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    scopes: tuple[str, ...]
    name_claim: str
    role_claim: str
    roles: Mapping[Role, tuple[str, ...]]

    @property
    def redirect_uri(self) -> str:
        """What the provider has to know of us."""
        return self.public_url.rstrip("/") + CALLBACK
