"""Seconds from the appliance's start to the first answered Inform, with the memory that it then idles in.

``python -m benchmarks.starting [--rounds N]``.  Each start is a Python of its own, as systemd would start it,
and so is the bare site's, which is started in turn with it: what a machine of another speed would need is
told by the ratio.  The goals are 2 s and 80 MB.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import inform, post
from benchmarks.loop import answer
from benchmarks.processes import configuration, cpu_of
from benchmarks.results import Result, tell
from tests.support.ports import free_port

SECONDS, MEGABYTES = 2.0, 80.0
DEADLINE = 60.0
IDLE = 5.0
"""Seconds after which a process has done all that it does by itself when it starts."""


class Started(NamedTuple):
    """Seconds until it has answered, those of CPU that it took; MB that it holds when nothing is done."""

    seconds: float
    cpu: float
    megabytes: float


def first_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    """Have an Inform answered, as soon as anybody does."""
    body = post(Dialogue(Role.CPE).say(inform("1", "1 BOOT")))
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
                connection.sendall(body)
                buffer = b""
                while (whole := answer(buffer)) is None:
                    buffer += connection.recv(65536)
            if whole[0].startswith(b"HTTP/1.1 200"):
                return
        except ConnectionError:
            time.sleep(0.005)
    raise SystemExit("nobody has answered")


def started(command: list[str], port: int, idle: float) -> Started:
    """Start it, have it answer, let it idle, end it."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        first_answer(port, process)
        taken, used = time.monotonic() - begun, cpu_of(process.pid)
        time.sleep(idle)
        return Started(taken, used, held(process.pid) / 1e6)
    finally:
        process.terminate()
        process.wait(DEADLINE)


def held(pid: int) -> int:
    """Bytes of memory that a process has resident, its libraries' files among them."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [size] = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(size) * 1024


def of_appliance(folder: Path, idle: float) -> Started:
    """The appliance with its state in a folder."""
    port = free_port()
    file = folder / "acs.toml"
    file.write_text(configuration().replace("tcp:0:", f"tcp:{port}:", 1))
    run = "from twisted.scripts.twistd import run; run()"
    return started(
        [sys.executable, "-c", run, "--nodaemon", "--pidfile=", "acs", "-c", str(file)], port, idle
    )


def of_bare_site(idle: float) -> Started:
    """The bare site."""
    port = free_port()
    return started([sys.executable, "-m", "benchmarks.bare_site", "0", str(port)], port, idle)


def measure(rounds: int, idle: float) -> dict[str, list[Started]]:
    """Each start: on an empty state, on one that is there, of the bare site."""
    found: dict[str, list[Started]] = {"first": [], "again": [], "bare": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            found["first"].append(of_appliance(Path(name), idle))
            found["again"].append(of_appliance(Path(name), idle))
        found["bare"].append(of_bare_site(idle))
    return found


def main() -> None:
    """Measure, and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds until its memory is looked at")
    arguments = parser.parse_args()
    found = measure(arguments.rounds, arguments.idle)
    for number, unit in enumerate(("s", "s of CPU", "MB")):
        new, old, site = (median(each[number] for each in starts) for starts in found.values())
        print(f"{new:.2f} {unit} on an empty state, {old:.2f} on one that is there,", end=" ")
        print(f"which is {old / site:.2f} times the bare site's {site:.2f}")
    tell(Result("Start to first answer", "", SECONDS, [each.seconds for each in found["again"]], "s"))
    memory = [each.megabytes for each in found["again"]]
    tell(Result("Memory of an idle appliance", "", MEGABYTES, memory, "MB"))


if __name__ == "__main__":
    main()
