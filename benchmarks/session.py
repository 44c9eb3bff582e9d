"""CPU of our process per steady session, as a ratio to a bare twisted.web site that answers the same with
constants.

``python -m benchmarks.session [ROUNDS [SESSIONS]]``.  The devices are of one model, then of three.  Both
servers are up at once and take bursts in turn, so that a machine whose speed drifts drifts for both; CPU is
read from /proc, and the figure is the median of the ratios of the rounds.  Everything is on: each message
recorded, SQLite, synchronous commits.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import burst, first_contact, inform

DEVICES = 400
CONFIGURATION = """
state_dir = "state"
[[cwmp]]
endpoint = "tcp:0:interface=127.0.0.1"
[console]
endpoint = "tcp:0:interface=127.0.0.1"
[limits]
informs = { count = 1000000, seconds = 900 }
[log]
level = "warn"
"""


def cpu_of(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def start_bare() -> tuple[subprocess.Popen[str], int]:
    """The baseline and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_site"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def start_acs(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The appliance and the port of its CWMP listener."""
    (folder / "acs.toml").write_text(CONFIGURATION)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.appliance", str(folder / "acs.toml")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("port "):
            return process, int(line.split()[1])
    raise SystemExit("the appliance did not start")


def main(rounds: int = 9, sessions: int = 2000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        bare, bare_port = start_bare()
        ours, our_port = start_acs(Path(name))
        try:
            for models in (1, 3):
                print(f"{DEVICES} devices of {models} models ...", flush=True)
                bodies = fleet(our_port, models)
                report(bare.pid, bare_port, ours.pid, our_port, bodies, rounds, sessions)
        finally:
            ours.terminate()
            bare.terminate()
            ours.wait(20)
            bare.wait(20)


def fleet(port: int, models: int) -> list[bytes]:
    """Devices of so many models after their first contact: the Informs of their periodic sessions."""
    bodies = []
    for number in range(DEVICES):
        serial, kind = f"S{number:06d}", number % models
        first_contact(port, serial, kind)
        bodies.append(Dialogue(Role.CPE).say(inform(serial, "2 PERIODIC", kind=kind)))
    return bodies


def report(
    bare: int, bare_port: int, ours: int, our_port: int, bodies: list[bytes], rounds: int, sessions: int
) -> None:
    """The rounds, and the median of their ratios."""
    ratios = []
    print(f"{'round':>5} {'bare us':>8} {'acs us':>8} {'ratio':>6} {'acs/s':>6} errors")
    for number in range(rounds + 1):
        figures = []
        for pid, port in ((bare, bare_port), (ours, our_port)):
            began, before = time.perf_counter(), cpu_of(pid)
            tally = burst(port, bodies, sessions)
            time.sleep(0.1)
            figures.append((cpu_of(pid) - before) / sessions * 1e6)
        if number == 0:
            continue  # warm-up
        ratios.append(figures[1] / figures[0])
        rate = sessions / (time.perf_counter() - began)
        line = (number, *figures, ratios[-1], rate, tally.errors)
        print("{:>5} {:>8.0f} {:>8.0f} {:>6.2f} {:>6.0f} {}".format(*line))
    print(f"median ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
