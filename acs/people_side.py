"""How people come in, as the configuration has it."""

from __future__ import annotations

from acs.config import Console
from acs.oidc_table import Oidc
from acs.store.records import Role
from acs.web.oidc.settings import OidcSettings
from acs.web.people.entrance import Entrance


def entrance_of(console: Console) -> Entrance:
    """What the site has to know of it."""
    return Entrance(console.trusted_proxies, console.second_factor == "required", _provider(console.oidc))


def _provider(oidc: Oidc) -> OidcSettings | None:
    """The identity provider, where there is one."""
    if not oidc.issuer:
        return None
    return OidcSettings(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        public_url=oidc.public_url,
        scopes=oidc.scopes,
        name_claim=oidc.name_claim,
        role_claim=oidc.role_claim,
        roles={role: getattr(oidc.roles, role.value) for role in Role},
    )
