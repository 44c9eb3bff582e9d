"""Files for many devices at once: what that costs the appliance with its sessions.

``python -m benchmarks.files [--transfers 500] [--size 20] [--rate BYTES_PER_SECOND] [--rounds 7]``.

First transfers of an image are made, in turn from nginx and from the appliance, by the same client: the
figure is the median of the ratios.  Then (but not of 0 transfers) so many transfers of one image at once, by
clients in a process of their own that take it as fast as it comes, while devices call: how much resident
memory grows, and the 99th percentile of a session's time over that of a moment before.
"""

from __future__ import annotations

import argparse
import multiprocessing
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, first_contact, inform
from benchmarks.loop import Tally
from benchmarks.nginx import file_nginx
from benchmarks.processes import configuration, resident
from benchmarks.results import Result, tell

MB = 1_000_000
IMAGE = "image.bin"
IN_A_ROUND = 200
"""Megabytes."""
DEVICES = 40
SESSIONS = 400
"""Of devices that call one after the other, with two at once."""
_BUFFER = 1 << 20


@contextmanager
def appliance(folder: Path, files: Path, rate: int) -> Iterator[tuple[int, dict[str, int]]]:
    """Its process, and its ports by name."""
    folder.mkdir()
    (folder / "acs.toml").write_text(configuration())
    command = [
        sys.executable,
        "-m",
        "benchmarks.file_server",
        str(folder / "acs.toml"),
        str(files),
        str(rate),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ports = {}
        while len(ports) < 3:
            name, number = process.stdout.readline().split()
            ports[name] = int(number)
        yield process.pid, ports
    finally:
        process.terminate()
        process.wait(60)


def take(port: int, name: str) -> tuple[int, float]:
    """One whole transfer: bytes and seconds."""
    buffer, taken, began = bytearray(_BUFFER), 0, time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET /{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while count := connection.recv_into(buffer):
            taken += count
    return taken, time.perf_counter() - began


def take_many(port: int, name: str, count: int, taken: multiprocessing.Queue[tuple[int, float]]) -> None:
    """So many at once, as fast as they come; tells the bytes and the seconds."""
    selector, buffer, total, began = selectors.DefaultSelector(), bytearray(_BUFFER), 0, time.perf_counter()
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(f"GET /{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    while selector.get_map():
        for key, _ in selector.select(10):
            got = key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
            total += got
            if not got:
                selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
    taken.put((total, time.perf_counter() - began))


def beside_nginx(ours: int, theirs: int, rounds: int, size: int, together: int) -> None:
    """Transfers of the image from each in turn, one after the other."""
    ratios = []
    for number in range(rounds + 1):
        speeds = [speed(port, max(1, together // size)) for port in (theirs, ours)]
        if number:  # the first warms up
            ratios.append(speeds[1] / speeds[0])
            print(f"one at a time: nginx {speeds[0]:6.0f} MB/s, ours {speeds[1]:6.0f} MB/s: {ratios[-1]:.2f}")
    tell(Result(f"image of {size} MB over HTTP, throughput", "nginx", 0.5, ratios, at_least=True))


def speed(port: int, times: int) -> float:
    """Megabytes a second of so many transfers of the image."""
    taken = [take(port, IMAGE) for _ in range(times)]
    return sum(count for count, _ in taken) / sum(seconds for _, seconds in taken) / MB


def percentile(tally: Tally) -> float:
    """The time that 99 of 100 sessions have not exceeded."""
    return sorted(tally.seconds)[int(len(tally.seconds) * 0.99)]


class Watch(threading.Thread):
    """Looks how much memory a process has at most, until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self.most, self.stopped = pid, 0, threading.Event()

    def run(self) -> None:
        """Look ten times a second."""
        while not self.stopped.wait(0.1):
            self.most = max(self.most, resident(self._pid))


def many(pid: int, ports: dict[str, int], count: int, size: int) -> None:
    """So many at once, and devices that call meanwhile."""
    bodies = []
    for number in range(DEVICES):
        first_contact(ports["port"], f"S{number:06d}")
        bodies.append(Dialogue(Role.CPE).say(inform(f"S{number:06d}", "2 PERIODIC")))
    burst(ports["port"], bodies, SESSIONS, 2)
    calm = percentile(burst(ports["port"], bodies, SESSIONS, 2))
    before, watch, taken = resident(pid), Watch(pid), multiprocessing.Queue()
    watch.start()
    clients = multiprocessing.Process(target=take_many, args=(ports["files"], IMAGE, count, taken))
    clients.start()
    time.sleep(1)
    tally = Tally()
    while clients.is_alive():
        more = burst(ports["port"], bodies, DEVICES, 2)
        tally.seconds += more.seconds
        tally.errors += more.errors
        if not taken.empty():
            break
    total, seconds = taken.get()
    clients.join()
    watch.stopped.set()
    watch.join()
    print(
        f"{count} at once: {total / MB / seconds:.0f} MB/s together, {seconds:.1f} s; "
        f"every byte: {total - count * size * MB > 0}"
    )
    print(
        f"resident memory: {before / MB:.1f} MB, at most {watch.most / MB:.1f} MB:"
        f" grows by {(watch.most - before) / MB:.1f} MB"
    )
    busy = percentile(tally)
    print(
        f"sessions meanwhile: {len(tally.seconds)}, errors: {tally.errors}; p99 {calm * 1000:.1f} ms before,"
        f" {busy * 1000:.1f} ms during: {busy / calm:.1f} times"
    )


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files")
    parser.add_argument("--transfers", type=int, default=500)
    parser.add_argument("--size", type=int, default=20, metavar="MB")
    parser.add_argument("--rate", type=int, default=0, metavar="BYTES_PER_SECOND", help="of all together")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--together", type=int, default=IN_A_ROUND, metavar="MB", help="of a round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "files"
        files.mkdir()
        (files / IMAGE).write_bytes(Random(2).randbytes(arguments.size * MB))
        folder.chmod(0o755)
        if arguments.rounds:
            with (
                file_nginx(folder / "nginx", files) as theirs,
                appliance(folder / "one", files, 0) as (_, ports),
            ):
                beside_nginx(ports["files"], theirs, arguments.rounds, arguments.size, arguments.together)
        if not arguments.transfers:
            return
        with appliance(folder / "many", files, arguments.rate) as (pid, ports):
            many(pid, ports, arguments.transfers, arguments.size)


if __name__ == "__main__":
    main()
