"""The ``device`` commands about firmware."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import Item, write_json
from acs.ctl.text import printable


def upgrade(api: Api, arguments: Namespace) -> int:
    """``device upgrade ID [VERSION]``"""
    body = {"version": arguments.version} if arguments.version else {}
    return _told(api.post("devices", arguments.device, "upgrade", body=body), arguments)


def rollback(api: Api, arguments: Namespace) -> int:
    """``device rollback ID``"""
    return _told(api.post("devices", arguments.device, "rollback", body={}), arguments)


def _told(device: Item, arguments: Namespace) -> int:
    if arguments.json:
        write_json(device)
        return 0
    version = device["desired_software_version"]["value"]
    if device["software_version"] == version:
        print(printable(f"it runs {version}"))
    else:
        print(printable(f"the next sessions bring it to {version}; see it with: device show"))
    return 0
