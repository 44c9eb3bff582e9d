"""CPU of our process per steady session, as a ratio to who answers the same with constants.

Those are a bare twisted.web site, the baseline of all other figures, then nginx, which is the floor.

``python -m benchmarks.session [--store postgresql] [--rounds 9] [--sessions 2000] [--devices 400] [--models
3]``.  All servers are up at once and take bursts in turn, so that a machine whose speed drifts drifts for
all; CPU is read from /proc, and the figure is the median of the ratios of the rounds.  Everything is on: each
message recorded, SQLite, synchronous commits.  With PostgreSQL, which then waits for the disk with each
commit, stands beside it what the server's own processes take, as the same kind of ratio.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, first_contact, inform
from benchmarks.nginx import constant_nginx
from benchmarks.processes import STORES, Postgres, Server, appliance, bare_site, database
from benchmarks.results import Result, tell
from benchmarks.turns import cpu_per, in_turns, print_rounds

DEVICES = 400
BARE = "bare twisted.web Site"
NGINX = "nginx, two static answers"


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.session")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--models", type=int, default=3)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(database(arguments.store))
        sites = [
            stack.enter_context(bare_site()),
            stack.enter_context(constant_nginx(folder / "nginx")),
            stack.enter_context(appliance(folder / "acs", server.url() if server else "")),
        ]
        bodies = fleet(sites[-1].port, arguments.models, arguments.devices)
        measure(sites, server, bodies, arguments.rounds, arguments.sessions)


def fleet(port: int, models: int, devices: int = DEVICES) -> list[bytes]:
    """Devices of so many models after their first contact: the Informs of their periodic sessions."""
    bodies = []
    for number in range(devices):
        serial, kind = f"S{number:06d}", number % models
        first_contact(port, serial, kind)
        bodies.append(periodic_inform(serial, kind))
    return bodies


def periodic_inform(serial: str, kind: int = 0) -> bytes:
    """The body with which a device calls that has nothing to tell."""
    return Dialogue(Role.CPE).say(inform(serial, "2 PERIODIC", kind=kind))


def played(server: Server, bodies: list[bytes], sessions: int, **how: bool) -> float:
    """Microseconds of a server's CPU for each of so many periodic sessions, none of which may fail."""

    def play() -> None:
        tally = burst(server.port, bodies, sessions, **how)  # type: ignore[arg-type]
        if tally.errors:
            raise SystemExit(f"{tally.errors} of {sessions} sessions failed")

    return cpu_per(server, sessions, play)


def measure(
    sites: list[Server], server: Postgres | None, bodies: list[bytes], rounds: int, sessions: int
) -> None:
    """The rounds, and the median of their ratios."""
    beside = []

    def ours() -> float:
        before = server.cpu() if server else 0.0
        used = played(sites[-1], bodies, sessions)
        beside.append(((server.cpu() if server else 0.0) - before) / sessions * 1e6)
        return used

    turns = [lambda site=site: played(site, bodies, sessions) for site in sites[:-1]]
    found = in_turns(rounds, *turns, ours)
    print_rounds(("bare", "nginx", "acs"), found)
    store = "PostgreSQL, our process" if server else "SQLite"
    name = f"periodic session, {store}"
    tell(Result(name, BARE, 0.42 if server else 0.40, [acs / bare for bare, _, acs in found]))
    if server:
        theirs = median(used / bare for used, (bare, *_) in zip(beside[1:], found, strict=True))
        print(f"the PostgreSQL server beside it takes {theirs:.3f} of the bare site's CPU")
    else:
        tell(Result(name, NGINX, 2.5, [acs / nginx for _, nginx, acs in found]))


if __name__ == "__main__":
    main()
