"""The ``firmware`` commands: files for devices, in the appliance's folder."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from acs.ctl.api import Api
from acs.ctl.errors import ApiError, CommandFailed
from acs.ctl.prompts import confirm
from acs.ctl.tables import Column, write_json, write_list
from acs.ctl.telling import Tell, telling, to_nobody
from acs.ctl.text import moment

LARGE = 4 << 20
"""Bytes from which on it is shown how far it is."""

_PIECE = 1 << 18
_COLUMNS = (
    Column("PATH", "path", whole=True),
    Column("SIZE", lambda file: f"{file['size']:,}"),
    Column("TYPE", lambda file: str(file["file_type"]).partition(" ")[0]),
    Column("REPORTED AS", "reported"),
    Column("SHA-256", lambda file: (file["sha256"] or "not known yet")[:16]),
    Column("MODIFIED", lambda file: moment(file["modified"])),
    Column("PROBLEMS", "problems"),
)


def list_firmware(api: Api, arguments: Namespace) -> int:
    """``firmware list``"""
    query = dict(arguments.filters)
    write_list(_COLUMNS, api.items("firmware", query=query, limit=arguments.limit), arguments.json)
    return 0


def add(api: Api, arguments: Namespace) -> int:
    """``firmware add FILE PATH``"""
    source = Path(arguments.file)
    path = f"{arguments.path}{source.name}" if arguments.path.endswith("/") else arguments.path
    with open(source, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        shows = size >= LARGE and (arguments.progress or sys.stderr.isatty())
        tell = telling(str(source)) if shows else to_nobody
        try:
            written = _put(api, path, file, size, tell, arguments.keep)
        finally:
            tell("")
    if arguments.json:
        write_json(written or {"path": path})
    else:
        print(f"{'added' if written else 'replaced'} {path} ({size:,} bytes)")
    return 0


def _put(api: Api, path: str, file: BinaryIO, size: int, tell: Tell, keep: bool) -> Any:
    if size >= LARGE:  # who may not ask hears of it before all of it was sent
        api.get("firmware", query={"limit": 1})
    headers = {"If-None-Match": "*"} if keep else {}
    try:
        content = _pieces(file, size, tell)
        return api.upload("firmware", *path.split("/"), content=content, size=size, headers=headers)
    except ApiError as refused:
        if refused.code == 412:
            raise CommandFailed(f"there is {path} already, and it was to be kept") from refused
        raise


def _pieces(file: BinaryIO, size: int, tell: Tell) -> Iterator[bytes]:
    """The file, no more than it had when it was opened; raises `CommandFailed` where it becomes shorter."""
    left, told = size, -1
    while left:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise CommandFailed("the file has become shorter while it was sent")
        yield piece
        left -= len(piece)
        if (percent := (size - left) * 100 // size) != told:
            told = percent
            tell(f"{percent} % sent")


def remove(api: Api, arguments: Namespace) -> int:
    """``firmware remove PATH``"""
    confirm(f"Remove {arguments.path} from the folder of files?", arguments.yes)
    api.delete("firmware", *arguments.path.split("/"))
    print("removed")
    return 0
