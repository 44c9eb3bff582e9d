"""What may stand on the command line, as `argparse` reads it."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from acs import __version__
from acs.ctl import (
    configurations,
    data_models,
    devices,
    jobs,
    nodes,
    profiles,
    quirks,
    reload,
    sessions,
    tokens,
    transfer,
    users,
)
from acs.ctl.api import Api
from acs.ctl.check_config import check_config
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import connect
from acs.ctl.running import in_reactor
from acs.ctl.words import pair
from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.simulate import command as simulation
from acs.simulate.numbers import LEAST, MOST, number, whole
from acs.store.listings import CONFIGURATIONS, DEVICES, JOBS, READINGS, SESSIONS
from acs.store.lists import Listing
from acs.store.records import ProfileScope, Role, Scope

Groups = Any  # argparse's own type for what add_subparsers() gives is private
Local = Callable[[Namespace], int]
Remote = Callable[[Api, Namespace], int]

LONGEST_NAME = 100
"""Characters in the name of a token or a user."""
LONGEST_LIFE = 36_500
"""Days that a token may be good for, which is a century: what a calendar can tell ends somewhere."""


def parse(argv: Sequence[str] | None = None) -> Namespace:
    """The command line as attributes; ``run`` is what to call with them.  Exits with 2 where it is wrong."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    # argparse settles all positional arguments of `job add` at the first, and leaves those after an option.
    if rest and not (hasattr(arguments, "words") and all(_is_word(each) for each in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.words += rest
    if arguments.api_url and arguments.config:
        parser.error("give -c or --url, not both")
    if arguments.local and (arguments.api_url or arguments.api_token):
        parser.error("this command works on this machine: it takes -c, and neither --url nor --token")
    return arguments


def _is_word(argument: str) -> bool:
    return argument == "-" or not argument.startswith("-")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="acsctl",
        description="Speak to a TR-069 auto-configuration server.",
        epilog="Environment: ACS_URL and ACS_TOKEN stand for --url and --token.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"acsctl {__version__}")
    parser.set_defaults(config=None, api_url=None, api_token=None, local=False)
    _reach(parser)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    _local(groups, "check-config", check_config, "say what is wrong with a configuration file")
    _tokens(_group(groups, "token", "API tokens"))
    _users(_group(groups, "user", "people who may log in"))
    _devices(_group(groups, "device", "devices"))
    _jobs(_group(groups, "job", "RPCs queued for devices"))
    _sessions(_group(groups, "session", "sessions and their conversations"))
    _configurations(_group(groups, "config", "which values devices are to have"))
    _data_models(_group(groups, "datamodel", "what the standard says of parameters"))
    _profiles(_group(groups, "profile", "what holds for all devices of a kind"))
    _quirks(_group(groups, "quirk", "what is done differently for which devices"))
    _list(_group(groups, "node", "processes on one database"), "list", nodes.list_nodes, "list nodes")
    _transfers(groups)
    _json(_remote(groups, "reload", reload.reload, "read certificates and keys anew, without a restart"))
    simulate = groups.add_parser("simulate", help="run simulated CPEs against any ACS", allow_abbrev=False)
    simulate.set_defaults(run=lambda arguments: in_reactor(partial(simulation.run, arguments)))
    simulation.add_arguments(simulate)
    return parser


def _reach(parser: ArgumentParser) -> None:
    """Declare how the appliance is reached; no defaults, for an inner parser to keep what an outer read."""
    _config(parser)
    parser.add_argument(
        "--url", dest="api_url", metavar="URL", default=SUPPRESS, help="the console's address"
    )
    parser.add_argument(
        "--token", dest="api_token", default=SUPPRESS, help="an API token (better: ACS_TOKEN)"
    )


def _config(parser: ArgumentParser) -> None:
    parser.add_argument("-c", "--config", metavar="FILE", default=SUPPRESS, help="the configuration file")


def _group(groups: Groups, name: str, summary: str) -> Groups:
    parser = groups.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    _reach(parser)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def _local(group: Groups, name: str, run: Local, summary: str) -> ArgumentParser:
    parser: ArgumentParser = group.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    _config(parser)
    parser.set_defaults(run=run, local=True)
    return parser


def _remote(group: Groups, name: str, run: Remote, summary: str) -> ArgumentParser:
    parser: ArgumentParser = group.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    _reach(parser)
    parser.set_defaults(run=lambda arguments: run(connect(arguments), arguments))
    return parser


def _list(
    group: Groups, name: str, run: Remote, summary: str, listing: Listing | None = None
) -> ArgumentParser:
    parser = _remote(group, name, run, summary)
    parser.set_defaults(filters=[])
    for member, each in listing.filters.items() if listing else ():
        _filter(parser, member, each.about)
    parser.add_argument(
        "--filter",
        dest="filters",
        action="append",
        type=_pair,
        metavar="NAME=VALUE",
        help="any filter of the API",
    )
    _json(parser)
    _limit(parser)
    return parser


def _filter(parser: ArgumentParser, member: str, summary: str = "") -> None:
    parser.add_argument(
        f"--{member.replace('_', '-')}",
        dest="filters",
        action="append",
        type=lambda value: (member, value),
        metavar="VALUE",
        help=summary,
    )


def _tokens(group: Groups) -> None:
    create = _local(group, "create", tokens.create, "make a token and show it, this once")
    create.add_argument("name", type=_name, metavar="NAME")
    _role(create)
    create.add_argument("--expires", type=_days, metavar="DAYS", help="default: good until revoked")
    _json(create)
    _json(_local(group, "list", tokens.list_tokens, "list tokens"))
    _local(group, "revoke", tokens.revoke, "make a token worthless").add_argument("name", metavar="NAME")


def _users(group: Groups) -> None:
    add = _local(group, "add", users.add, "add a user")
    add.add_argument("name", type=_name, metavar="NAME")
    passwd = _local(group, "passwd", users.passwd, "change a user's password")
    remove = _local(group, "remove", users.remove, "remove a user")
    for parser in (passwd, remove):
        parser.add_argument("name", metavar="NAME")
    for parser in (add, passwd):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
    _role(add)
    _json(_local(group, "list", users.list_users, "list users"))


def _transfers(group: Groups) -> None:
    export = _local(group, "export", transfer.export_store, "write all that the store holds into a file")
    export.add_argument("file", metavar="FILE", help="is replaced where it is there; -: standard output")
    export.add_argument(
        "--verify", action="store_true", help="write nothing: say whether FILE is a whole export, and of what"
    )
    load = _local(group, "import", transfer.import_store, "bring an export into an empty store")
    load.add_argument("file", metavar="FILE", help="what export wrote")
    words = "the secret.key that FILE is sealed with, where the store is to have another"
    load.add_argument("--key", metavar="FILE", help=words)
    for parser in (export, load):
        parser.add_argument(
            "--progress", action="store_true", help="show progress though this is no terminal"
        )
        _json(parser)


def _devices(group: Groups) -> None:
    listing = _list(group, "list", devices.list_devices, "list devices", DEVICES)
    _filter(listing, "sort", "a member to sort by; with - before it, backwards")
    show = _remote(group, "show", devices.show, "show what is known of a device")
    parameters = _remote(group, "parameters", devices.parameters, "list a device's parameters")
    refresh = _remote(group, "refresh", devices.refresh, "read all parameters in the next session")
    configure = _remote(group, "configure", devices.configure, "bring a device to what is wanted of it anew")
    reboot = _remote(group, "reboot", devices.reboot, "restart a device")
    reset = _remote(group, "factory-reset", devices.factory_reset, "reset a device to its factory settings")
    delete = _remote(group, "delete", devices.delete, "forget a device")
    credentials = _remote(
        group, "credentials", devices.credentials, "what a device authenticates itself with"
    )
    diagnose = _remote(group, "diagnose", devices.diagnose, "have a device ping, trace, test its speed, ...")
    for parser in (show, parameters, refresh, configure, reboot, reset, delete, credentials, diagnose):
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    parameters.add_argument("prefix", nargs="?", metavar="PREFIX", help="only names that begin with this")
    parameters.add_argument("--q", metavar="TEXT", help="only names and values with this in them")
    _limit(parameters)
    for parser in (show, parameters, credentials):
        _json(parser)
    for parser in (parameters, credentials):
        _secrets(parser)
    readings = _remote(group, "history", devices.history, "list values of a device's tracked parameters")
    readings.set_defaults(filters=[])
    readings.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    for name in ("name", "since", "until", "sort"):
        _filter(readings, name, READINGS.filters[name].about if name != "sort" else "id: the oldest first")
    for add in (_json, _limit, _secrets):
        add(readings)
    which = credentials.add_mutually_exclusive_group()
    which.add_argument("--set", metavar="USER", help="it has this user name, and the password asked for")
    which.add_argument("--forget", action="store_true", help="it has those of its factory again")
    credentials.add_argument("--password-stdin", action="store_true", help="read the password from there")
    diagnose.add_argument(
        "diagnostic", metavar="DIAGNOSTIC", choices=DIAGNOSTICS, help=", ".join(DIAGNOSTICS)
    )
    words = "NAME=VALUE, by the standard's names, such as Host=192.0.2.1"
    diagnose.add_argument("words", nargs="*", metavar="ARGUMENT", help=words)
    for parser in (reboot, reset, diagnose):
        _queueing(parser)
    for parser in (reset, delete):
        parser.add_argument("--yes", action="store_true", help="do not ask")


def _jobs(group: Groups) -> None:
    listing = _list(group, "list", jobs.list_jobs, "list jobs", JOBS)
    _filter(listing, "sort", "id, or -id for the newest first (default)")
    show = _remote(group, "show", jobs.show, "show a job with its arguments and result")
    cancel = _remote(group, "cancel", jobs.cancel, "cancel a job that waits")
    for parser in (show, cancel):
        parser.add_argument("job", metavar="JOB", help="a job's id")
    _json(show)
    for parser in (listing, show):
        _secrets(parser)
    add = _remote(group, "add", jobs.add, "queue an RPC for a device")
    add.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    add.add_argument("rpc", metavar="RPC", help="as the standard calls it, such as SetParameterValues")
    words = "a JSON object, @FILE or -; NAME=VALUE... to SetParameterValues, NAME... to GetParameterValues"
    add.add_argument("words", nargs="*", metavar="ARGUMENT", help=words)
    _queueing(add)


def _sessions(group: Groups) -> None:
    listing = _list(group, "list", sessions.list_sessions, "list sessions, newest first", SESSIONS)
    failed = ("result", "failed")
    listing.add_argument(
        "--failed", dest="filters", action="append_const", const=failed, help="--result failed"
    )
    show = _remote(group, "show", sessions.show, "show a session with its whole conversation")
    export = _remote(group, "export", sessions.export, "write a conversation to files, one for each message")
    for parser in (show, export):
        parser.add_argument("session", metavar="SESSION", help="a session's id")
        _secrets(parser)
    show.add_argument("--raw", action="store_true", help="messages as they went over the wire, not laid out")
    show.add_argument("--no-bodies", action="store_true", help="without the messages' text")
    _json(show)
    export.add_argument("-o", "--output", metavar="DIR", help="a folder; default: session-SESSION")


def _configurations(group: Groups) -> None:
    listing = _list(group, "list", configurations.list_configurations, "list configurations", CONFIGURATIONS)
    _filter(listing, "sort", "scope or name")
    get = _remote(group, "get", configurations.get, "show a configuration")
    change = _remote(group, "set", configurations.set_, "say what devices are to have")
    delete = _remote(group, "delete", configurations.delete, "say no more what they are to have")
    for parser in (get, change, delete):
        parser.add_argument("scope", metavar="SCOPE", choices=[scope.value for scope in Scope])
        words = "default for all; a category, a Manufacturer, Manufacturer/ProductClass, a tag, a device's id"
        parser.add_argument("name", metavar="NAME", help=words)
    words = "@FILE (.toml, else JSON) or - for all of it; PATH=VALUE... for some"
    change.add_argument("words", nargs="+", metavar="PARAMETER", help=words)
    change.add_argument("--force", action="store_true", help="though the data models say otherwise")
    for parser in (listing, get):
        _secrets(parser)
    for parser in (get, change):
        _json(parser)


def _data_models(group: Groups) -> None:
    load = _remote(group, "import", data_models.import_files, "import files of the Broadband Forum")
    load.add_argument("files", nargs="+", metavar="FILE", help="one that is whole: tr-...-full.xml")
    load.add_argument("--progress", action="store_true", help="show progress though this is no terminal")
    listing = _remote(group, "list", data_models.list_data_models, "list those that were imported")
    show = _remote(group, "show", data_models.show, "show what they say of a path, or of all below it")
    show.add_argument("path", metavar="PATH", help="with numbers or {i} for instances")
    show.add_argument("--model", metavar="NAME", help="what this one says, such as Device:2.11")
    _limit(show)
    for parser in (load, listing, show):
        _json(parser)
    remove = _remote(group, "remove", data_models.remove, "forget one")
    remove.add_argument("name", metavar="NAME", help="such as Device:2.11")


def _profiles(group: Groups) -> None:
    listing = _list(group, "list", profiles.list_profiles, "list profiles")
    _filter(listing, "scope", "those of this scope alone")
    get = _remote(group, "get", profiles.get, "show a profile")
    change = _remote(group, "set", profiles.set_, "say what holds for these devices")
    delete = _remote(group, "delete", profiles.delete, "say nothing more of them")
    for parser in (get, change, delete):
        parser.add_argument("scope", metavar="SCOPE", choices=[scope.value for scope in ProfileScope])
        words = (
            "default for all; Device. or InternetGatewayDevice., a Manufacturer, Manufacturer/ProductClass"
        )
        parser.add_argument("name", metavar="NAME", help=words)
    words = "@FILE (.toml, else JSON) or - for all of it; NAME=PATH... for some logical names"
    change.add_argument("words", nargs="*", metavar="NAME", help=words)
    change.add_argument("--category", help="that of a model's devices which have none of their own")
    track = "read this parameter, or all below this object, again and again"
    change.add_argument("--track", action="append", default=[], metavar="PATH", help=track)
    change.add_argument(
        "--every", type=whole, default=0, metavar="SECONDS", help="how often; default: in each session"
    )
    change.add_argument("--history", action="store_true", help="keep each value that is read")
    for parser in (get, change):
        _json(parser)


def _quirks(group: Groups) -> None:
    listing = _remote(group, "list", quirks.list_quirks, "list all that are known")
    listing.add_argument("--device", metavar="DEVICE", help="those that a device has, or is said not to have")
    show = _remote(group, "show", quirks.show, "explain one, with the rules that say whose it is")
    add = _remote(group, "add", quirks.add, "say which devices have one")
    remove = _remote(group, "remove", quirks.remove, "remove such a rule")
    for parser in (show, add, remove):
        parser.add_argument("name", metavar="NAME")
    for parser in (listing, show, add):
        _json(parser)
    remove.add_argument("rule", metavar="RULE", help="a rule's id")
    for name in quirks.PATTERNS:
        words = "its id" if name == "device" else "a pattern, in which * is anything and ? a character"
        add.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="PATTERN", help=words)
    add.add_argument("--off", action="store_true", help="they do not have it, whatever wider rules say")
    add.add_argument("--note", default="", help="why, for those who read it later")


def _queueing(parser: ArgumentParser) -> None:
    parser.add_argument("--reason", default="", help="why, for those who read it later")
    parser.add_argument("--urgent", action="store_true", help="before the other jobs")
    parser.add_argument(
        "--wait", type=_positive, metavar="SECONDS", help="wait for its end and show the result"
    )
    _json(parser)


def _role(parser: ArgumentParser) -> None:
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _secrets(parser: ArgumentParser) -> None:
    parser.add_argument("--secrets", action="store_const", const="true", help="show passwords; it is logged")


def _limit(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=whole, metavar="N", help="at most so many; default: all")


def _pair(given: str) -> tuple[str, str]:
    try:
        return pair(given)
    except CommandFailed as failed:  # argparse adds which option it was, and the usage
        raise ArgumentTypeError(failed.reason) from None


def _name(given: str) -> str:
    if not 0 < len(given) <= LONGEST_NAME or not given.isprintable() or given != given.strip():
        raise ArgumentTypeError(
            f"{given!r} is no name: that is 1 to {LONGEST_NAME} visible characters, with no blank around them"
        )
    return given


def _positive(given: str) -> float:
    return number(given, LEAST, MOST, "a number above 0")


def _days(given: str) -> float:
    return number(given, LEAST, LONGEST_LIFE, f"a number of days above 0, and {LONGEST_LIFE} at most")
