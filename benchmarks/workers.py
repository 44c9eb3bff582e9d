"""What a second worker brings on one machine.

That is sessions a second, and CPU for each, with two workers over one.

``python -m benchmarks.workers [ROUNDS [SESSIONS]]``.  Both appliances, each with a PostgreSQL of its own, are
up at once and take bursts in turn from two processes that play the devices.  Database, devices and workers
share the machine's cores, so that on two cores the second worker finds little left: the ratio of the CPU for
a session says what it would bring where they have cores of their own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, inform
from benchmarks.processes import Server, appliance, children_of, cpu_of, database
from benchmarks.session import DEVICES, fleet

PLAYERS = 2
MORE = "[acs]\nworkers = {}\n"


def main(rounds: int = 7, sessions: int = 4000) -> None:
    """Measure and print."""
    with ExitStack() as stack:
        servers = [started(stack, workers) for workers in (1, 2)]
        for server in servers:
            fleet(server.port, 1)
        print(f"{'round':>5} {'1: /s':>7} {'2: /s':>7} {'ratio':>6} {'CPU':>6}")
        rates, costs = [], []
        for number in range(rounds + 1):
            figures = [measured(server, sessions) for server in servers]
            if number == 0:
                continue  # warm-up
            (rate, cost), (more, dearer) = figures
            rates.append(more / rate)
            costs.append(dearer / cost)
            print(f"{number:>5} {rate:>7.0f} {more:>7.0f} {rates[-1]:>6.2f} {costs[-1]:>6.2f}")
        print(f"median: {statistics.median(rates):.2f} times the sessions a second,", end=" ")
        print(f"{statistics.median(costs):.2f} times the CPU for each")


def started(stack: ExitStack, workers: int) -> Server:
    """An appliance of so many workers."""
    store = stack.enter_context(database("postgresql"))
    assert store is not None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(appliance(folder, store.url(), MORE.format(workers)))
    until = time.monotonic() + 20
    while len(children_of(server.pid)) < workers - 1 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(3)  # until all have their listeners
    return server


def measured(server: Server, sessions: int) -> tuple[float, float]:
    """Sessions a second, and CPU seconds of all workers for each."""
    before = cpu_of_all(server.pid)
    command = [sys.executable, "-m", "benchmarks.workers", "play", str(server.port), str(sessions // PLAYERS)]
    players = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(PLAYERS)
    ]
    spans = [tuple(map(float, (player.communicate()[0]).split())) for player in players]
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    time.sleep(0.2)
    return sessions / seconds, (cpu_of_all(server.pid) - before) / sessions


def play(port: int, sessions: int, player: int) -> None:
    """Be one player's share of the devices; says when it began and ended."""
    mine = range(player, DEVICES, PLAYERS)
    bodies = [Dialogue(Role.CPE).say(inform(f"S{number:06d}", "2 PERIODIC")) for number in mine]
    began = time.monotonic()
    tally = burst(port, bodies, sessions)
    if tally.errors:
        raise SystemExit(f"{tally.errors} sessions failed")
    print(began, time.monotonic())


if __name__ == "__main__":
    if sys.argv[1:2] == ["play"]:
        play(*map(int, sys.argv[2:]))
    else:
        main(*map(int, sys.argv[1:]))
