"""CPU of our process per steady session, as a ratio to a bare twisted.web site.

That site answers the same with constants.

``python -m benchmarks.session [ROUNDS [SESSIONS]] [--store postgresql]``.  The devices are of one model, then
of three.  All servers are up at once and take bursts in turn, so that a machine whose speed drifts drifts for
all; CPU is read from /proc, and the figure is the median of the ratios of the rounds.  Everything is on: each
message recorded, SQLite, synchronous commits.  With PostgreSQL, which then waits for the disk with each
commit, stands beside it what the server's own processes take, as the same kind of ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, first_contact, inform
from benchmarks.processes import STORES, Postgres, Server, appliance, bare_site, database

DEVICES = 400


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.session")
    parser.add_argument("rounds", nargs="?", type=int, default=9)
    parser.add_argument("sessions", nargs="?", type=int, default=2000)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        database(arguments.store) as server,
        bare_site() as bare,
        appliance(Path(name), server.url() if server else "") as ours,
    ):
        for models in (1, 3):
            print(f"{DEVICES} devices of {models} models ...", flush=True)
            bodies = fleet(ours.port, models)
            report(bare, ours, server, bodies, arguments.rounds, arguments.sessions)


def fleet(port: int, models: int) -> list[bytes]:
    """Devices of so many models after their first contact: the Informs of their periodic sessions."""
    bodies = []
    for number in range(DEVICES):
        serial, kind = f"S{number:06d}", number % models
        first_contact(port, serial, kind)
        bodies.append(Dialogue(Role.CPE).say(inform(serial, "2 PERIODIC", kind=kind)))
    return bodies


def report(
    bare: Server, ours: Server, server: Postgres | None, bodies: list[bytes], rounds: int, sessions: int
) -> None:
    """The rounds, and the median of their ratios."""
    ratios, beside = [], []
    print(f"{'round':>5} {'bare us':>8} {'acs us':>8} {'ratio':>6} {'acs/s':>6} errors")
    for number in range(rounds + 1):
        figures, theirs = [], 0.0
        for site in (bare, ours):
            began, before = time.perf_counter(), site.cpu()
            theirs = server.cpu() if server else 0.0
            tally = burst(site.port, bodies, sessions)
            time.sleep(0.1)
            figures.append((site.cpu() - before) / sessions * 1e6)
        if number == 0:
            continue  # warm-up
        ratios.append(figures[1] / figures[0])
        rate = sessions / (time.perf_counter() - began)
        line = (number, *figures, ratios[-1], rate, tally.errors)
        print("{:>5} {:>8.0f} {:>8.0f} {:>6.2f} {:>6.0f} {}".format(*line))
        if server:
            beside.append((server.cpu() - theirs) / sessions * 1e6 / figures[0])
    print(f"median ratio {statistics.median(ratios):.3f}")
    if server:
        print(f"median ratio of the PostgreSQL server beside it {statistics.median(beside):.3f}")


if __name__ == "__main__":
    main()
