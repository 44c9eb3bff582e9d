"""What a second worker brings on one machine.

That is sessions a second, and CPU for each, with two workers over one.

``python -m benchmarks.workers [--rounds 7] [--sessions 4000]``.  All appliances, each with a PostgreSQL of
its own, are up at once and take bursts in turn from two processes that play the devices, 16 at a time.
Database, devices and workers share the machine's cores, so that on two cores the second worker finds little
left: the ratio of the CPU for a session says what it would bring where they have cores of their own.

That two processes are busy where there was one costs something whatever they are.  So there are two
appliances of one worker each as well, which know nothing of each other and are loaded at the same time, each
by one player: held against these, a session tells what it costs that workers share a port and a database.

After each round comes a burst of devices that open a connection for each request: a session that is lost is
one that was not answered to its end.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import burst
from benchmarks.processes import Server, appliance, children_of, database
from benchmarks.results import Result, tell
from benchmarks.session import DEVICES, fleet, periodic_inform

PLAYERS = 2
MORE = "[acs]\nworkers = {}\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=4000)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--started", type=float, default=3.0, help="seconds that workers take to start")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        one, other, two = (started(stack, workers, arguments.started) for workers in (1, 1, 2))
        for server in (one, other, two):
            fleet(server.port, 1, arguments.devices)
        groups = [one] * PLAYERS, [one, other], [two] * PLAYERS
        report(groups, arguments.rounds, arguments.sessions, arguments.devices)


def report(groups: Sequence[Sequence[Server]], rounds: int, sessions: int, devices: int) -> None:
    """The rounds, then what they come to; each of the groups has a server for each player."""
    print(f"{'round':>5} {'1: /s':>7} {'1+1: /s':>7} {'2: /s':>7} {'CPU':>6} {'of 1+1':>6} {'lost':>5}")
    rates, costs, shared, lost = [], [], [], []
    for number in range(rounds + 1):
        # Each comes first and last as often as the others: what one has left to be settled runs while the
        # next ones are measured, and what was always measured last came out dearer by a tenth.
        turns = [(number + turn) % len(groups) for turn in range(len(groups))][:: 1 if number % 2 else -1]
        found = {turn: measured(groups[turn], sessions, devices) for turn in turns}
        figures = [found[turn] for turn in range(len(groups))]
        _, _, missing = measured(groups[-1], sessions // 4, devices, "per-request")
        if number == 0:
            continue  # warm-up
        (rate, cost, _), (apart, beside, _), (more, dearer, errors) = figures
        rates.append(more / rate)
        costs.append(dearer / cost)
        shared.append(dearer / beside)
        lost.append(errors + missing)
        speeds = f"{rate:>7.0f} {apart:>7.0f} {more:>7.0f}"
        print(f"{number:>5} {speeds} {costs[-1]:>6.2f} {shared[-1]:>6.2f} {lost[-1]:>5}")
    print(f"median: {statistics.median(rates):.2f} times the sessions a second")
    tell(Result("CPU per session with two workers", "one worker", 1.15, costs))
    tell(Result("CPU per session with two workers", "two appliances of one", 1.15, shared))
    tell(Result("sessions lost with two workers", "", 0, [sum(lost)], unit="sessions"))


def started(stack: ExitStack, workers: int, seconds: float) -> Server:
    """An appliance of so many workers."""
    store = stack.enter_context(database("postgresql"))
    assert store is not None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(appliance(folder, store.url(), MORE.format(workers)))
    until = time.monotonic() + 20
    while len(children_of(server.pid)) < workers - 1 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(seconds)  # until all have their listeners
    return server


def measured(
    servers: Sequence[Server], sessions: int, devices: int, how: str = ""
) -> tuple[float, float, int]:
    """Sessions a second, CPU seconds of all workers for each, and how many were lost."""
    before = sum(server.cpu() for server in set(servers))
    command = [sys.executable, "-m", "benchmarks.workers", "play"]
    players = [
        subprocess.Popen(
            [*command, str(server.port), str(sessions // PLAYERS), str(devices), str(number), how],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, server in enumerate(servers)
    ]
    told = [tuple(map(float, player.communicate()[0].split())) for player in players]
    seconds = max(end for _, end, _ in told) - min(begin for begin, _, _ in told)
    time.sleep(0.2)
    lost = int(sum(errors for _, _, errors in told))
    return sessions / seconds, (sum(server.cpu() for server in set(servers)) - before) / sessions, lost


def play(port: str, sessions: str, devices: str, player: str, how: str) -> None:
    """Be one player's share of the devices; says when it began and ended, and how many sessions it lost."""
    mine = range(int(player), int(devices), PLAYERS)
    bodies = [periodic_inform(f"S{number:06d}") for number in mine]
    began = time.monotonic()
    tally = burst(int(port), bodies, int(sessions), keep_alive=not how)
    print(began, time.monotonic(), tally.errors)


if __name__ == "__main__":
    if sys.argv[1:2] == ["play"]:
        play(*sys.argv[2:])
    else:
        main()
