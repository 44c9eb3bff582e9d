"""The ``audit`` command, with what commands that work on the store itself add to the audit log."""

from __future__ import annotations

import os
import pwd
import time
from argparse import Namespace
from urllib.parse import quote

from acs.ctl.api import Api
from acs.ctl.tables import Column, Item, write_list
from acs.ctl.text import moment
from acs.store.interface import Store
from acs.web.serving.differences import Sides
from acs.web.serving.trail import Trail

_COLUMNS = (
    Column("TIME", lambda said: moment(said["time"]), whole=True),
    Column("WHO", "who", whole=True),
    Column("ADDRESS", "address"),
    Column("STATUS", lambda said: str(said["status"])),
    Column("METHOD", "method", whole=True),
    Column("TARGET", "target", whole=True),
    Column("CHANGED", lambda said: _changed(said)),
)


def list_audit(api: Api, arguments: Namespace) -> int:
    """``audit list``"""
    found = api.items("audit", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, found, arguments.json)
    return 0


def _changed(said: Item) -> str:
    """The names of the members that are others."""
    sides = [side for side in (said["before"], said["after"]) if isinstance(side, dict)]
    return ", ".join(dict.fromkeys(name for side in sides for name in side))


def note(store: Store, method: str, kind: str, name: str, sides: Sides) -> None:
    """Add to the audit log what somebody has done on this machine, as the API would have."""
    target = f"/api/v1/{kind}/{quote(name, safe='')}"
    Trail(store, time.time).note(f"local:{_user()}", "", method, target, 200, sides)


def _user() -> str:
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
