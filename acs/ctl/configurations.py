"""The ``config`` commands: which values the operator wants devices to have."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from acs.configuration.naming import flattened
from acs.ctl.api import Api
from acs.ctl.tables import Column, Item, terminal_width, write_json, write_list, write_table
from acs.ctl.words import is_document, pair, read

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
_FORM = "PATH=VALUE (a file, @FILE or -, stands alone)"

_ENDS = ("value", "notify", "others")
"""One of these every entry has that is an object."""


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
        write_entries(found["parameters"])
    return 0


def write_entries(parameters: Mapping[str, Any]) -> None:
    """Write what a configuration says, a line to a parameter."""
    rows = (_row(path, said) for path, said in parameters.items())
    write_table(_ENTRIES, rows, terminal_width())


def _row(path: str, said: Any) -> Item:
    return {"path": path, **(said if isinstance(said, Mapping) else {"value": said})}


def set_(api: Api, arguments: Namespace) -> int:
    """``config set SCOPE NAME @FILE``, or some of it: ``PATH=VALUE ...``"""
    place = ("configurations", arguments.scope, arguments.name)
    if is_document(arguments.words):
        parameters = _read(arguments.words[0])
    else:
        given = dict(pair(word, _FORM) for word in arguments.words)
        parameters = {**_there(api, arguments.scope, arguments.name), **given}
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


def _there(api: Api, scope: str, name: str) -> dict[str, Any]:
    """What is said already, with its secrets: it is to be said again."""
    # Looked for in the list, where it is no error that there is none yet.
    found = api.items("configurations", query={"scope": scope, "name": name, "secrets": "true"})
    return dict(next(found, {"parameters": {}})["parameters"])


def _read(word: str) -> Any:
    """What a file says; what `config get --json` writes is taken as it is."""
    found = read(word)
    parameters = found.get("parameters", found) if isinstance(found, dict) else found
    return flattened(parameters, _ENDS) if isinstance(parameters, dict) else parameters
