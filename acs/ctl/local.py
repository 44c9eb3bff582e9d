"""The commands that need no running appliance.

They use its configuration and its store, or stand alone.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from argparse import Namespace
from datetime import UTC, datetime
from itertools import chain

from argon2 import PasswordHasher
from msgspec.structs import replace

from acs.config import Problem
from acs.ctl.errors import CommandFailed
from acs.ctl.prompts import new_password
from acs.ctl.reach import configuration
from acs.ctl.running import in_reactor, with_store
from acs.ctl.tables import Column, Item, write_list
from acs.ctl.text import moment
from acs.hooks.errors import BadHooks
from acs.hooks.python_class import class_of
from acs.http.tls_files import BadTls, TlsFiles, TlsProblem, load_all
from acs.simulate import command
from acs.store.interface import Store
from acs.store.records import Role, Token, User
from acs.store.tokens import digest_of, new_secret

DAY = 86_400
LONGEST_NAME = 100
_TOKENS = (
    Column("NAME", "name", whole=True),
    Column("ROLE", "role"),
    Column("CREATED", lambda token: moment(token["created"])),
    Column("EXPIRES", lambda token: moment(token["expires"])),
    Column("LAST USED", lambda token: moment(token["last_used"])),
)
_USERS = (
    Column("NAME", "name", whole=True),
    Column("ROLE", "role"),
    Column("CREATED", lambda user: moment(user["created"])),
)


def check_config(arguments: Namespace) -> int:
    """``check-config``: the certificates, keys and hooks that the configuration names are looked at too."""
    config = configuration(arguments)
    file = arguments.config or "the embedded defaults"
    problems, loaded = _hooks(config.hooks.python), []
    try:
        loaded = load_all((TlsFiles(*each) for each in config.secured), time.time())
    except BadTls as error:
        problems = [*error.problems, *problems]
    if problems:
        raise CommandFailed("\n".join(_told_problem(file, problem) for problem in problems))
    for warning in chain.from_iterable(each.warnings for each in loaded):
        print(_told_problem(file, warning), file=sys.stderr)
    print(f"{file}: nothing wrong")
    return 0


def _hooks(name: str) -> list[TlsProblem]:
    """What is wrong with the operator's class, which is not made."""
    try:
        if name:
            class_of(name)
    except BadHooks as error:
        return [TlsProblem(*each) for each in error.problems]
    return []


def _told_problem(file: str, problem: TlsProblem) -> str:
    return str(Problem(file, problem.place, problem.reason))


def token_create(arguments: Namespace) -> int:
    """``token create NAME``: the one time that the token is shown."""
    _check_name(arguments.name)
    secret = new_secret(secrets.token_urlsafe)
    token = new_token(secret, arguments.name, Role(arguments.role), time.time(), arguments.expires)
    with_store(arguments, lambda store: store.add_token(token), make=True)
    made = {"token": secret, "name": token.name, "role": token.role, "expires": _rfc3339(token.expires)}
    print(json.dumps(made) if arguments.json else secret)
    return 0


def new_token(secret: str, name: str, role: Role, now: float, days: float | None) -> Token:
    """What is kept of a token: who it is and its SHA-256, never itself."""
    digest = digest_of(secret.encode("ascii"))
    return Token(name, role, digest, created=now, expires=None if days is None else now + days * DAY)


def token_list(arguments: Namespace) -> int:
    """``token list``"""
    tokens = with_store(arguments, lambda store: store.tokens())
    write_list(_TOKENS, map(_told_token, tokens), arguments.json)
    return 0


def token_revoke(arguments: Namespace) -> int:
    """``token revoke NAME``"""
    if not with_store(arguments, lambda store: store.revoke_token(arguments.name)):
        raise CommandFailed(f"there is no token {arguments.name!r}")
    print("revoked")
    return 0


def user_add(arguments: Namespace) -> int:
    """``user add NAME``"""
    _check_name(arguments.name)
    password = PasswordHasher().hash(new_password(arguments.password_stdin))
    user = User(arguments.name, Role(arguments.role), password, created=time.time())
    with_store(arguments, lambda store: add_user(store, user), make=True)
    print("added")
    return 0


async def add_user(store: Store, user: User) -> None:
    """Keep a new user; raises `CommandFailed` where the name is taken: no password changes by mistake."""
    if await store.user(user.name) is not None:
        raise CommandFailed(f"there is a user {user.name!r} already: user passwd changes the password")
    await store.put_user(user)


def user_passwd(arguments: Namespace) -> int:
    """``user passwd NAME``"""
    password = PasswordHasher().hash(new_password(arguments.password_stdin))
    with_store(arguments, lambda store: change_password(store, arguments.name, password))
    print("changed")
    return 0


async def change_password(store: Store, name: str, password: str) -> None:
    """Give a user another password, as its argon2 hash; raises `CommandFailed` where there is no user."""
    user = await store.user(name)
    if user is None:
        raise CommandFailed(f"there is no user {name!r}")
    await store.put_user(replace(user, password=password))


def user_list(arguments: Namespace) -> int:
    """``user list``"""
    users = with_store(arguments, lambda store: store.users())
    write_list(_USERS, map(_told_user, users), arguments.json)
    return 0


def user_remove(arguments: Namespace) -> int:
    """``user remove NAME``"""
    if not with_store(arguments, lambda store: store.remove_user(arguments.name)):
        raise CommandFailed(f"there is no user {arguments.name!r}")
    print("removed")
    return 0


def simulate(arguments: Namespace) -> int:
    """``simulate``: simulated CPEs against any ACS, until they are done or interrupted."""
    return in_reactor(lambda reactor: command.run(arguments, reactor))


def _check_name(name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise CommandFailed(f"{name!r} is no name", status=2)


def _told_token(token: Token) -> Item:
    return {
        "name": token.name,
        "role": token.role,
        "created": _rfc3339(token.created),
        "expires": _rfc3339(token.expires),
        "last_used": _rfc3339(token.last_used),
    }


def _told_user(user: User) -> Item:
    return {"name": user.name, "role": user.role, "created": _rfc3339(user.created)}


def _rfc3339(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
