"""What the appliance keeps of those who use it, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from msgspec import Struct

from acs.store.records import Role


class Token(Struct, frozen=True):
    """An API token; only its SHA-256 (hexadecimal) is kept.

    With ``scopes`` it serves in these areas alone; ``only_tags`` and ``only_models`` are those of a `User`.
    """

    name: str
    role: Role
    digest: str
    created: float
    expires: float | None = None
    last_used: float | None = None
    scopes: tuple[str, ...] = ()
    only_tags: tuple[str, ...] = ()
    only_models: tuple[str, ...] = ()


class User(Struct, frozen=True):
    """A person who may log in; ``password`` is an argon2 hash in its own format, "" for none.

    With ``only_tags``, only devices with one of them are there for the user; with ``only_models``
    (``Manufacturer/ProductClass``), only devices of these; with both, only what fits both.  ``subject`` is by
    what an identity provider knows the user, "" where none does.
    """

    name: str
    role: Role
    password: str
    created: float
    only_tags: tuple[str, ...] = ()
    only_models: tuple[str, ...] = ()
    subject: str = ""


class Login(Struct, frozen=True):
    """Somebody who has logged in with a browser; of its cookie only the SHA-256 (hexadecimal) is kept.

    ``user`` is the user as of now, ``second_factor`` whether one is set up.
    """

    digest: str
    user: User
    created: float
    used: float
    second_factor: bool = False
