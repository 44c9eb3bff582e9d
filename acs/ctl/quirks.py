"""The ``quirk`` commands: what is done differently for devices that are not made to the letter."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from acs.ctl.api import Api
from acs.ctl.tables import (
    Column,
    Item,
    members,
    terminal_width,
    write_fields,
    write_json,
    write_list,
    write_table,
)

PATTERNS = ("manufacturer", "oui", "product_class", "software_version", "device")
"""What a rule may go by."""

_COLUMNS = (Column("NAME", "name", whole=True), Column("DEVICES", "devices"), Column("SYMPTOM", "symptom"))
_RULES = (
    Column("RULE", "id", whole=True),
    Column("IN FORCE", "enabled", whole=True),
    *(Column(name.replace("_", " ").upper(), name) for name in PATTERNS),
    Column("NOTE", "note"),
)


def list_quirks(api: Api, arguments: Namespace) -> int:
    """``quirk list``; with ``--device``, those that decide for one device."""
    if arguments.device is None:
        write_list(_COLUMNS, api.items("quirks"), arguments.json)
        return 0
    found = api.items("devices", arguments.device, "quirks")
    columns = (Column("NAME", "name", whole=True), Column("IN FORCE", "enabled"), Column("BY", _by))
    write_list(columns, found, arguments.json)
    return 0


def _by(item: Item) -> str:
    rule = item["rule"]
    said = " ".join(f"{name}={rule[name]}" for name in PATTERNS if rule[name])
    return f"{rule['id'] or 'shipped'}: {said}"


def show(api: Api, arguments: Namespace) -> int:
    """``quirk show NAME``"""
    quirk = api.get("quirks", arguments.name)
    if arguments.json:
        write_json(quirk)
        return 0
    write_fields(members({name: value for name, value in quirk.items() if name != "rules"}))
    if quirk["rules"]:
        print()
        write_table(_RULES, quirk["rules"], terminal_width())
    return 0


def add(api: Api, arguments: Namespace) -> int:
    """``quirk add NAME --manufacturer ...``"""
    rule = {"enabled": not arguments.off, "note": arguments.note, **dict(_given(arguments))}
    added = api.post("quirks", arguments.name, "rules", body=rule)
    if arguments.json:
        write_json(added)
    else:
        print(f"rule {added['id']}")
    return 0


def _given(arguments: Namespace) -> Iterator[tuple[str, str]]:
    for name in PATTERNS:
        if (value := getattr(arguments, name)) is not None:
            yield name, value


def remove(api: Api, arguments: Namespace) -> int:
    """``quirk remove NAME RULE``"""
    api.delete("quirks", arguments.name, "rules", arguments.rule)
    print("removed")
    return 0
