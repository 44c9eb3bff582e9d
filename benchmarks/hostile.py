"""What honest devices feel of hostile clients.

These are two thousand half-open connections, bodies at a byte a second, ten thousand Informs from one
address, and garbage.

``python -m benchmarks.hostile [--devices 200] [--seconds 40] [--store postgresql]``.  Honest devices, of the
project's own simulator, call every two seconds: first alone, then beside the attackers
(`benchmarks.attackers`, a process of its own).  Printed are how many of their sessions failed, which has to
be none, the times that these took, as ratios to those of the calm, and what the appliance's memory grew by.
Exits with 1 where a session failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread

from acs.simulate.statistics import Statistics
from benchmarks.open_sessions import raise_limit
from benchmarks.processes import STORES, Server, appliance, database, resident
from benchmarks.simulated import simulated, tell_times

DESCRIPTORS = 4000
INTERVAL = 2


async def live(reactor: Any, port: int, devices: int, seconds: float) -> Statistics:
    """Let so many devices live for so long."""
    plan = {"interval": INTERVAL, "ramp": INTERVAL, "duration": seconds, "serial_prefix": "H"}
    fleet = simulated(reactor, port, devices, **plan)
    await fleet.start()
    return fleet.statistics


async def run(reactor: Any, server: Server, devices: int, seconds: float) -> int:
    """The calm, and the attack; the exit status."""
    calm = await live(reactor, server.port, devices, seconds / 2)
    before = resident(server.pid)
    command = [sys.executable, "-m", "benchmarks.attackers", str(server.port), str(seconds)]
    attack = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    under = await live(reactor, server.port, devices, seconds)
    said = (await deferToThread(attack.communicate))[0].strip()
    grown = resident(server.pid) - before
    print(said)
    print(
        f"honest devices: {under.sessions} sessions to their end, {under.failed} failed (calm: {calm.failed})"
    )
    tell_times(under, calm)
    print(f"memory of the appliance: {grown / 1e6:.1f} MB more than before")
    return 1 if under.failed or calm.failed else 0


def main() -> None:
    """Read the arguments, attack, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile")
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    raise_limit(DESCRIPTORS)
    status: list[int] = []
    with tempfile.TemporaryDirectory() as name, database(arguments.store) as postgres:
        with appliance(Path(name), postgres.url() if postgres else "") as server:

            async def all_of_it(reactor: Any) -> None:
                status.append(await run(reactor, server, arguments.devices, arguments.seconds))

            task.react(lambda reactor: ensureDeferred(all_of_it(reactor)))
    sys.exit(status[0])


if __name__ == "__main__":
    main()
