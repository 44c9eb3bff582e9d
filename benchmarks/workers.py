"""What a second worker brings on one machine.

That is sessions a second, and CPU for each, with two workers over one.

``python -m benchmarks.workers [--rounds 7] [--sessions 4000]``.  Both appliances, each with a PostgreSQL of
its own, are up at once and take bursts in turn from two processes that play the devices.  Database, devices
and workers share the machine's cores, so that on two cores the second worker finds little left: the ratio of
the CPU for a session says what it would bring where they have cores of their own.  After each burst comes one
of devices that open a connection for each request: a session that is lost is one that was not answered to its
end.
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
        servers = [started(stack, workers, arguments.started) for workers in (1, 2)]
        for server in servers:
            fleet(server.port, 1, arguments.devices)
        report(servers, arguments.rounds, arguments.sessions, arguments.devices)


def report(servers: Sequence[Server], rounds: int, sessions: int, devices: int) -> None:
    """The rounds, then what they come to."""
    print(f"{'round':>5} {'1: /s':>7} {'2: /s':>7} {'ratio':>6} {'CPU':>6} {'lost':>5}")
    rates, costs, lost = [], [], []
    for number in range(rounds + 1):
        figures = [measured(server, sessions, devices) for server in servers]
        _, _, missing = measured(servers[1], sessions // 4, devices, "per-request")
        if number == 0:
            continue  # warm-up
        (rate, cost, _), (more, dearer, errors) = figures
        rates.append(more / rate)
        costs.append(dearer / cost)
        lost.append(errors + missing)
        print(f"{number:>5} {rate:>7.0f} {more:>7.0f} {rates[-1]:>6.2f} {costs[-1]:>6.2f} {lost[-1]:>5}")
    print(f"median: {statistics.median(rates):.2f} times the sessions a second")
    tell(Result("CPU per session with two workers", "one worker", 1.15, costs))
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


def measured(server: Server, sessions: int, devices: int, how: str = "") -> tuple[float, float, int]:
    """Sessions a second, CPU seconds of all workers for each, and how many were lost."""
    before = server.cpu()
    command = [sys.executable, "-m", "benchmarks.workers", "play", str(server.port), str(sessions // PLAYERS)]
    players = [
        subprocess.Popen([*command, str(devices), str(number), how], stdout=subprocess.PIPE, text=True)
        for number in range(PLAYERS)
    ]
    told = [tuple(map(float, player.communicate()[0].split())) for player in players]
    seconds = max(end for _, end, _ in told) - min(begin for begin, _, _ in told)
    time.sleep(0.2)
    lost = int(sum(errors for _, _, errors in told))
    return sessions / seconds, (server.cpu() - before) / sessions, lost


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
