"""Memory of the appliance per session that is open.

In it the Inform is answered, and then the device says nothing.

``python -m benchmarks.open_sessions [SESSIONS] [--store postgresql]``.  The devices are known and in memory,
as after their last session.  One appliance then has so many connections on which nothing is said, another so
many open sessions; the figure is what a session takes beyond a silent connection, of memory that is the
process's own. The goal is 20 kB.
"""

from __future__ import annotations

import argparse
import resource
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, inform, post
from benchmarks.loop import answer, source
from benchmarks.processes import STORES, Server, appliance, database, resident
from benchmarks.registered import register

GOAL = 20_000
SPARE = 500
SETTLED = 12.0
"""Seconds until what came with the devices has been settled."""


def raise_limit(descriptors: int) -> None:
    """Let this process, and those that it starts, have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, descriptors + SPARE)
    if hard not in (resource.RLIM_INFINITY,) and wanted > hard:
        raise SystemExit(f"{wanted} open files are needed, and {hard} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connect(port: int, number: int) -> socket.socket:
    """A connection of that device's."""
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=source(number))


def begin(port: int, number: int, body: bytes) -> socket.socket:
    """A session of that device's, whose Inform is answered."""
    connection = connect(port, number)
    connection.sendall(post(body))
    buffer = b""
    while (whole := answer(buffer)) is None:
        received = connection.recv(65536)
        if not received:
            raise ConnectionError("the session was not taken")
        buffer += received
    if not whole[0].startswith(b"HTTP/1.1 200"):
        raise ConnectionError(whole[0][:40].decode())
    return connection


def growth(server: Server, bodies: Sequence[bytes], silent: bool) -> float:
    """Bytes that the appliance grows by for each connection, or each session."""
    burst(server.port, list(bodies), len(bodies))  # all are known, and in memory
    time.sleep(SETTLED)
    before = resident(server.pid)
    opened = [
        connect(server.port, number) if silent else begin(server.port, number, body)
        for number, body in enumerate(bodies)
    ]
    time.sleep(1)
    grown = resident(server.pid) - before
    for connection in opened:
        connection.close()
    return grown / len(bodies)


async def measure(reactor: Any, url: str, folder: Path, count: int, silent: bool) -> float:
    """The same with an appliance and devices of its own."""
    informs = [inform(f"O{number:06d}", "2 PERIODIC", kind=number % 3) for number in range(count)]
    await register(reactor, url, folder, [each.DeviceId for each in informs])
    bodies = [Dialogue(Role.CPE).say(each) for each in informs]
    with appliance(folder, url) as ours:
        return growth(ours, bodies, silent)


async def run(reactor: Any, count: int, store: str) -> None:
    """Both, and what is between them."""
    found = []
    for silent in (True, False):
        with tempfile.TemporaryDirectory() as name, database(store) as server:
            url = server.url() if server else ""
            found.append(await measure(reactor, url, Path(name), count, silent))
        print(
            f"{'a silent connection' if silent else 'an open session':20} {found[-1]:8.0f} bytes", flush=True
        )
    more = found[1] - found[0]
    print(f"{'a session beyond it':20} {more:8.0f} bytes, {more / GOAL:.2f} x the goal")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_sessions")
    parser.add_argument("sessions", nargs="?", type=int, default=10_000)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    raise_limit(arguments.sessions)
    task.react(lambda reactor: ensureDeferred(run(reactor, arguments.sessions, arguments.store)))


if __name__ == "__main__":
    main()
