"""Who is let in from the start.

The user "admin", and `acsctl` on the same machine.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from argon2 import PasswordHasher

from acs.store.interface import Store
from acs.store.records import Role
from acs.store.records.people import Token, User
from acs.store.tokens import digest_of, new_secret

LOCAL_TOKEN = "acsctl on this machine"


async def first_admin(store: Store, now: float) -> str:
    """On the very first start, make the user "admin"; returns its password, which is said once and kept
    nowhere."""
    if await store.users():
        return ""
    password = secrets.token_urlsafe(12)
    await store.put_user(User("admin", Role.ADMIN, PasswordHasher().hash(password), now))
    return password


async def write_token(store: Store, path: Path, now: float) -> None:
    """A token for `acsctl` on this machine, in a file that only its user may read; the one before is worth
    nothing any more."""
    secret = new_secret(secrets.token_urlsafe)
    name = f"{LOCAL_TOKEN} (node {store.node})" if store.node else LOCAL_TOKEN
    await store.revoke_token(name)
    await store.add_token(Token(name, Role.ADMIN, digest_of(secret.encode()), now))
    _write(path, secret + "\n")


def write_certificates(pem: bytes, path: Path) -> None:
    """Let `acsctl` know by which certificates it can tell the console."""
    _write(path, pem.decode("ascii"))


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    fresh.replace(path)
