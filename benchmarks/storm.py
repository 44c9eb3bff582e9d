"""A boot storm: thousands of devices that are known already start at once, as after a power cut.

``python -m benchmarks.storm [--store postgresql] [--devices 10000] [--within 60] [--limit 20000]``.  The
devices are the project's own simulator's; each calls with ``1 BOOT``, all within so many seconds, and again
by the standard's rules where it was refused, which a low ``--limit`` of open sessions brings about.  Half-way
an urgent job is queued, through the API, for a device that is about to call.  Printed are the times of
sessions as the devices saw them (beside those of a calm minute before, as the simulator is one process on the
same machine), how many were refused and whether all recovered, and when the job was applied.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet import task
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread

from acs.ctl.api import Api
from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.values import EventStruct
from acs.cwmp.versions import NAMESPACES
from benchmarks.load import burst
from benchmarks.processes import STORES, Server, api_of, appliance, database
from benchmarks.registered import register
from benchmarks.simulated import simulated, tell_times

CALM = 200
"""How many devices call first, twenty a second."""
SOON = 1.0
"""Seconds before its call that a device gets the urgent job."""
RECOVERY = 75.0
"""Seconds that they have afterwards to come through."""
_NEVER = 7 * 86400


class Storm:
    """The devices, and what becomes of them."""

    def __init__(self, reactor: Any, port: int, count: int, within: float) -> None:
        self._reactor = reactor
        self._within = within
        self._fleet = simulated(reactor, port, count, interval=_NEVER, ramp=within)
        self.statistics, self.devices = self._fleet.statistics, self._fleet.devices

    def informs(self) -> list[bytes]:
        """Their Informs of an ordinary day."""
        periodic = (EventStruct("2 PERIODIC"),)
        return [
            Dialogue(Role.CPE, NAMESPACES[cpe.model.cwmp_version]).say(replace(cpe.inform(), Event=periodic))
            for cpe in self.devices
        ]

    async def rage(self) -> None:
        """Let all of them start, and wait until each has come through."""
        for cpe in self.devices:
            cpe.events.delivered(cpe.events.to_tell(), ())  # not new from the factory
            cpe.events.boot()
        ended = self._fleet.start()
        until = time.monotonic() + self._within + RECOVERY
        while self.missing and time.monotonic() < until:
            await task.deferLater(self._reactor, 0.25)
        self._fleet.stop()
        await ended

    @property
    def missing(self) -> int:
        """How many have not come through yet."""
        return sum(cpe.events.urgent or cpe.retries > 0 for cpe in self.devices)

    def next_after(self, seconds: float) -> str:
        """The id of the device that calls first so many seconds after the beginning."""
        return self.devices[int(len(self.devices) * seconds / self._within) + 1].device_id.key


async def urgent_job(reactor: Any, api: Api, storm: Storm, after: float) -> float:
    """Queue it so long after the beginning; seconds from then until it is done."""
    await task.deferLater(reactor, after)
    device = storm.next_after(after + SOON)
    name = "InternetGatewayDevice.DeviceInfo.ProvisioningCode"
    body = {
        "rpc": "SetParameterValues",
        "arguments": {"ParameterList": [{"Name": name, "Value": "urgent"}]},
        "urgent": True,
    }
    began = time.perf_counter()
    job = await deferToThread(lambda: api.post("devices", device, "jobs", body=body))
    while job["state"] != "done" and time.perf_counter() - began < RECOVERY:
        await task.deferLater(reactor, 0.02)
        job = await deferToThread(api.get, "jobs", job["id"])
    return time.perf_counter() - began if job["state"] == "done" else float("inf")


async def run(reactor: Any, arguments: argparse.Namespace, ours: Server, storm: Storm, folder: Path) -> None:
    """An ordinary day, a calm start, the storm."""
    await deferToThread(burst, ours.port, storm.informs(), arguments.devices)
    calm = Storm(reactor, ours.port, CALM, CALM / 20)
    await calm.rage()
    before, began = ours.cpu(), time.perf_counter()
    job = ensureDeferred(urgent_job(reactor, api_of(ours, folder), storm, arguments.within / 2))
    await storm.rage()
    busy = (ours.cpu() - before) / (time.perf_counter() - began)
    tell(storm, calm, await job, busy)


def tell(storm: Storm, calm: Storm, job: float, load: float) -> None:
    """What came of it."""
    statistics = storm.statistics
    print(
        f"{len(storm.devices)} devices, {statistics.sessions} sessions to their end; missing: {storm.missing}"
    )
    tell_times(statistics, calm.statistics)
    refused = statistics.errors["HTTP 503"]
    print(f"refused (503): {refused}; broken off otherwise: {statistics.failed - refused}")
    print(f"urgent job, queued {SOON:.0f} s before its device called: done {job:.2f} s after it was queued")
    print(f"the appliance was busy {load:.0%} of the time")


def main() -> None:
    """Read the arguments, let it rage, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--within", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--limit", type=int, default=20_000, help="sessions that may be open at once")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, database(arguments.store) as server:
        folder, url = Path(name), server.url() if server else ""

        async def all_of_it(reactor: Any) -> None:
            everybody = Storm(reactor, 1, arguments.devices, arguments.within)
            await register(reactor, url, folder, [cpe.device_id for cpe in everybody.devices])
            with appliance(folder, url, f"sessions = {arguments.limit}\n") as ours:
                storm = Storm(reactor, ours.port, arguments.devices, arguments.within)
                await run(reactor, arguments, ours, storm, folder)

        task.react(lambda reactor: ensureDeferred(all_of_it(reactor)))


if __name__ == "__main__":
    main()
