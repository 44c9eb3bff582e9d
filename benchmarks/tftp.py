"""What TFTP's options are worth, and what many transfers at once cost in memory.

The same file is fetched by atftp over loopback, in turns: block by block of 512 bytes, and in windows of 16
blocks of 1428 bytes.  Then so many clients fetch it at once, in the longest windows that the server grants,
while the memory of the server is looked at.

    python -m benchmarks.tftp [--megabytes 200] [--rounds 3] [--clients 200]
"""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from acs.tftp.options import MOST_BLOCK, MOST_WINDOW
from acs.tftp.running import Limits
from benchmarks.processes import resident
from tests.tftp.network import DATA, OACK, ack, kind_of, number_of, request
from tests.tftp.place import LoopbackSite, reactor

NAME = "image.bin"
PLAIN: tuple[str, ...] = ()
WINDOWED = ("blksize 1428", "windowsize 16")
MEGABYTE = 1_000_000
SILENCE = 3.0
"""Seconds after which a client says again what it said."""


def serve(folder: str) -> None:
    """Be the server: without limits on one source, as all come from the same."""
    site = LoopbackSite(Path(folder), limits=Limits(transfers=1000, per_source=0, requests=0))
    print(site.number, flush=True)
    reactor.run()


class Server:
    """The server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.tftp", "--serve", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def memory(self) -> float:
        """Megabytes of its own."""
        return resident(self.process.pid) / MEGABYTE

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)


def fetch(folder: Path, server: Server, options: tuple[str, ...], expected: str) -> float:
    """Fetch the file with atftp; bytes in a second."""
    got = folder / "got"
    chosen = [word for option in options for word in ("--option", option)]
    began = time.monotonic()
    command = ["atftp", *chosen, "-g", "-r", NAME, "-l", str(got), "127.0.0.1", str(server.port)]
    subprocess.run(command, check=True, capture_output=True)
    took = time.monotonic() - began
    data = got.read_bytes()
    if sha256(data).hexdigest() != expected:
        raise SystemExit("what arrived is not what was sent")
    return len(data) / took


class Fetching:
    """A client that acknowledges whole windows, and keeps nothing."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.expected = 1
        self.windows = 0
        self.say(request(NAME, blksize=MOST_BLOCK, windowsize=MOST_WINDOW), ("127.0.0.1", server.port))

    def say(self, datagram: bytes, to: tuple[str, int]) -> None:
        """Send a datagram; it is sent again where nothing comes of it."""
        self.last = datagram, to
        self.said = time.monotonic()
        self.socket.sendto(datagram, to)

    def hear(self) -> None:
        """Take what has come."""
        while True:
            try:
                datagram, source = self.socket.recvfrom(2048)
            except BlockingIOError:
                return
            if kind_of(datagram) == OACK:
                self.say(ack(0), source)
            elif kind_of(datagram) == DATA and number_of(datagram) == self.expected % 65536:
                if self.expected % MOST_WINDOW == 0:
                    self.windows += 1
                    self.say(ack(self.expected % 65536), source)
                self.expected += 1


def crowd(server: Server, clients: int, windows: int = 20) -> tuple[float, float]:
    """So many clients, until each has had so many windows: the most memory meanwhile, in megabytes, and
    bytes in a second to all of them."""
    selector = selectors.DefaultSelector()
    fetching = [Fetching(server) for _ in range(clients)]
    for each in fetching:
        selector.register(each.socket, selectors.EVENT_READ, each)
    began, most = time.monotonic(), 0.0
    while min(each.windows for each in fetching) < windows:
        for key, _ in selector.select(1):
            key.data.hear()
        for each in fetching:
            if time.monotonic() - each.said > SILENCE:
                each.say(*each.last)
        most = max(most, server.memory())
        if time.monotonic() - began > 300:
            raise SystemExit("some clients get nothing")
    took = time.monotonic() - began
    for each in fetching:
        each.socket.close()
    return most, sum(each.expected for each in fetching) * MOST_BLOCK / took


def measure(folder: Path, megabytes: int, rounds: int, clients: int) -> None:
    """Run all of it, and print."""
    data = os.urandom(megabytes * MEGABYTE)
    (folder / NAME).write_bytes(data)
    expected = sha256(data).hexdigest()
    server = Server(folder)
    try:
        speeds = [
            [fetch(folder, server, options, expected) for options in (PLAIN, WINDOWED)] for _ in range(rounds)
        ]
        plain, windowed = (median(column) / MEGABYTE for column in zip(*speeds, strict=True))
        ratio = median(windowed / plain for plain, windowed in speeds)
        print(f"{megabytes} MB in blocks of 512 bytes: {plain:.1f} MB/s")
        print(f"in windows of 16 blocks of 1428: {windowed:.1f} MB/s, ratio {ratio:.2f}")
        before = server.memory()
        most, speed = crowd(server, clients)
        print(f"{clients} at once: {before:.1f} MB of memory before, {most - before:.1f} MB more meanwhile,")
        print(f"{speed / MEGABYTE:.1f} MB/s to all of them")
    finally:
        server.stop()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tftp", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    with TemporaryDirectory() as folder:
        measure(Path(folder), arguments.megabytes, arguments.rounds, arguments.clients)


if __name__ == "__main__":
    main()
