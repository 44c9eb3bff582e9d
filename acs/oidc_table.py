"""The ``[console.oidc]`` table of the configuration file: an identity provider that people log in at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from acs.kinds import HTTP_URL
from acs.settings import TEXT, Scalar, Secret, array, secret, setting, table


def _word(given: str) -> str:
    if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", given):
        raise ValueError(f"{given!r} is no scope: one word")
    return given


def _value(given: str) -> str:
    if not given:
        raise ValueError("must not be empty")
    return given


_SCOPES: Scalar[tuple[str, ...]] = array("words", _word)
_VALUES: Scalar[tuple[str, ...]] = array("strings", _value)
_LOCAL = re.compile(r"http://(localhost|127\.[0-9.]+|\[::1\])([:/].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcRoles:
    """The ``[console.oidc.roles]`` table: which values of the role claim give which role."""

    viewer: tuple[str, ...] = setting(_VALUES, (), "Who may look.")
    support: tuple[str, ...] = setting(_VALUES, (), "Who may help subscribers.")
    operator: tuple[str, ...] = setting(_VALUES, (), "Who may change what devices get.")
    admin: tuple[str, ...] = setting(_VALUES, (), "Who may do all.")

    @property
    def any_given(self) -> bool:
        """Whether anybody can come in."""
        return bool(self.viewer or self.support or self.operator or self.admin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The ``[console.oidc]`` table: OpenID Connect."""

    issuer: str = setting(HTTP_URL, "", "The provider, as https://login.isp.example; empty: none.")
    client_id: str = setting(TEXT, "", "What the appliance is called there.")
    client_secret: Secret = setting(secret(TEXT), Secret(), "Its secret there; empty: it has none.")
    public_url: str = setting(HTTP_URL, "", "What browsers call the console, as https://acs.isp.example.")
    scopes: tuple[str, ...] = setting(_SCOPES, ("openid", "profile", "email"), "What is asked for.")
    name_claim: str = setting(TEXT, "preferred_username", "The claim that is the user's name here.")
    role_claim: str = setting(TEXT, "groups", "The claim that gives roles; a dot leads into objects.")
    roles: OidcRoles = table(OidcRoles, "Which of its values give which role; none of them: no entry.")

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is missing or does not fit together: places and reasons."""
        if not self.issuer:
            return
        for name in ("client_id", "public_url", "name_claim", "role_claim"):
            if not getattr(self, name):
                yield f"console.oidc.{name}", "must be given with the issuer"
        for name in ("issuer", "public_url"):
            given = getattr(self, name)
            if given and not given.startswith("https://") and not _LOCAL.fullmatch(given):
                yield f"console.oidc.{name}", "must begin with https://"
        if "openid" not in self.scopes:
            yield "console.oidc.scopes", "must have openid"
        if not self.roles.any_given:
            yield "console.oidc.roles", "must give somebody a role"
