"""The ``campaign`` commands: many devices, a few at a time."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from acs.ctl.api import Api
from acs.ctl.declaring import Groups, pair_of, positive, remote_command, takes_json, takes_limit
from acs.ctl.errors import CommandFailed
from acs.ctl.prompts import confirm
from acs.ctl.tables import Column, Item, members, timed, write_fields, write_json, write_list
from acs.ctl.text import moment, shown
from acs.ctl.words import read
from acs.simulate.numbers import whole

_STATES = ("waiting", "offered", "confirmed", "failed", "unreachable", "left")


def _counted(state: str) -> Column:
    """How many devices are in this state."""
    return Column(state.upper(), lambda campaign: str(campaign["counts"][state]))


_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("STATE", "state"),
    Column("TO", lambda campaign: shown(campaign["software_version"] or campaign["config_level"])),
    *map(_counted, _STATES[:5]),
    Column("NAME", "name"),
)
_DEVICES = (
    Column("DEVICE", "device", whole=True),
    Column("STATE", "state"),
    Column("SINCE", lambda device: moment(device["changed"]), whole=True),
    Column("DETAIL", "detail"),
)


def list_campaigns(api: Api, arguments: Namespace) -> int:
    """``campaign list``"""
    write_list(_COLUMNS, api.items("campaigns", limit=arguments.limit), arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``campaign show ID``"""
    _write(api.get("campaigns", arguments.campaign), arguments)
    return 0


def devices(api: Api, arguments: Namespace) -> int:
    """``campaign devices ID``"""
    query = {"state": arguments.state}
    found = api.items("campaigns", arguments.campaign, "devices", query=query, limit=arguments.limit)
    write_list(_DEVICES, found, arguments.json)
    return 0


def add(api: Api, arguments: Namespace) -> int:
    """``campaign add NAME``"""
    said: dict[str, Any] = read(arguments.plan) if arguments.plan else {}
    if not isinstance(said, dict):
        raise CommandFailed(f"{arguments.plan}: must be an object", status=2)
    said |= {"name": arguments.name, "paused": arguments.paused} | _given(arguments)
    if arguments.filters:
        said["filter"] = dict(arguments.filters)
    _write(api.post("campaigns", body=said), arguments)
    return 0


def _given(arguments: Namespace) -> dict[str, Any]:
    """What the options say."""
    said = {
        "software_version": arguments.software_version,
        "config_level": arguments.config_level,
        "devices": arguments.devices,
        "timezone": arguments.timezone,
        "at_once": arguments.at_once,
        "per_hour": arguments.per_hour,
        "patience_hours": arguments.patience_hours,
        "wake": arguments.wake or None,
        "window": _window(arguments.window),
    }
    return {name: value for name, value in said.items() if value is not None}


def _window(given: str | None) -> dict[str, str] | None:
    if given is None:
        return None
    begins, _, ends = given.partition("-")
    return {"begins": begins, "ends": ends}


def pause(api: Api, arguments: Namespace) -> int:
    """``campaign pause ID``"""
    return _change(api, arguments, "paused")


def resume(api: Api, arguments: Namespace) -> int:
    """``campaign resume ID``"""
    return _change(api, arguments, "running")


def abort(api: Api, arguments: Namespace) -> int:
    """``campaign abort ID``"""
    confirm(f"End the campaign {arguments.campaign} for good?", arguments.yes)
    return _change(api, arguments, "aborted")


def _change(api: Api, arguments: Namespace, state: str) -> int:
    changed = api.patch("campaigns", arguments.campaign, body={"state": state})
    print(f"the campaign is {shown(changed['state'])}")
    return 0


def _write(campaign: Item, arguments: Namespace) -> None:
    if arguments.json:
        write_json(campaign)
        return
    fields = timed(campaign, ("created", "changed"))
    plan, counts = fields.pop("plan"), fields.pop("counts")
    write_fields(members({**fields, **_plan(plan), **{state: counts[state] for state in _STATES}}))


def _plan(plan: Item) -> dict[str, str]:
    """How it goes, in words."""
    waves = [_wave(each) for each in plan.get("waves", ())]
    window = plan.get("window")
    told = {
        "waves": ", ".join([*waves, "all"] if waves and waves[-1] != "100 %" else waves),
        "rule": _rule(plan.get("rule") or {}),
        "window": f"{shown(window['begins'])}-{shown(window['ends'])}" if window else "at any time",
    }
    return {**told, **{name: shown(each) for name, each in plan.items() if name not in told}}


def _wave(wave: Item) -> str:
    if not (devices := wave.get("devices")):
        return _percent(wave)
    return f"{shown(devices)} device{'' if devices == 1 else 's'}"


def _percent(part: Item) -> str:
    return f"{part.get('percent', 0):g} %"


def _rule(rule: Item) -> str:
    """What stops it, in words."""
    rules = []
    if rule.get("failures"):
        rules.append(f"{shown(rule['failures'])} failures of the last {shown(rule.get('of_last'))}")
    if rule.get("percent"):
        rules.append(f"{_percent(rule)} failures of at least {shown(rule.get('least'))}")
    return " or ".join(rules)


def declare_campaigns(group: Groups) -> None:
    """Declare the commands."""
    listing = remote_command(group, "list", list_campaigns, "list campaigns")
    takes_limit(listing)
    one = remote_command(group, "show", show, "show a campaign, with how many of its devices are where")
    those = remote_command(group, "devices", devices, "list the devices of a campaign")
    those.add_argument("--state", choices=_STATES, help="those in this state")
    takes_limit(those)
    halt = remote_command(group, "pause", pause, "begin with no more devices")
    go_on = remote_command(group, "resume", resume, "go on, also after its rule has stopped it")
    end = remote_command(group, "abort", abort, "end it for good; devices want what they wanted before")
    end.add_argument("--yes", action="store_true", help="do not ask")
    for parser in (one, those, halt, go_on, end):
        parser.add_argument("campaign", metavar="CAMPAIGN", help="a campaign's id")
    new = remote_command(group, "add", add, "bring many devices to a version, a few at a time")
    _declare_add(new)
    for parser in (listing, one, those, new):
        takes_json(parser)


def _declare_add(new: ArgumentParser) -> None:
    new.add_argument("name", metavar="NAME", help="what people call it")
    new.add_argument("--software-version", metavar="VERSION", help="the firmware that they are to have")
    new.add_argument("--config-level", metavar="LEVEL", help="or the configuration level: a time, or now")
    new.add_argument("--device", dest="devices", action="append", metavar="DEVICE", help="one of them")
    new.add_argument(
        "--filter",
        dest="filters",
        action="append",
        type=pair_of,
        metavar="NAME=VALUE",
        help="as of device list",
    )
    new.add_argument("--plan", metavar="@FILE", help="waves, rule and all the rest (.toml, else JSON)")
    new.add_argument("--window", metavar="HH:MM-HH:MM", help="when they may be disturbed, in their own time")
    new.add_argument("--timezone", metavar="ZONE", help="of devices that do not tell their own")
    new.add_argument("--at-once", type=whole, metavar="N", help="so many may be under way")
    new.add_argument("--per-hour", type=whole, metavar="N", help="so many are begun in an hour")
    words = "one that has not got it by then is unreachable"
    new.add_argument("--patience-hours", type=positive, metavar="HOURS", help=words)
    new.add_argument("--wake", action="store_true", help="wake them, instead of waiting for them")
    new.add_argument("--paused", action="store_true", help="begin when somebody says resume")
