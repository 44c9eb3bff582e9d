"""The ``datamodel`` commands: what the Broadband Forum's files say of parameters."""

from __future__ import annotations

import sys
import zlib
from argparse import Namespace
from collections.abc import Iterator
from os import fstat
from pathlib import Path
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.ctl.tables import Column, Item, members, write_fields, write_json, write_list
from acs.ctl.telling import Tell, telling, to_nobody
from acs.ctl.text import moment, printable, shown
from acs.cwmp.definitions import MOST_BYTES

_PIECE = 1 << 18

_COLUMNS = (
    Column("NAME", "name", whole=True),
    Column("OBJECTS", "objects"),
    Column("PARAMETERS", "parameters"),
    Column("IMPORTED", lambda model: moment(model["imported"]), whole=True),
    Column("BY", "imported_by"),
)
_DEFINITIONS = (
    Column("PATH", "path", whole=True),
    Column("MODEL", "model", whole=True),
    Column("ACCESS", "access"),
    Column("TYPE", lambda definition: _type(definition)),
    Column("UNITS", "units"),
    Column("VALUES", lambda definition: _values(definition)),
)


def import_files(api: Api, arguments: Namespace) -> int:
    """``datamodel import FILE...``: each by itself; 1 where one of them could not be imported."""
    shows = arguments.progress or sys.stderr.isatty()
    imported: list[Item] = []
    failed = 0
    for number, name in enumerate(arguments.files, 1):
        count = f" ({number} of {len(arguments.files)})" if arguments.files[1:] else ""
        try:
            found = _import(api, Path(name), telling(f"{name}{count}") if shows else to_nobody)
        except CommandFailed as refused:
            failed += 1
            print("acsctl:", printable(f"{name}: {refused.reason}"), file=sys.stderr)
            continue
        imported += found
        if not arguments.json:
            for model in found:
                print(f"{name}: {shown(model['name'])}: {_counted(model)}")
    if arguments.json:
        write_json(imported)
    return 1 if failed else 0


def _counted(model: Item) -> str:
    return f"{model['objects']:,} objects, {model['parameters']:,} parameters"


def _import(api: Api, path: Path, tell: Tell) -> list[Item]:
    try:
        content = _packed(path, tell)
    except OSError as error:
        raise CommandFailed(f"cannot read it: {error.strerror or error}") from error
    try:
        tell("importing")
        answer = api.send("datamodels", content=content, kind="application/gzip")
    finally:
        tell("")
    return list(answer["items"])


def _packed(path: Path, tell: Tell) -> bytes:
    """A file compressed by gzip; raises OSError, `CommandFailed`."""
    packing = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed, read = [], 0
    with open(path, "rb") as file:
        size = max(1, fstat(file.fileno()).st_size)
        while piece := file.read(_PIECE):
            read += len(piece)
            if read > MOST_BYTES:
                raise CommandFailed(f"is longer than {MOST_BYTES >> 20} MiB")
            packed.append(packing.compress(piece))
            tell(f"{min(100, read * 100 // size)} % read")
    return b"".join((*packed, packing.flush()))


def list_data_models(api: Api, arguments: Namespace) -> int:
    """``datamodel list``"""
    write_list(_COLUMNS, api.items("datamodels"), arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``datamodel show PATH``: all that is said of a parameter, or a line for each below an object."""
    found = _found(api, arguments)
    first = next(found, None)
    if first is None:
        raise CommandFailed(f"no data model says anything of {arguments.path}")
    items = (each for some in ((first,), found) for each in some)
    if arguments.json or first["kind"] == "object":
        write_list(_DEFINITIONS, items, arguments.json)
        return 0
    for number, definition in enumerate(items):
        if number:
            print()
        write_fields(members(_without_emptiness(definition)))
    return 0


def _found(api: Api, arguments: Namespace) -> Iterator[Item]:
    """What is at a path; where that is nothing, and it may have lost its dot, what is below."""
    for path in (arguments.path, f"{arguments.path}."):
        query = {"path": path, "model": arguments.model}
        some = False
        for each in api.items("definitions", query=query, limit=arguments.limit):
            some = True
            yield each
        if some or path.endswith("."):
            return


def _without_emptiness(definition: Item) -> Item:
    """What is said of a parameter."""
    said = {**definition, "ranges": _spans(definition["ranges"]), "sizes": _spans(definition["sizes"])}
    shown_ones = {name: value for name, value in said.items() if not name.endswith("_entries")}
    return {name: value for name, value in shown_ones.items() if value not in (None, "", [], False)}


def _type(definition: Item) -> str:
    if definition["kind"] == "object":
        return "object"
    words = [definition["type"] or "", f"({definition['data_type']})" if definition["data_type"] else ""]
    return shown(" ".join(filter(None, (*words, "list" if definition["list"] else ""))))


def _values(definition: Item) -> str:
    """What is allowed: words, else ranges, else lengths."""
    if definition["enumeration"]:
        return shown(definition["enumeration"])
    sizes = _spans(definition["sizes"])
    return shown(_spans(definition["ranges"]) or (f"{sizes} long" if sizes else ""))


def _spans(spans: list[dict[str, Any]]) -> str:
    return " or ".join(f"{_side(span['minimum'])}..{_side(span['maximum'])}" for span in spans)


def _side(bound: int | None) -> str:
    return "" if bound is None else str(bound)


def remove(api: Api, arguments: Namespace) -> int:
    """``datamodel remove NAME``"""
    api.delete("datamodels", arguments.name)
    print("removed")
    return 0
