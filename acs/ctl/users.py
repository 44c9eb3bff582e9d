"""The ``user`` commands: the people who may log in, on the store of this machine."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from argon2 import PasswordHasher
from msgspec.structs import replace

from acs.ctl.audit import note
from acs.ctl.errors import CommandFailed
from acs.ctl.prompts import new_password
from acs.ctl.reach import configuration
from acs.ctl.store import of_store, with_store
from acs.ctl.tables import Column, write_list
from acs.ctl.text import moment
from acs.ctl.tokens import only_of, only_words
from acs.store.interface import Store
from acs.store.records import Role
from acs.store.records.people import User
from acs.web.hiding.secrets import MASK
from acs.web.objects.people import USER

_COLUMNS = (
    Column("NAME", "name", whole=True),
    Column("ROLE", "role"),
    Column("ONLY", lambda user: only_words(user["only"])),
    Column("CREATED", lambda user: moment(user["created"])),
)
_PASSWORD = {"password": MASK}


def add(arguments: Namespace) -> int:
    """``user add NAME``"""
    password = PasswordHasher().hash(new_password(arguments.password_stdin))
    user = User(arguments.name, Role(arguments.role), password, time.time(), *only_of(arguments))
    with_store(configuration(arguments), lambda store: add_user(store, user))
    print("added")
    return 0


async def add_user(store: Store, user: User) -> None:
    """Keep a new user; raises `CommandFailed` where the name is taken: no password changes by mistake."""
    if await store.user(user.name) is not None:
        raise CommandFailed(f"there is a user {user.name!r} already: user passwd changes the password")
    await store.put_user(user)
    note(store, "PUT", "users", user.name, (None, {**USER.write(user), **_PASSWORD}))


def passwd(arguments: Namespace) -> int:
    """``user passwd NAME``"""
    password = PasswordHasher().hash(new_password(arguments.password_stdin))
    with_store(of_store(arguments), lambda store: change_password(store, arguments.name, password))
    print("changed")
    return 0


async def change_password(store: Store, name: str, password: str) -> None:
    """Give a user another password, as its argon2 hash; raises `CommandFailed` where there is no user."""
    user = await store.user(name)
    if user is None:
        raise CommandFailed(f"there is no user {name!r}")
    await store.put_user(replace(user, password=password))
    note(store, "PUT", "users", name, (_PASSWORD, _PASSWORD))


def change(arguments: Namespace) -> int:
    """``user change NAME``"""
    changes: dict[str, Any] = {"role": Role(arguments.role)} if arguments.role else {}
    tags, models = only_of(arguments)
    if arguments.all_devices and (tags or models):
        raise CommandFailed("give --all-devices, or what else is to be there")
    if arguments.all_devices or tags or models:
        changes |= {"only_tags": tags, "only_models": models}
    if not changes:
        raise CommandFailed("say what to change: --role, --only-tag, --only-model or --all-devices")
    with_store(of_store(arguments), lambda store: change_user(store, arguments.name, changes))
    print("changed")
    return 0


async def change_user(store: Store, name: str, changes: Mapping[str, Any]) -> None:
    """Change these fields of a user; raises `CommandFailed` where there is none."""
    user = await store.user(name)
    if user is None:
        raise CommandFailed(f"there is no user {name!r}")
    await store.put_user(replace(user, **changes))


def reset_second_factor(arguments: Namespace) -> int:
    """``user reset-second-factor NAME``"""
    if not with_store(of_store(arguments), lambda store: store.remove_second_factor(arguments.name)):
        raise CommandFailed(f"there is no user {arguments.name!r} with a second factor")
    print("removed")
    return 0


def list_users(arguments: Namespace) -> int:
    """``user list``"""
    users = with_store(of_store(arguments), lambda store: store.users())
    write_list(_COLUMNS, map(USER.write, users), arguments.json)
    return 0


def remove(arguments: Namespace) -> int:
    """``user remove NAME``"""
    with_store(of_store(arguments), lambda store: remove_user(store, arguments.name))
    print("removed")
    return 0


async def remove_user(store: Store, name: str) -> None:
    """Forget a user; raises `CommandFailed` where there is none."""
    user = await store.user(name)
    if user is None or not await store.remove_user(name):
        raise CommandFailed(f"there is no user {name!r}")
    note(store, "DELETE", "users", name, (USER.write(user), None))
