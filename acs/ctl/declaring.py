"""What commands have in common, options too, declared to `argparse`."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import connect
from acs.ctl.words import pair
from acs.simulate.numbers import LEAST, MOST, number, whole
from acs.store.listing.lists import Listing

Groups = Any  # argparse's own type for what add_subparsers() gives is private
Local = Callable[[Namespace], int]
Remote = Callable[[Api, Namespace], int]


def takes_config(parser: ArgumentParser) -> None:
    """``-c FILE``, for the configuration."""
    parser.add_argument("-c", "--config", metavar="FILE", default=SUPPRESS, help="the configuration file")


def local_command(group: Groups, name: str, run: Local, summary: str) -> ArgumentParser:
    """A command that works on this machine's own files."""
    parser: ArgumentParser = group.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    takes_config(parser)
    parser.set_defaults(run=run, local=True)
    return parser


def remote_command(group: Groups, name: str, run: Remote, summary: str) -> ArgumentParser:
    """A command that speaks to the appliance."""
    parser: ArgumentParser = group.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    takes_reach(parser)
    parser.set_defaults(run=lambda arguments: run(connect(arguments), arguments))
    return parser


def list_command(
    group: Groups, name: str, run: Remote, summary: str, listing: Listing | None = None
) -> ArgumentParser:
    """A command that lists what the appliance has; with an option for each filter of the ``listing``."""
    parser = remote_command(group, name, run, summary)
    parser.set_defaults(filters=[])
    for member, each in listing.filters.items() if listing else ():
        takes_filter(parser, member, each.about)
    parser.add_argument(
        "--filter",
        dest="filters",
        action="append",
        type=pair_of,
        metavar="NAME=VALUE",
        help="any filter of the API",
    )
    takes_json(parser)
    takes_limit(parser)
    return parser


def takes_filter(parser: ArgumentParser, member: str, summary: str = "") -> None:
    """An option for a filter of a list."""
    parser.add_argument(
        f"--{member.replace('_', '-')}",
        dest="filters",
        action="append",
        type=lambda value: (member, value),
        metavar="VALUE",
        help=summary,
    )


def queues(parser: ArgumentParser) -> None:
    """What can be said of a job that is queued."""
    parser.add_argument("--reason", default="", help="why, for those who read it later")
    parser.add_argument("--urgent", action="store_true", help="before the other jobs")
    parser.add_argument(
        "--wait", type=positive, metavar="SECONDS", help="wait for its end and show the result"
    )
    takes_json(parser)


def takes_json(parser: ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def takes_secrets(parser: ArgumentParser) -> None:
    """``--secrets``."""
    parser.add_argument("--secrets", action="store_const", const="true", help="show passwords; it is logged")


def takes_limit(parser: ArgumentParser) -> None:
    """``--limit N``."""
    parser.add_argument("--limit", type=whole, metavar="N", help="at most so many; default: all")


def positive(given: str) -> float:
    """A number above 0."""
    return number(given, LEAST, MOST, "a number above 0")


def takes_reach(parser: ArgumentParser) -> None:
    """Declare how the appliance is reached; no defaults, for an inner parser to keep what an outer read."""
    takes_config(parser)
    parser.add_argument(
        "--url", dest="api_url", metavar="URL", default=SUPPRESS, help="the console's address"
    )
    parser.add_argument(
        "--token", dest="api_token", default=SUPPRESS, help="an API token (better: ACS_TOKEN)"
    )


def group_of(groups: Groups, name: str, summary: str) -> Groups:
    parser = groups.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    takes_reach(parser)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def pair_of(given: str) -> tuple[str, str]:
    """``NAME=VALUE`` as the two."""
    try:
        return pair(given)
    except CommandFailed as failed:  # argparse adds which option it was, and the usage
        raise ArgumentTypeError(failed.reason) from None
