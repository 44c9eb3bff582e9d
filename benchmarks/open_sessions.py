"""Memory of the appliance per session that is open.

In it the Inform is answered, and then the device says nothing.

``python -m benchmarks.open_sessions [--sessions 10000] [--tls] [--store postgresql]``.  The devices are known
and in memory, as after their last session.  One appliance then has so many connections on which nothing is
said, another so many open sessions, with TLS if that is asked for; of memory that is the process's own, the
figure is what it grows by for each open session, its connection included.  What the kernel keeps for a socket
is not.
"""

from __future__ import annotations

import argparse
import resource
import socket
import ssl
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
from benchmarks.results import Result, tell
from benchmarks.tls import LISTENER, new_client
from tests.support.certificates import self_signed

GOALS = {False: 4.0, True: 30.0}
"""Kilobytes for a session, without TLS, with it."""
SPARE = 500
WARM_UP = 200
SETTLED = 12.0
"""Seconds until what came with the devices has been settled."""


def raise_limit(descriptors: int) -> None:
    """Let this process, and those that it starts, have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, descriptors + SPARE)
    if hard not in (resource.RLIM_INFINITY,) and wanted > hard:
        raise SystemExit(f"{wanted} open files are needed, and {hard} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connect(port: int, number: int, tls: ssl.SSLContext | None) -> socket.socket:
    """A connection of that device's, which over TLS has shaken hands."""
    found = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=source(number))
    return tls.wrap_socket(found) if tls else found


def begin(port: int, number: int, body: bytes, tls: ssl.SSLContext | None) -> socket.socket:
    """A session of that device's, whose Inform is answered."""
    connection = connect(port, number, tls)
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


def growth(
    server: Server, bodies: Sequence[bytes], silent: bool, tls: ssl.SSLContext | None, settled: float
) -> float:
    """Bytes that the appliance grows by for each connection, or each session."""
    burst(server.port, bodies, len(bodies))  # all are known, and in memory
    if tls:
        burst(server.second, bodies[:WARM_UP], WARM_UP, tls=tls)
    time.sleep(settled)
    before, port = resident(server.pid), server.second if tls else server.port
    opened = [
        connect(port, number, tls) if silent else begin(port, number, body, tls)
        for number, body in enumerate(bodies)
    ]
    time.sleep(min(1.0, settled))
    grown = resident(server.pid) - before
    for connection in opened:
        connection.close()
    return grown / len(bodies)


async def measure(reactor: Any, folder: Path, url: str, arguments: argparse.Namespace, silent: bool) -> float:
    """The same with an appliance and devices of its own."""
    numbers = range(arguments.sessions)
    informs = [inform(f"O{number:06d}", "2 PERIODIC", kind=number % 3) for number in numbers]
    await register(reactor, url, folder, [each.DeviceId for each in informs])
    bodies = [Dialogue(Role.CPE).say(each) for each in informs]
    pair = self_signed("acs.isp.example").write(folder, "acs")
    with appliance(folder, url, listener=LISTENER.format(*pair) if arguments.tls else "") as ours:
        return growth(ours, bodies, silent, new_client() if arguments.tls else None, arguments.settled)


async def run(reactor: Any, arguments: argparse.Namespace) -> None:
    """Both, then the figure."""
    found = {}
    for silent in (True, False):
        with tempfile.TemporaryDirectory() as name, database(arguments.store) as server:
            url = server.url() if server else ""
            found[silent] = await measure(reactor, Path(name), url, arguments, silent)
        words = "a silent connection" if silent else "an open session"
        print(f"{words:20} {found[silent]:8.0f} bytes", flush=True)
    print(f"{'beyond its connection':20} {found[False] - found[True]:8.0f} bytes")
    name = f"resident memory per open session, {'TLS' if arguments.tls else 'plain'}"
    tell(Result(name, "", GOALS[arguments.tls], [found[False] / 1000], unit="kB"))


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_sessions")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--settled", type=float, default=SETTLED, help="seconds of quiet before")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    raise_limit(arguments.sessions)
    task.react(lambda reactor: ensureDeferred(run(reactor, arguments)))


if __name__ == "__main__":
    main()
