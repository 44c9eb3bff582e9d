"""The ``config`` commands: which values the operator wants devices to have."""

from __future__ import annotations

import json
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.ctl.rpc_arguments import document
from acs.ctl.tables import Column, Item, write_json, write_list

_COLUMNS = (
    Column("SCOPE", "scope", whole=True),
    Column("NAME", "name", whole=True),
    Column("LEVEL", "level", whole=True),
    Column("BY", "changed_by"),
    Column("PARAMETERS", lambda configuration: str(len(configuration["parameters"]))),
)
_ENTRIES = (
    Column("PARAMETER", "path", whole=True),
    Column("VALUE", "value"),
    Column("TYPE", "type"),
    Column("NOTIFY", "notify"),
    Column("OWNER", "owner"),
    Column("BOOTSTRAP ONLY", "bootstrap_only"),
)


def list_configurations(api: Api, arguments: Namespace) -> int:
    """``config list``"""
    query = {**dict(arguments.filters), "secrets": arguments.secrets}
    write_list(_COLUMNS, api.items("configurations", query=query, limit=arguments.limit), arguments.json)
    return 0


def get(api: Api, arguments: Namespace) -> int:
    """``config get SCOPE NAME``"""
    found = api.get("configurations", arguments.scope, arguments.name, query={"secrets": arguments.secrets})
    if arguments.json:
        write_json(found)
    else:
        write_list(_ENTRIES, (_row(path, said) for path, said in found["parameters"].items()), as_json=False)
    return 0


def _row(path: str, said: Any) -> Item:
    return {"path": path, **(said if isinstance(said, Mapping) else {"value": said})}


def set_(api: Api, arguments: Namespace) -> int:
    """``config set SCOPE NAME @FILE``, or some of it: ``PATH=VALUE ...``"""
    place = ("configurations", arguments.scope, arguments.name)
    if len(arguments.words) == 1 and (arguments.words[0] == "-" or arguments.words[0].startswith("@")):
        parameters = _read(arguments.words[0])
    else:
        parameters = {**_there(api, *place), **dict(_pair(word) for word in arguments.words)}
    force = {"force": "true" if arguments.force else None}
    written = api.put(*place, body={"parameters": parameters}, query=force)
    if arguments.json:
        write_json(written)
    else:
        print(f"level {written['level']}")
    return 0


def delete(api: Api, arguments: Namespace) -> int:
    """``config delete SCOPE NAME``"""
    api.delete("configurations", arguments.scope, arguments.name)
    print("deleted")
    return 0


def _there(api: Api, *place: str) -> dict[str, Any]:
    """What is said already, with its secrets: it is to be said again."""
    _, scope, name = place
    found = api.items("configurations", query={"scope": scope, "name": name, "secrets": "true"})
    return dict(next(iter(found), {"parameters": {}})["parameters"])


def _pair(word: str) -> tuple[str, str]:
    path, equals, value = word.partition("=")
    if not path or not equals:
        raise CommandFailed(f"{word!r} is not PATH=VALUE, @FILE or -", status=2)
    return path, value


def _read(word: str) -> Any:
    """The document in a file, TOML where its name ends so, else JSON; ``-`` is standard input."""
    try:
        text = document(word)
        found = tomllib.loads(text) if word.endswith(".toml") else json.loads(text)
    except OSError as error:
        raise CommandFailed(f"cannot read {word[1:]}: {error.strerror}") from error
    except ValueError as error:
        raise CommandFailed(f"{word.removeprefix('@')}: {error}", status=2) from error
    # What `config get --json` writes is taken as it is.
    return found["parameters"] if isinstance(found, dict) and "parameters" in found else found
