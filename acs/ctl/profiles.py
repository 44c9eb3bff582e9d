"""The ``profile`` commands: what holds for all devices of a kind."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from acs.configuration.naming import flattened
from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.ctl.tables import Column, Item, members, write_fields, write_json, write_list
from acs.ctl.words import is_document, pair, read

_COLUMNS = (
    Column("SCOPE", "scope", whole=True),
    Column("NAME", "name", whole=True),
    Column("CATEGORY", "category"),
    Column("NAMES", lambda profile: str(len(profile["parameter_map"]))),
    Column("TRACKED", lambda profile: str(len(profile["tracked"]))),
)
_NAMES = (Column("NAME", "name", whole=True), Column("PATH", "path", whole=True))
_FORM = "NAME=PATH (a file, @FILE or -, stands alone)"
_TRACKED = (
    Column("TRACKED", "path", whole=True),
    Column("EVERY", lambda tracked: f"{tracked['every']} s" if tracked["every"] else "session"),
    Column("HISTORY", "history"),
)
_PATHS = (
    Column("FROM", "from", whole=True),
    Column("THROUGH", "through", whole=True),
    Column("TO", "to", whole=True),
)
_FIELDS = ("scope", "name", "category", "vendor_file", "desired_software_version", "level")
_SAID = (
    "category", "parameter_map", "tracked", "vendor_file", "desired_software_version", "upgrade_paths",
)  # fmt: skip


_OPTIONS = {
    "category": "category",
    "vendor_file": "vendor_file",
    "desired_software_version": "software_version",
}
"""Members that an option sets, with its name."""


def list_profiles(api: Api, arguments: Namespace) -> int:
    """``profile list``"""
    found = api.items("profiles", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, found, arguments.json)
    return 0


def get(api: Api, arguments: Namespace) -> int:
    """``profile get SCOPE NAME``"""
    found = api.get("profiles", arguments.scope, arguments.name)
    if arguments.json:
        write_json(found)
        return 0
    write_fields(members({name: found[name] for name in _FIELDS}))
    if found["parameter_map"]:
        print()
        pairs = ({"name": name, "path": path} for name, path in found["parameter_map"].items())
        write_list(_NAMES, pairs, as_json=False)
    if found["tracked"]:
        print()
        write_list(_TRACKED, found["tracked"], as_json=False)
    if found["upgrade_paths"]:
        print()
        write_list(_PATHS, found["upgrade_paths"], as_json=False)
    return 0


def set_(api: Api, arguments: Namespace) -> int:
    """``profile set SCOPE NAME @FILE``, or some of it: ``NAME=PATH ... --category C --track PATH``"""
    place = ("profiles", arguments.scope, arguments.name)
    single = {name: getattr(arguments, option) for name, option in _OPTIONS.items()}
    single = {name: value for name, value in single.items() if value is not None}
    if not (arguments.words or arguments.track or single):
        options = "@FILE, NAME=PATH, --category, --vendor-file, --software-version or --track"
        raise CommandFailed(f"nothing is to be set: say {options}", status=2)
    if is_document(arguments.words):
        said = _document(arguments.words[0])
    else:
        said = _there(api, arguments.scope, arguments.name)
        said["parameter_map"] = {
            **said["parameter_map"],
            **dict(pair(word, _FORM) for word in arguments.words),
        }
    said |= single
    if arguments.track:
        kept = [each for each in said.get("tracked", ()) if each["path"] not in arguments.track]
        said["tracked"] = [*kept, *(_tracked(path, arguments) for path in arguments.track)]
    written = api.put(*place, body=said)
    if arguments.json:
        write_json(written)
    else:
        print("written")
    return 0


def delete(api: Api, arguments: Namespace) -> int:
    """``profile delete SCOPE NAME``"""
    api.delete("profiles", arguments.scope, arguments.name)
    print("deleted")
    return 0


def _tracked(path: str, arguments: Namespace) -> Item:
    return {"path": path, "every": arguments.every, "history": arguments.history}


def _there(api: Api, scope: str, name: str) -> dict[str, Any]:
    """What is said already."""
    for found in api.items("profiles", query={"scope": scope}):
        if found["name"] == name:
            return {member: found[member] for member in _SAID}
    return {"parameter_map": {}}


def _document(word: str) -> dict[str, Any]:
    """What a file says; what `profile get --json` writes is taken as it is."""
    found = read(word)
    if not isinstance(found, Mapping):
        raise CommandFailed(f"{word.removeprefix('@')}: is not an object", status=2)
    said = {name: value for name, value in found.items() if name not in ("scope", "name", "level")}
    if isinstance(said.get("parameter_map"), Mapping):
        said["parameter_map"] = flattened(said["parameter_map"])
    return said
