"""The ``device`` commands about waking: now, what came of it, what a device is woken with."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import Column, members, write_fields, write_json, write_list, write_table
from acs.ctl.text import moment, shown


def wake(api: Api, arguments: Namespace) -> int:
    """``device wake ID``; 0 where it has called."""
    woken = api.post("devices", arguments.device, "wake", body={"method": arguments.method})
    if arguments.json:
        write_json(woken)
    else:
        by = f" by {shown(woken['method'])}" if woken["method"] else ""
        detail = f": {shown(woken['detail'])}" if woken["detail"] else ""
        print(f"{shown(woken['outcome'])}{by} after {woken['seconds']:.1f} s{detail}")
    return 0 if woken["outcome"] == "informed" else 1


def wakes(api: Api, arguments: Namespace) -> int:
    """``device wakes ID``"""
    found = api.items("devices", arguments.device, "wakes", limit=arguments.limit)
    columns = (
        Column("TIME", lambda item: moment(item["time"]), whole=True),
        Column("METHOD", "method"),
        Column("OUTCOME", "outcome"),
        Column("SECONDS", "seconds"),
        Column("BY", "requested_by"),
        Column("DETAIL", "detail"),
    )
    write_list(columns, found, arguments.json)
    return 0


def waking(api: Api, arguments: Namespace) -> int:
    """``device waking ID``"""
    place = ("devices", arguments.device, "waking")
    if arguments.renew:
        api.post(*place, "renew", body={})
        print("the next session gives it new passwords to be woken by")
        return 0
    found = api.get(*place, query={"secrets": arguments.secrets})
    if arguments.json:
        write_json(found)
        return 0
    ways = found.pop("ways")
    write_fields(members(found))
    write_table((Column("WAY", "method"), Column("WHY NOT", "why_not")), ways, budget=None)
    return 0
