"""The ``device`` commands about a device that takes the place of another."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from acs.ctl.api import Api
from acs.ctl.configurations import write_entries
from acs.ctl.prompts import confirm
from acs.ctl.tables import Column, Item, terminal_width, write_json, write_table

_LEFT_OUT = (Column("LEFT OUT", "name", whole=True), Column("WHY", "reason"))


def backup(api: Api, arguments: Namespace) -> int:
    """``device backup ID``"""
    found = api.get("devices", arguments.device, "backup", query={"secrets": arguments.secrets})
    if arguments.json:
        write_json(found)
    else:
        write_entries(found["parameters"])
        _write_left_out(found["left_out"])
    return 0


def swap(api: Api, arguments: Namespace) -> int:
    """``device swap OLD NEW``"""
    old, new = arguments.device, arguments.replacement
    question = f"Have {new} take the place of {old}" + (f", and forget {old}?" if arguments.delete else "?")
    confirm(question, arguments.yes)
    body = {"replacement": new, "delete": arguments.delete, "force": arguments.force}
    device = api.post("devices", old, "swap", body=body)
    if arguments.json:
        write_json(device)
    else:
        level = device["desired_config_level"]["value"]
        print(
            f"the next session of {new} brings it to level {level}" if level else f"{new} is to have nothing"
        )
        _write_left_out(device["left_out"])
    return 0


def _write_left_out(left_out: Iterable[Item]) -> None:
    rows = list(left_out)
    if rows:
        print()
        write_table(_LEFT_OUT, rows, terminal_width())
