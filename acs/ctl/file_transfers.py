"""The command ``transfer list``: the files that are on their way."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import Column, Item, write_list
from acs.ctl.text import moment, shown

_COLUMNS = (
    Column("BEGAN", lambda transfer: moment(transfer["began"]), whole=True),
    Column("WAY", lambda transfer: f"{transfer['way']} {transfer['direction']}", whole=True),
    Column("DONE", lambda transfer: progress_of(transfer), whole=True),
    Column("DEVICE", lambda transfer: shown(transfer["device"] or transfer["client"]), whole=True),
    Column("JOB", "job", whole=True),
    Column("PATH", "path"),
)


def list_transfers(api: Api, arguments: Namespace) -> int:
    """``transfer list``"""
    found = api.items("transfers", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, found, arguments.json)
    return 0


def progress_of(transfer: Item) -> str:
    """How far it has come: in percent, or in bytes where its size is not known."""
    sent, size = transfer["sent"], transfer["size"]
    return f"{sent * 100 // size} % of {size:,}" if size else f"{sent:,}"
