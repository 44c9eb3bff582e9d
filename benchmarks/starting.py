"""Seconds from the appliance's start to the first answered Inform, with the memory that it then idles in.

``python -m benchmarks.starting [STARTS]``.  Each start is a Python of its own, as systemd would start it, and
so is the bare site's, which is started in turn with it: what a machine of another speed would need is told by
the ratio.  The goals are 2 s and 80 MB.
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

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import answer, inform, post
from benchmarks.processes import CONFIGURATION
from tests.support.ports import free_port

SECONDS, BYTES = 2.0, 80_000_000
DEADLINE = 60.0
IDLE = 5.0
"""Seconds after which a process that was started has done all that it does by itself."""


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


def started(command: list[str], port: int) -> tuple[float, int]:
    """Seconds until it has answered; bytes of memory that it holds when nothing is done."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        first_answer(port, process)
        taken = time.monotonic() - begun
        time.sleep(IDLE)
        return taken, held(process.pid)
    finally:
        process.terminate()
        process.wait(DEADLINE)


def held(pid: int) -> int:
    """Bytes of memory that a process has resident, its libraries' files among them."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [size] = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(size) * 1024


def of_appliance(folder: Path) -> tuple[float, int]:
    """The appliance with its state in a folder."""
    port = free_port()
    file = folder / "acs.toml"
    file.write_text(CONFIGURATION.replace("tcp:0:", f"tcp:{port}:", 1))
    run = "from twisted.scripts.twistd import run; run()"
    return started([sys.executable, "-c", run, "--nodaemon", "--pidfile=", "acs", "-c", str(file)], port)


def of_bare_site() -> tuple[float, int]:
    """The bare site."""
    port = free_port()
    return started([sys.executable, "-m", "benchmarks.bare_site", "0", str(port)], port)


def main() -> None:
    """Measure, and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("starts", nargs="?", type=int, default=5)
    starts = parser.parse_args().starts
    first, again, bare = [], [], []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as name:
            first.append(of_appliance(Path(name)))
            again.append(of_appliance(Path(name)))
        bare.append(of_bare_site())
    figures = ("first answer", "s", 1.0, SECONDS), ("memory idle", "MB", 1e6, BYTES)
    for number, (what, unit, scale, goal) in enumerate(figures):
        new, old, site = (median(each[number] for each in found) / scale for found in (first, again, bare))
        print(f"{what}: {new:.2f} {unit} on an empty state, {old:.2f} on one that is there", end=" ")
        print(f"(goal {goal / scale:g}); {old / site:.2f} times the bare site's {site:.2f}")


if __name__ == "__main__":
    main()
