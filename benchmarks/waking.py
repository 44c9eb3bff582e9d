"""From an urgent job accepted to its RPC on the wire, beside what the device needs to call by itself.

``python -m benchmarks.waking [ROUNDS] [--store postgresql] [--bulk DEVICES]``.  In each round a simulated
device on loopback is called for an urgent job, over HTTP with Digest, and timed from when the API has said
that the job is accepted to when the device has the RPC.  In turn with that it calls by itself, for a job that
waits, timed from its decision to that RPC.  Printed is the ratio of each round, and their median.

With ``--bulk`` so many devices get an urgent job each, as fast as the API takes them, and what is printed is
how fast they were woken, of whom no more than ``--per-second`` are to be in a second.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import deferToThread

from acs.ctl.api import Api
from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.simulate.device import Device
from acs.simulate.fleet import Fleet
from acs.simulate.habits import Habit
from acs.simulate.listening import Listener
from acs.simulate.porter import Manner
from benchmarks.processes import STORES, api_of, appliance, database
from benchmarks.simulated import simulated

WAKE = '\n[wake]\nallow_networks = ["127.0.0.0/8"]\ndevices_per_second = {0}\ndevices_per_network = {0}\n'
_NEVER = 7 * 86400


class Stopwatch(Habit):
    """Tells when a device has been asked for its RPC methods."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._waiting: Deferred[float] | None = None

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        if isinstance(request, m.GetRPCMethods):
            self.asked.append(time.perf_counter())
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                waiting.callback(self.asked[-1])
        return None

    def next(self) -> Deferred[float]:
        """Fires with the time of the next one."""
        self._waiting = Deferred()
        return self._waiting


class Woken:
    """The devices, listening, and the API beside them."""

    def __init__(self, reactor: Any, port: int, api: Api, count: int) -> None:
        self.reactor, self.api, self.watch = reactor, api, Stopwatch()
        self._listener = Listener(reactor, Manner.DIGEST, random.Random(1))
        place = self._listener.listen(reactor, "127.0.0.1", 0)
        plan: dict[str, Any] = {"interval": _NEVER, "ramp": count / 100, "listens": place}
        self.fleet: Fleet = simulated(reactor, port, count, (self.watch,), **plan)
        self._listener.bells = self.fleet.bells()
        self._ended = self.fleet.start()

    async def known(self) -> None:
        """All have called, and been read."""
        while self.fleet.statistics.sessions < len(self.fleet.devices):
            await task.deferLater(self.reactor, 0.05)

    async def job(self, number: int, urgent: bool) -> float:
        """Accept one; when that was said."""
        body = {"rpc": "GetRPCMethods", "urgent": urgent}
        device = self.fleet.devices[number].device_id.key
        await deferToThread(lambda: self.api.post("devices", device, "jobs", body=body))
        return time.perf_counter()

    async def woken(self) -> float:
        """Seconds from an urgent job's acceptance to the RPC."""
        asked = self.watch.next()
        accepted = await self.job(0, urgent=True)
        return await asked - accepted

    async def by_itself(self) -> float:
        """Seconds from a device's own decision to the RPC of a job that waits."""
        await self.job(0, urgent=False)
        asked, began = self.watch.next(), time.perf_counter()
        next(iter(self._listener.bells.values())).ring()
        return await asked - began

    async def stop(self) -> None:
        """Let them go."""
        self.fleet.stop()
        await self._ended
        await self._listener.stop()


async def rounds(woken: Woken, count: int) -> None:
    """Both in turn."""
    ratios = []
    print(f"{'round':>5} {'by itself ms':>12} {'woken ms':>9} {'ratio':>6}")
    for number in range(count + 1):
        own = await woken.by_itself()
        await task.deferLater(woken.reactor, 0.2)
        called = await woken.woken()
        await task.deferLater(woken.reactor, 0.2)
        if number == 0:
            continue  # warm-up
        ratios.append(called / own)
        print(f"{number:>5} {own * 1000:>12.1f} {called * 1000:>9.1f} {ratios[-1]:>6.2f}")
    print(f"median ratio {statistics.median(ratios):.3f}")


async def bulk(woken: Woken) -> None:
    """All of them at once."""
    began, count = time.perf_counter(), len(woken.fleet.devices)
    for number in range(count):
        await woken.job(number, urgent=True)
    taken = time.perf_counter() - began
    while len(woken.watch.asked) < count and time.perf_counter() - began < 60 + count / 50:
        await task.deferLater(woken.reactor, 0.1)
    times = sorted(each - began for each in woken.watch.asked)
    busiest = max(sum(second <= each < second + 1 for each in times) for second in range(int(times[-1]) + 1))
    print(
        f"{count} urgent jobs taken in {taken:.1f} s; {len(times)} devices woken,"
        f" the last after {times[-1]:.1f} s"
    )
    print(f"at most {busiest} in a second; sessions that failed: {woken.fleet.statistics.failed}")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waking")
    parser.add_argument("rounds", nargs="?", type=int, default=21)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--bulk", type=int, metavar="DEVICES")
    parser.add_argument("--per-second", type=int, default=50, help="how many may be woken (default: 50)")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        database(arguments.store) as server,
        appliance(Path(name), server.url() if server else "", WAKE.format(arguments.per_second)) as ours,
    ):

        async def all_of_it(reactor: Any) -> None:
            woken = Woken(reactor, ours.port, api_of(ours, Path(name)), arguments.bulk or 1)
            await woken.known()
            await (bulk(woken) if arguments.bulk else rounds(woken, arguments.rounds))
            await woken.stop()

        task.react(lambda reactor: ensureDeferred(all_of_it(reactor)))


if __name__ == "__main__":
    main()
