"""The commands about users or tokens on the command line: who may do what."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from acs.ctl.declaring import Groups, local_command, takes_json
from acs.ctl.later import later
from acs.simulate.numbers import LEAST, number
from acs.store.records import Role
from acs.web.people.areas import SCOPES

LONGEST_NAME = 100
"""Characters in the name of a token or a user."""
LONGEST_LIFE = 36_500
"""Days that a token may be good for, which is a century: what a calendar can tell ends somewhere."""


def declare_tokens(group: Groups) -> None:
    """Declare what can be done to tokens."""
    create = local_command(group, "create", later("tokens", "create"), "make a token and show it, this once")
    create.add_argument("name", type=_name, metavar="NAME")
    _role(create)
    create.add_argument("--expires", type=_days, metavar="DAYS", help="default: good until revoked")
    create.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        metavar="AREA:read|write",
        help=f"where it serves, may be said again; default: everywhere; areas: {', '.join(_areas())}",
    )
    _only(create)
    takes_json(create)
    takes_json(local_command(group, "list", later("tokens", "list_tokens"), "list tokens"))
    local_command(group, "revoke", later("tokens", "revoke"), "make a token worthless").add_argument(
        "name", metavar="NAME"
    )


def declare_users(group: Groups) -> None:
    """Declare what can be done to users."""
    add = local_command(group, "add", later("users", "add"), "add a user")
    add.add_argument("name", type=_name, metavar="NAME")
    passwd = local_command(
        group, "passwd", later("users", "passwd"), "change a user's password; logs the user out"
    )
    change = local_command(
        group, "change", later("users", "change"), "change a user's role, or what the user sees"
    )
    reset = local_command(
        group, "reset-second-factor", later("users", "reset_second_factor"), "take away one that was lost"
    )
    remove = local_command(group, "remove", later("users", "remove"), "remove a user; logs the user out")
    for parser in (passwd, change, reset, remove):
        parser.add_argument("name", metavar="NAME")
    for parser in (add, passwd):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
    _role(add)
    _role(change, required=False)
    for parser in (add, change):
        _only(parser)
    change.add_argument("--all-devices", action="store_true", help="let all devices be there again")
    takes_json(local_command(group, "list", later("users", "list_users"), "list users"))


def _areas() -> list[str]:
    return list(dict.fromkeys(scope.partition(":")[0] for scope in SCOPES))


def _role(parser: ArgumentParser, required: bool = True) -> None:
    parser.add_argument("--role", required=required, choices=[role.value for role in Role])


def _only(parser: ArgumentParser) -> None:
    more = "may be said again; with both, only what fits both"
    parser.add_argument(
        "--only-tag", action="append", metavar="TAG", help=f"only devices with this tag are there; {more}"
    )
    parser.add_argument(
        "--only-model",
        action="append",
        metavar="MANUFACTURER/PRODUCTCLASS",
        help=f"only devices of this model are there; {more}",
    )


def _name(given: str) -> str:
    if not 0 < len(given) <= LONGEST_NAME or not given.isprintable() or given != given.strip():
        raise ArgumentTypeError(
            f"{given!r} is no name: that is 1 to {LONGEST_NAME} visible characters, with no blank around them"
        )
    return given


def _days(given: str) -> float:
    return number(given, LEAST, LONGEST_LIFE, f"a number of days above 0, and {LONGEST_LIFE} at most")
