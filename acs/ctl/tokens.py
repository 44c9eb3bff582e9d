"""The ``token`` commands: who may use the API, on the store of this machine."""

from __future__ import annotations

import secrets
import time
from argparse import Namespace
from collections.abc import Mapping

from msgspec.structs import replace

from acs.ctl.audit import note
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.ctl.store import of_store, with_store
from acs.ctl.tables import Column, write_json, write_list
from acs.ctl.text import moment
from acs.store.interface import Store
from acs.store.records import Role
from acs.store.records.people import Token
from acs.store.tokens import digest_of, new_secret
from acs.web.objects.people import TOKEN

DAY = 86_400
_COLUMNS = (
    Column("NAME", "name", whole=True),
    Column("ROLE", "role"),
    Column("SCOPES", lambda token: " ".join(token["scopes"]) or "all"),
    Column("ONLY", lambda token: only_words(token["only"])),
    Column("CREATED", lambda token: moment(token["created"])),
    Column("EXPIRES", lambda token: moment(token["expires"])),
    Column("LAST USED", lambda token: moment(token["last_used"])),
)


def create(arguments: Namespace) -> int:
    """``token create NAME``: the one time that the token is shown."""
    secret = new_secret(secrets.token_urlsafe)
    token = new_token(secret, arguments.name, Role(arguments.role), time.time(), arguments.expires)
    tags, models = only_of(arguments)
    scopes = tuple(dict.fromkeys(arguments.scope or ()))
    token = replace(token, scopes=scopes, only_tags=tags, only_models=models)
    with_store(configuration(arguments), lambda store: add_token(store, token))
    if arguments.json:
        write_json({**TOKEN.write(token), "token": secret})
    else:
        print(secret)
    return 0


async def add_token(store: Store, token: Token) -> None:
    """Keep a new token; raises `StoreConflict` where the name is taken."""
    await store.add_token(token)
    note(store, "PUT", "tokens", token.name, (None, TOKEN.write(token)))


def new_token(secret: str, name: str, role: Role, now: float, days: float | None) -> Token:
    """What is kept of a token: who it is and its SHA-256, never itself."""
    digest = digest_of(secret.encode("ascii"))
    return Token(name, role, digest, created=now, expires=None if days is None else now + days * DAY)


def only_of(arguments: Namespace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tags and models of the devices that are to be there, both empty for all devices."""
    tags, models = (tuple(dict.fromkeys(each or ())) for each in (arguments.only_tag, arguments.only_model))
    if "" in tags or not all("/" in model for model in models):
        raise CommandFailed("a tag is a word, a model Manufacturer/ProductClass")
    return tags, models


def only_words(only: Mapping[str, list[str]] | None) -> str:
    """The same in words."""
    return "all" if only is None else ", ".join((*only["tags"], *only["models"]))


def list_tokens(arguments: Namespace) -> int:
    """``token list``"""
    tokens = with_store(of_store(arguments), lambda store: store.tokens())
    write_list(_COLUMNS, map(TOKEN.write, tokens), arguments.json)
    return 0


def revoke(arguments: Namespace) -> int:
    """``token revoke NAME``"""
    with_store(of_store(arguments), lambda store: revoke_token(store, arguments.name))
    print("revoked")
    return 0


async def revoke_token(store: Store, name: str) -> None:
    """Make a token worthless; raises `CommandFailed` where there is none."""
    tokens = {token.name: token for token in await store.tokens()}
    if not await store.revoke_token(name):
        raise CommandFailed(f"there is no token {name!r}")
    note(store, "DELETE", "tokens", name, (TOKEN.write(tokens[name]) if name in tokens else None, None))
