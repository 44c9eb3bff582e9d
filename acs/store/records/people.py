"""What the appliance keeps of those who use it, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from msgspec import Struct

from acs.store.records import Device, Role


class Only(Struct, frozen=True):
    """The devices that are there for somebody: with ``tags`` those that have one of them, with ``models``
    (``Manufacturer/ProductClass``) those of these, with both what fits both."""

    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def has(self, device: Device) -> bool:
        """Whether this device is one of them."""
        if self.tags and not set(self.tags).intersection(device.tags):
            return False
        return not self.models or f"{device.manufacturer}/{device.product_class}" in self.models


class Token(Struct, frozen=True):
    """An API token; only its SHA-256 (hexadecimal) is kept.

    With ``scopes`` it serves in these areas alone; ``only_tags`` and ``only_models`` are as with a `User`.
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

    @property
    def only(self) -> Only | None:
        """The devices that are there for it; None: all."""
        return Only(self.only_tags, self.only_models) if self.only_tags or self.only_models else None


class User(Struct, frozen=True):
    """A person who may log in; ``password`` is an argon2 hash in its own format, "" for none.

    ``only_tags`` and ``only_models`` are those of `Only`, empty where all devices are there for the user.
    ``subject`` is by what an identity provider knows the user, "" where none does.
    """

    name: str
    role: Role
    password: str
    created: float
    only_tags: tuple[str, ...] = ()
    only_models: tuple[str, ...] = ()
    subject: str = ""

    @property
    def only(self) -> Only | None:
        """The devices that are there for the user; None: all."""
        return Only(self.only_tags, self.only_models) if self.only_tags or self.only_models else None


class Login(Struct, frozen=True):
    """Somebody who has logged in with a browser; of its cookie only the SHA-256 (hexadecimal) is kept.

    ``user`` is the user as of now, ``second_factor`` whether one is set up.
    """

    digest: str
    user: User
    created: float
    used: float
    second_factor: bool = False


class SecondFactor(Struct, frozen=True):
    """What a user has beside the password: the secret of one-time passwords, the digests of recovery codes.

    ``since`` is when the user showed to have it, 0 for not yet; ``last_step`` is of the last code that was
    used (`acs.web.people.one_time`).
    """

    secret: bytes
    recovery: tuple[str, ...] = ()
    since: float = 0.0
    last_step: int = 0
