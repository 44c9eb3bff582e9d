"""What the configuration says of how people come in."""

from __future__ import annotations

from dataclasses import dataclass

from acs.hypertext.proxied import Networks
from acs.web.oidc.settings import OidcSettings


@dataclass(frozen=True, slots=True)
class Entrance:
    """What ``trusted_proxies`` say of who asks them is believed; ``second_factor_required``: who logs in by
    password may do nothing before there is one; ``oidc`` is the identity provider that people may log in at,
    if there is one."""

    trusted_proxies: Networks = ()
    second_factor_required: bool = False
    oidc: OidcSettings | None = None


ANYHOW = Entrance()
"""Nothing is said."""
