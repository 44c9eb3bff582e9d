"""The ``alarm`` commands: what people have to look at."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import Column, Item, write_list
from acs.ctl.text import moment

_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("SINCE", lambda alarm: moment(alarm["since"]), whole=True),
    Column("STATE", lambda alarm: _state(alarm)),
    Column("KIND", "kind", whole=True),
    Column("ABOUT", lambda alarm: _about(alarm), whole=True),
    Column("TEXT", "text"),
)


def list_alarms(api: Api, arguments: Namespace) -> int:
    """``alarm list``"""
    filters = dict(arguments.filters) if arguments.all else {"open": "true", **dict(arguments.filters)}
    found = api.items("alarms", query=filters, limit=arguments.limit)
    write_list(_COLUMNS, found, arguments.json)
    return 0


def acknowledge(api: Api, arguments: Namespace) -> int:
    """``alarm acknowledge ID...``"""
    for alarm in arguments.alarms:
        api.patch("alarms", alarm, body={"acknowledged": not arguments.undo})
    print("to be looked at again" if arguments.undo else "acknowledged")
    return 0


def _about(alarm: Item) -> str:
    return str(alarm["device"] or alarm["campaign"] or alarm["subject"] or "-")


def _state(alarm: Item) -> str:
    if alarm["ended"]:
        return "past"
    return "acknowledged" if alarm["acknowledged"] else "open"
