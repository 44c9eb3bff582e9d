"""The ``node`` command: the processes that share the appliance's database."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import Column, write_list
from acs.ctl.text import moment

_COLUMNS = (
    Column("NUMBER", "number"),
    Column("NAME", "name", whole=True),
    Column("SEEN", lambda node: moment(node.get("seen")), whole=True),
    Column("ADDRESS", "address"),
)


def list_nodes(api: Api, arguments: Namespace) -> int:
    """``node list``"""
    nodes = api.items("nodes", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, nodes, arguments.json)
    return 0
