"""The ``device`` commands about what devices have uploaded."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from acs.ctl.api import Api
from acs.ctl.tables import Column, write_list
from acs.ctl.text import moment, plain

_COLUMNS = (
    Column("JOB", "job", whole=True),
    Column("TIME", lambda upload: moment(upload["time"]), whole=True),
    Column("TYPE", "file_type"),
    Column("BYTES", "size"),
    Column("NAME", "name"),
)


def uploads(api: Api, arguments: Namespace) -> int:
    """``device uploads ID``"""
    found = api.items("devices", arguments.device, "uploads", limit=arguments.limit)
    write_list(_COLUMNS, found, arguments.json)
    return 0


def upload(api: Api, arguments: Namespace) -> int:
    """``device upload ID JOB``: to a file, or to the standard output, on a terminal only what is harmless."""
    place = ("devices", arguments.device, "uploads", arguments.job)
    if arguments.delete:
        api.delete(*place)
        print("deleted")
        return 0
    if arguments.diff is None:
        content = api.content(*place)
    else:
        content = api.content(*place, "diff", query={"to": arguments.diff})
    if arguments.output:
        Path(arguments.output).write_bytes(content)
        print(f"{len(content)} bytes in {arguments.output}")
    elif sys.stdout.isatty():
        print(plain(content))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    return 0
