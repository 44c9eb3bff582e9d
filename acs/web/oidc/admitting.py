"""Who somebody is here, by what an identity provider says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from acs.store.interface import Store, StoreConflict
from acs.store.records import Role
from acs.store.records.people import User
from acs.web.oidc.errors import NotAdmitted
from acs.web.oidc.settings import OidcSettings
from acs.web.serving.schema import NAME, errors


async def user_of(store: Store, settings: OidcSettings, claims: Mapping[str, Any], now: float) -> User:
    """The user that these claims are of, with the role that they give; a new one where they never came
    before.  Raises `NotAdmitted`."""
    role = role_of(settings, claims)
    subject = f"{settings.issuer} {claims['sub']}"
    known = await store.user_of_subject(subject)
    if known is None:
        return await _new(store, User(_name_of(settings, claims), role, "", now, subject=subject))
    if known.role is not role:
        known = replace(known, role=role)
        await store.put_user(known)
    return known


async def _new(store: Store, user: User) -> User:
    if await store.user(user.name) is not None:
        raise NotAdmitted(f"there is another user {user.name} here: tell an administrator")
    try:
        await store.put_user(user)
    except StoreConflict:
        raise NotAdmitted("you are logging in twice at once: try again") from None
    return user


def role_of(settings: OidcSettings, claims: Mapping[str, Any]) -> Role:
    """The highest role that the claims give; raises `NotAdmitted` where they give none."""
    given = _claim(claims, settings.role_claim)
    values = frozenset(
        filter(lambda each: isinstance(each, str), given if isinstance(given, list) else [given])
    )
    for role in reversed(Role):
        if not values.isdisjoint(settings.roles.get(role, ())):
            return role
    raise NotAdmitted("nothing that the identity provider says of you gives you a role here")


def _name_of(settings: OidcSettings, claims: Mapping[str, Any]) -> str:
    name = _claim(claims, settings.name_claim)
    if not isinstance(name, str) or any(errors(name, NAME, "name")):
        raise NotAdmitted(f"the identity provider does not tell your name, as {settings.name_claim}")
    return name


def _claim(claims: Mapping[str, Any], place: str) -> Any:
    """A claim by its name, or with dots one in others, as realm_access.roles."""
    if place in claims:
        return claims[place]
    found: Any = claims
    for name in place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
