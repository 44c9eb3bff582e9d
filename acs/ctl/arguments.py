"""What may stand on the command line, as `argparse` reads it."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from importlib import import_module

from acs import __version__
from acs.ctl import (
    alarms,
    configurations,
    data_models,
    events,
    file_transfers,
    firmware,
    genieacs,
    jobs,
    nodes,
    profiles,
    quirks,
    reload,
    sessions,
)
from acs.ctl.campaigns import declare_campaigns
from acs.ctl.declaring import (
    Groups,
    group_of,
    list_command,
    local_command,
    queues,
    remote_command,
    takes_filter,
    takes_json,
    takes_limit,
    takes_reach,
    takes_secrets,
)
from acs.ctl.device_arguments import declare_devices
from acs.ctl.later import later
from acs.ctl.people_arguments import declare_tokens, declare_users
from acs.ctl.webhooks import declare_webhooks
from acs.simulate.numbers import whole
from acs.store.listing.deeds import AUDIT
from acs.store.listing.listings import ALARMS, CONFIGURATIONS, JOBS, SESSIONS
from acs.store.records import ProfileScope, Scope

SIMULATE = "simulate"
"""The command that needs the simulated devices."""


def parse(argv: Sequence[str] | None = None) -> Namespace:
    """The command line as attributes; ``run`` is what to call with them.  Exits with 2 where it is wrong."""
    argv = sys.argv[1:] if argv is None else argv
    parser = _parser(argv)
    arguments, rest = parser.parse_known_args(argv)
    # argparse settles all positional arguments of `job add` at the first, and leaves those after an option.
    words: list[str] | None = getattr(arguments, "words", getattr(arguments, "files", None))
    if words is not None and all(_is_word(each) for each in rest):
        words += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    _settle_import(parser, arguments)
    if arguments.api_url and arguments.config:
        parser.error("give -c or --url, not both")
    if arguments.local and (arguments.api_url or arguments.api_token):
        parser.error("this command works on this machine: it takes -c, and neither --url nor --token")
    return arguments


def _settle_import(parser: ArgumentParser, arguments: Namespace) -> None:
    """Two commands begin with ``import``: of a store, and of what GenieACS has exported."""
    files = getattr(arguments, "files", ()) if hasattr(arguments, "dry_run") else ()
    if not files:
        return
    of_genieacs = files[0] == genieacs.NAME and len(files) > 1
    if len(files) > 1 and not of_genieacs:
        parser.error(f"unrecognized arguments: {' '.join(files[1:])}")
    if not of_genieacs and arguments.dry_run:
        parser.error("--dry-run is for import genieacs")
    arguments.local = not of_genieacs


def _is_word(argument: str) -> bool:
    return argument == "-" or not argument.startswith("-")


def _parser(words: Sequence[str] | None = None) -> ArgumentParser:
    """What reads a command line; if ``words`` are given it need read these alone."""
    parser = ArgumentParser(
        prog="acsctl",
        description="Speak to a TR-069 auto-configuration server.",
        epilog="Environment: ACS_URL and ACS_TOKEN stand for --url and --token.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"acsctl {__version__}")
    parser.set_defaults(config=None, api_url=None, api_token=None, local=False)
    takes_reach(parser)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    local_command(
        groups,
        "check-config",
        later("check_config", "check_config"),
        "say what is wrong with a configuration file",
    )
    declare_tokens(group_of(groups, "token", "API tokens"))
    declare_users(group_of(groups, "user", "people who may log in"))
    declare_devices(group_of(groups, "device", "devices"))
    _jobs(group_of(groups, "job", "RPCs queued for devices"))
    _alarms(group_of(groups, "alarm", "what people have to look at"))
    _sessions(group_of(groups, "session", "sessions and their conversations"))
    _configurations(group_of(groups, "config", "which values devices are to have"))
    _data_models(group_of(groups, "datamodel", "what the standard says of parameters"))
    declare_webhooks(group_of(groups, "webhook", "who is told what happens"))
    declare_campaigns(group_of(groups, "campaign", "what many devices get, a few at a time"))
    _profiles(group_of(groups, "profile", "what holds for all devices of a kind"))
    _firmware(group_of(groups, "firmware", "files for devices"))
    _quirks(group_of(groups, "quirk", "what is done differently for which devices"))
    _lists(groups)
    _events(groups)
    _transfers(groups)
    takes_json(
        remote_command(groups, "reload", reload.reload, "read certificates and keys anew, without a restart")
    )
    _simulate(groups, words)
    return parser


def _simulate(groups: Groups, words: Sequence[str] | None) -> None:
    simulate = groups.add_parser(SIMULATE, help="run simulated CPEs against any ACS", allow_abbrev=False)
    simulate.set_defaults(run=later("simulating", "simulate"))
    if words is None or SIMULATE in words:
        import_module("acs.simulate.command").add_arguments(simulate)


def _lists(groups: Groups) -> None:
    """Groups of a single command, which lists."""
    audited = group_of(groups, "audit", "who has changed what")
    list_command(audited, "list", later("audit", "list_audit"), "list changes, newest first", AUDIT)
    among = group_of(groups, "node", "processes on one database")
    list_command(among, "list", nodes.list_nodes, "list nodes")
    moving = group_of(groups, "transfer", "files on their way")
    words = "list the files that go out to devices, or come from them, at this node"
    list_command(moving, "list", file_transfers.list_transfers, words)


def _transfers(group: Groups) -> None:
    words = "keep the embedded database as a file in its state directory; the appliance may run"
    kept = local_command(group, "backup", later("keeping", "backup"), words)
    kept.add_argument("--name", type=_file_name, metavar="NAME", help="is part of the file's name")
    words = "succeed without a word where there is none"
    kept.add_argument("--if-embedded", action="store_true", help=words)
    kept.add_argument("--keep", type=whole, default=3, metavar="N", help="leave the newest N (3)")
    words = "give back what the database has no use for any more; on SQLite the appliance must not run"
    local_command(group, "vacuum", later("keeping", "vacuum"), words)
    export = local_command(
        group, "export", later("transfer", "export_store"), "write all that the store holds into a file"
    )
    export.add_argument("file", metavar="FILE", help="is replaced where it is there; -: standard output")
    export.add_argument(
        "--verify", action="store_true", help="write nothing: say whether FILE is a whole export, and of what"
    )
    load = local_command(
        group, "import", later("genieacs.command", "import_files"), "bring an export into an empty store"
    )
    words = (
        "what export wrote; or genieacs and files that GenieACS exported, JSON or CSV, for the running one"
    )
    load.add_argument("files", nargs="+", metavar="FILE", help=words)
    load.add_argument("--dry-run", action="store_true", help="of genieacs: say what would be taken over")
    words = "the secret.key that FILE is sealed with, where the store is to have another"
    load.add_argument("--key", metavar="FILE", help=words)
    for parser in (export, load):
        parser.add_argument(
            "--progress", action="store_true", help="show progress though this is no terminal"
        )
        takes_json(parser)


def _jobs(group: Groups) -> None:
    listing = list_command(group, "list", jobs.list_jobs, "list jobs", JOBS)
    takes_filter(listing, "sort", "id, or -id for the newest first (default)")
    show = remote_command(group, "show", jobs.show, "show a job with its arguments and result")
    cancel = remote_command(group, "cancel", jobs.cancel, "cancel a job that waits")
    for parser in (show, cancel):
        parser.add_argument("job", metavar="JOB", help="a job's id")
    takes_json(show)
    for parser in (listing, show):
        takes_secrets(parser)
    add = remote_command(group, "add", jobs.add, "queue an RPC for a device")
    add.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    add.add_argument("rpc", metavar="RPC", help="as the standard calls it, such as SetParameterValues")
    words = "a JSON object, @FILE or -; NAME=VALUE... to SetParameterValues, NAME... to GetParameterValues"
    add.add_argument("words", nargs="*", metavar="ARGUMENT", help=words)
    queues(add)


def _alarms(group: Groups) -> None:
    listing = list_command(group, "list", alarms.list_alarms, "list open alarms, newest first", ALARMS)
    listing.add_argument("--all", action="store_true", help="past ones too")
    acknowledge = remote_command(group, "acknowledge", alarms.acknowledge, "say that you know of alarms")
    acknowledge.add_argument("alarms", nargs="+", metavar="ALARM", help="an alarm's id")
    acknowledge.add_argument("--undo", action="store_true", help="have them looked at again")


def _events(groups: Groups) -> None:
    follow = remote_command(groups, "events", events.follow, "tell what happens, as it does, without end")
    words = "session, device, job, alarm, campaign, transfer; several with commas between them"
    follow.add_argument("--type", metavar="TYPE", help=words)
    follow.add_argument("--device", metavar="DEVICE", help="what happens to this device alone")
    follow.add_argument("--json", action="store_true", help="print a JSON object a line")


def _sessions(group: Groups) -> None:
    listing = list_command(group, "list", sessions.list_sessions, "list sessions, newest first", SESSIONS)
    failed = ("result", "failed")
    listing.add_argument(
        "--failed", dest="filters", action="append_const", const=failed, help="--result failed"
    )
    show = remote_command(group, "show", sessions.show, "show a session with its whole conversation")
    export = remote_command(
        group, "export", sessions.export, "write a conversation to files, one for each message"
    )
    for parser in (show, export):
        parser.add_argument("session", metavar="SESSION", help="a session's id")
        takes_secrets(parser)
    show.add_argument("--raw", action="store_true", help="messages as they went over the wire, not laid out")
    show.add_argument("--no-bodies", action="store_true", help="without the messages' text")
    takes_json(show)
    export.add_argument("-o", "--output", metavar="DIR", help="a folder; default: session-SESSION")


def _configurations(group: Groups) -> None:
    listing = list_command(
        group, "list", configurations.list_configurations, "list configurations", CONFIGURATIONS
    )
    takes_filter(listing, "sort", "scope or name")
    get = remote_command(group, "get", configurations.get, "show a configuration")
    change = remote_command(group, "set", configurations.set_, "say what devices are to have")
    delete = remote_command(group, "delete", configurations.delete, "say no more what they are to have")
    for parser in (get, change, delete):
        parser.add_argument("scope", metavar="SCOPE", choices=[scope.value for scope in Scope])
        words = "default for all; a category, a Manufacturer, Manufacturer/ProductClass, a tag, a device's id"
        parser.add_argument("name", metavar="NAME", help=words)
    words = "@FILE (.toml, else JSON) or - for all of it; PATH=VALUE... for some"
    change.add_argument("words", nargs="+", metavar="PARAMETER", help=words)
    change.add_argument("--force", action="store_true", help="though the data models say otherwise")
    for parser in (listing, get):
        takes_secrets(parser)
    for parser in (get, change):
        takes_json(parser)


def _data_models(group: Groups) -> None:
    load = remote_command(group, "import", data_models.import_files, "import files of the Broadband Forum")
    load.add_argument("files", nargs="+", metavar="FILE", help="one that is whole: tr-...-full.xml")
    load.add_argument("--progress", action="store_true", help="show progress though this is no terminal")
    listing = remote_command(group, "list", data_models.list_data_models, "list those that were imported")
    show = remote_command(group, "show", data_models.show, "show what they say of a path, or of all below it")
    show.add_argument("path", metavar="PATH", help="with numbers or {i} for instances")
    show.add_argument("--model", metavar="NAME", help="what this one says, such as Device:2.11")
    takes_limit(show)
    for parser in (load, listing, show):
        takes_json(parser)
    remove = remote_command(group, "remove", data_models.remove, "forget one")
    remove.add_argument("name", metavar="NAME", help="such as Device:2.11")


def _profiles(group: Groups) -> None:
    listing = list_command(group, "list", profiles.list_profiles, "list profiles")
    takes_filter(listing, "scope", "those of this scope alone")
    get = remote_command(group, "get", profiles.get, "show a profile")
    change = remote_command(group, "set", profiles.set_, "say what holds for these devices")
    delete = remote_command(group, "delete", profiles.delete, "say nothing more of them")
    for parser in (get, change, delete):
        parser.add_argument("scope", metavar="SCOPE", choices=[scope.value for scope in ProfileScope])
        words = (
            "default for all; Device. or InternetGatewayDevice., a category, a Manufacturer,"
            " Manufacturer/ProductClass, a tag"
        )
        parser.add_argument("name", metavar="NAME", help=words)
    words = "@FILE (.toml, else JSON) or - for all of it; NAME=PATH... for some logical names"
    change.add_argument("words", nargs="*", metavar="NAME", help=words)
    change.add_argument("--category", help="that of a model's devices which have none of their own")
    words = "the version of their firmware that they are to run; empty: none"
    change.add_argument("--software-version", metavar="VERSION", help=words)
    words = "URL of a vendor configuration file for them to download, or acs: and its path in the folder"
    change.add_argument("--vendor-file", metavar="URL", help=words)
    track = "read this parameter, or all below this object, again and again"
    change.add_argument("--track", action="append", default=[], metavar="PATH", help=track)
    change.add_argument(
        "--every", type=whole, default=0, metavar="SECONDS", help="how often; default: in each session"
    )
    change.add_argument("--history", action="store_true", help="keep each value that is read")
    for parser in (get, change):
        takes_json(parser)


def _quirks(group: Groups) -> None:
    listing = remote_command(group, "list", quirks.list_quirks, "list all that are known")
    listing.add_argument("--device", metavar="DEVICE", help="those that a device has, or is said not to have")
    show = remote_command(group, "show", quirks.show, "explain one, with the rules that say whose it is")
    add = remote_command(group, "add", quirks.add, "say which devices have one")
    remove = remote_command(group, "remove", quirks.remove, "remove such a rule")
    for parser in (show, add, remove):
        parser.add_argument("name", metavar="NAME")
    for parser in (listing, show, add):
        takes_json(parser)
    remove.add_argument("rule", metavar="RULE", help="a rule's id")
    for name in quirks.PATTERNS:
        words = "its id" if name == "device" else "a pattern, in which * is anything and ? a character"
        add.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="PATTERN", help=words)
    add.add_argument("--off", action="store_true", help="they do not have it, whatever wider rules say")
    add.add_argument("--note", default="", help="why, for those who read it later")


def _firmware(group: Groups) -> None:
    listing = list_command(group, "list", firmware.list_firmware, "list files for devices")
    for name, words in (
        ("q", "what is in the path, the version or the notes"),
        ("manufacturer", "those for a Manufacturer, or an OUI"),
        ("product_class", ""),
        ("version", ""),
    ):
        takes_filter(listing, name, words)
    add = remote_command(group, "add", firmware.add, "add a file, or replace one")
    add.add_argument("file", metavar="FILE", help="on this machine")
    words = "Manufacturer/ProductClass/VERSION/NAME, config/... or web/...; with / at the end, NAME is FILE's"
    add.add_argument("path", metavar="PATH", help=words)
    add.add_argument("--keep", action="store_true", help="do not replace a file that is there")
    add.add_argument("--progress", action="store_true", help="show progress though this is no terminal")
    takes_json(add)
    remove = remote_command(group, "remove", firmware.remove, "remove a file")
    remove.add_argument("path", metavar="PATH", help="as firmware list shows it")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _file_name(given: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}", given):
        raise ArgumentTypeError(f"{given!r} is no part of a file's name: letters, digits, and any of . + ~ -")
    return given
