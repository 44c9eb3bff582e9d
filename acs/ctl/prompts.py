"""What a person is asked on the terminal."""

from __future__ import annotations

import sys
from getpass import getpass

from acs.ctl.errors import CommandFailed
from acs.ctl.text import printable

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024


def confirm(question: str, agreed: bool) -> None:
    """Return if the answer is yes or was given beforehand; raise `CommandFailed` otherwise."""
    if agreed:
        return
    if not sys.stdin.isatty():
        raise CommandFailed("this cannot be undone, and there is no terminal to ask on: say --yes", status=2)
    print(printable(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandFailed("nothing was done")


def new_password(from_stdin: bool) -> str:
    """A password: the first line of the standard input, or asked for twice without echo."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise CommandFailed("there is no terminal to ask for the password on: use --password-stdin", status=2)
    else:
        password = _asked_twice()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise CommandFailed(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return password


def _asked_twice() -> str:
    try:
        password = getpass("Password: ")
        again = getpass("Again: ")
    except EOFError:
        raise CommandFailed("nothing was done") from None
    if again != password:
        raise CommandFailed("the two passwords differ")
    return password
