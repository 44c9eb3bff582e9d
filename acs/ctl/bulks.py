"""The ``device bulk`` commands: what is done to many devices at once."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from acs.ctl.api import Api
from acs.ctl.declaring import (
    Groups,
    group_of,
    list_command,
    pair_of,
    remote_command,
    takes_json,
)
from acs.ctl.errors import CommandFailed
from acs.ctl.prompts import confirm
from acs.ctl.rpc_arguments import from_words
from acs.ctl.tables import Column, Item, members, timed, write_fields, write_json, write_list, write_table
from acs.ctl.text import moment, shown

INTERVAL = 0.5
"""Seconds between two looks at how far it has come."""

_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("STATE", "state"),
    Column("ACTION", "action"),
    Column("DEVICES", lambda bulk: str(bulk["devices"])),
    Column("DONE", lambda bulk: str(bulk["done"])),
    Column("REFUSED", lambda bulk: str(bulk["refused"])),
    Column("CREATED", lambda bulk: moment(bulk["created"]), whole=True),
    Column("BY", "created_by"),
)
_REASONS = (Column("DEVICE", "device", whole=True), Column("REASON", "reason"))
Said = Callable[[Namespace], dict[str, Any]]


def list_bulks(api: Api, arguments: Namespace) -> int:
    """``device bulk list``"""
    write_list(_COLUMNS, api.items("bulk", limit=arguments.limit), arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``device bulk show ID``"""
    return _write(api.get("bulk", arguments.bulk), arguments.json)


def stop(api: Api, arguments: Namespace) -> int:
    """``device bulk stop ID``"""
    print(f"it is {shown(api.delete('bulk', arguments.bulk)['state'])}")
    return 0


def _begin(action: str, said: Said, api: Api, arguments: Namespace) -> int:
    """``device bulk job RPC``, ``device bulk wake`` ...: after a look at whom it touches."""
    wanted = {"action": action, **_whom(arguments), **said(arguments)}
    told = api.post("bulk", body={**wanted, "dry_run": True})
    if arguments.dry_run:
        return _foretell(told, arguments.json)
    confirm(f"{action} for {told['devices']} devices, such as {_first(told)}?", arguments.yes)
    bulk = api.post("bulk", body=wanted)
    if arguments.wait:
        bulk = _followed(api, bulk)
    return _write(bulk, arguments.json)


def _whom(arguments: Namespace) -> dict[str, Any]:
    if arguments.everybody == bool(arguments.devices or arguments.filters):
        raise CommandFailed("say which devices: --device, --filter, or --all", status=2)
    if arguments.devices and arguments.filters:
        raise CommandFailed("give either --device or --filter", status=2)
    return {"devices": arguments.devices} if arguments.devices else {"filter": dict(arguments.filters)}


def _first(told: Item) -> str:
    return ", ".join(told["first"][:3]) or "none"


def _foretell(told: Item, as_json: bool) -> int:
    if as_json:
        write_json(told)
    else:
        unknown = f"; {told['unknown']} are not known" if told["unknown"] else ""
        print(f"{told['devices']} devices{unknown}")
        for device in told["first"]:
            print(shown(device))
    return 0


def _followed(api: Api, bulk: Item) -> Item:
    """It at its end; meanwhile a terminal shows how far it has come."""
    while bulk["state"] in ("running", "stopping"):
        time.sleep(INTERVAL)
        bulk = api.get("bulk", bulk["id"])
        if sys.stderr.isatty():
            print(f"\r{bulk['done'] + bulk['refused']} of {bulk['devices']}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return bulk


def _write(bulk: Item, as_json: bool) -> int:
    if as_json:
        write_json(bulk)
    else:
        plain = {name: value for name, value in bulk.items() if name not in ("wanted", "reasons")}
        write_fields(members(timed(plain, ("created", "ended")), ("id", "state")))
        if bulk["reasons"]:
            print()
            write_table(_REASONS, bulk["reasons"], None)
    return 0 if bulk["state"] != "interrupted" else 1


def _job(arguments: Namespace) -> dict[str, Any]:
    job = {"rpc": arguments.rpc, "arguments": from_words(arguments.rpc, arguments.words)}
    return {"job": {**job, "reason": arguments.reason, "urgent": arguments.urgent}}


def _patch(arguments: Namespace) -> dict[str, Any]:
    tags = {"add": arguments.add_tag, "remove": arguments.remove_tag}
    said: dict[str, Any] = {"tags": {name: given for name, given in tags.items() if given}}
    for name in ("category", "desired_software_version"):
        if (given := getattr(arguments, name)) is not None:
            said[name] = given or None
    return {"patch": {name: value for name, value in said.items() if value != {}}}


def _nothing(arguments: Namespace) -> dict[str, Any]:
    return {}


_ACTIONS: dict[str, tuple[str, Said]] = {
    "job": ("queue an RPC for each", _job),
    "wake": ("have them call, in their turn", _nothing),
    "refresh": ("read all of their parameters in their next sessions", _nothing),
    "patch": ("change tags, category, or the firmware that is wanted of them", _patch),
    "reconfigure": ("bring them to what is wanted of them anew", _nothing),
    "delete": ("forget them", _nothing),
}


def declare_bulks(group: Groups) -> None:
    """Declare the commands."""
    among = group_of(group, "bulk", "do something to many devices at once")
    list_command(among, "list", list_bulks, "list what was done to many devices, newest first")
    one = remote_command(among, "show", show, "show how far it has come")
    takes_json(one)
    end = remote_command(among, "stop", stop, "stop it; what was done is done")
    for parser in (one, end):
        parser.add_argument("bulk", metavar="BULK", help="its id")
    for action, (summary, said) in _ACTIONS.items():
        _declare(remote_command(among, action, _doing(action, said), summary), action)


def _doing(action: str, said: Said) -> Callable[[Api, Namespace], int]:
    return lambda api, arguments: _begin(action, said, api, arguments)


def _declare(parser: ArgumentParser, action: str) -> None:
    if action == "job":
        parser.add_argument("rpc", metavar="RPC", help="as the standard calls it, such as Reboot")
        words = "as of `job add`: a JSON object, @FILE, -, or the short form"
        parser.add_argument("words", nargs="*", metavar="ARGUMENT", help=words)
        parser.add_argument("--reason", default="", help="why, for those who read it later")
        parser.add_argument("--urgent", action="store_true", help="before the other jobs")
    if action == "patch":
        parser.add_argument("--add-tag", action="append", default=[], metavar="TAG")
        parser.add_argument("--remove-tag", action="append", default=[], metavar="TAG")
        parser.add_argument("--category", metavar="NAME", help="empty: that of their models")
        words = "before all that is wanted of their kinds; empty: what that is"
        parser.add_argument("--software-version", dest="desired_software_version", metavar="V", help=words)
    parser.set_defaults(filters=[])
    parser.add_argument("--device", dest="devices", action="append", metavar="DEVICE", help="one of them")
    words = "as of device list"
    parser.add_argument(
        "--filter", dest="filters", action="append", type=pair_of, metavar="NAME=VALUE", help=words
    )
    parser.add_argument("--all", dest="everybody", action="store_true", help="all devices")
    parser.add_argument("--dry-run", action="store_true", help="say which devices are meant, and do nothing")
    parser.add_argument("--wait", action="store_true", help="until it has come to its end")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    takes_json(parser)
