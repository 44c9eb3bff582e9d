"""CPU of our process per steady session with a million devices in the store, over that with a thousand.

``python -m benchmarks.active [--devices 1000000] [--active 100000] [--rounds 5] [--sessions 0]``.  Of the
million a hundred thousand call, one after the other; the thousand all call.  A burst is of as many sessions
as devices are active, so that each calls once (or of ``--sessions``, which take up where the last burst
ended); the settling of them is included.  The devices are `benchmarks.population`'s, with their rows in all
tables that a device's first contact fills, and no history.  Each of the appliances has SQLite.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.first_contact import APPLIED, Script, talk
from benchmarks.loop import Loop, Talk
from benchmarks.population import LATEST, MODELS, Model, Population, populate
from benchmarks.processes import Server, appliance
from benchmarks.results import Result, tell
from benchmarks.turns import cpu_per, in_turns, print_rounds

FEW = 1000
VERSION = "1.1.2"
SETTLED = 12.0
"""Seconds until what an appliance does at its start is done."""


def main() -> None:
    """Read the arguments, make, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.active")
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--active", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=0, help="a burst; 0: as many as are active")
    parser.add_argument("--settled", type=float, default=SETTLED, help="seconds before the first burst")
    arguments = parser.parse_args()

    async def run(reactor: Any) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            fleets = []
            for devices, active in ((arguments.few, arguments.few), (arguments.devices, arguments.active)):
                fleets.append(await made(reactor, stack, folder / str(devices), devices, active))
            measure(*fleets, arguments)

    task.react(lambda reactor: ensureDeferred(run(reactor)))


@dataclass(frozen=True, slots=True)
class Fleet:
    """An appliance with its population, of which so many call in turn."""

    server: Server
    population: Population
    active: int
    next: Iterator[int] = field(default_factory=count)

    def talk(self, _: int) -> tuple[int, Talk]:
        """The session of who is next; whoever is asked to set something does."""
        number = next(self.next) % self.active * (self.population.size // self.active)
        body = Dialogue(Role.CPE).say(informed(self.population, number))
        return number, talk(Script(body, {b"SetParameterValues": APPLIED}), "")

    def burst(self, sessions: int) -> float:
        """Microseconds of CPU for each of so many sessions."""

        def work() -> None:
            if errors := Loop(self.server.port, self.talk, sessions).run(min(16, self.active)).errors:
                raise SystemExit(f"{errors} of {sessions} sessions failed")

        return cpu_per(self.server, sessions, work)


def informed(population: Population, number: int) -> m.Inform:
    """What a device of the population says that has nothing to tell."""
    model = population.models[number]
    address = f"http://{population.address(number)}:7547/c"
    told = {
        "DeviceSummary": "InternetGatewayDevice:1.0[](Baseline:1)",
        "DeviceInfo.HardwareVersion": "A1",
        "DeviceInfo.SoftwareVersion": VERSION,
        "ManagementServer.ConnectionRequestURL": address,
        "ManagementServer.ParameterKey": "",
    }
    return m.Inform(
        v.DeviceId(model.manufacturer, model.oui, model.product_class, population.serial(number)),
        (v.EventStruct("2 PERIODIC"),),
        CurrentTime="2026-11-25T12:00:00Z",
        ParameterList=tuple(
            v.ParameterValueStruct(f"InternetGatewayDevice.{name}", value, "xsd:string")
            for name, value in told.items()
        ),
    )


async def made(reactor: Any, stack: ExitStack, folder: Path, devices: int, active: int) -> Fleet:
    """A population of so many, with its appliance."""
    began = now = time.time()
    population = Population(devices, devices, now)
    population.of_each = 0
    plain = {model: _plain(model) for model in (*MODELS, LATEST)}
    population.models = [plain[model] for model in population.models]
    await populate(reactor, "sqlite", folder / "state", population, now, wanted=False)
    server = stack.enter_context(appliance(folder))
    print(f"{devices} devices: made in {time.time() - began:.0f} s", flush=True)
    return Fleet(server, population, min(active, devices))


def _plain(model: Model) -> Model:
    """The same with one firmware, since new firmware is read anew, and with an id that needs no escapes."""
    return replace(model, versions=(VERSION,) * 3, product_class=model.product_class.replace("-", ""))


def measure(few: Fleet, many: Fleet, arguments: argparse.Namespace) -> None:
    """Both in turns, after all have called once: in its first session a device is given credentials."""
    for fleet in (few, many):
        fleet.burst(fleet.active)
    time.sleep(arguments.settled)
    turns = [lambda fleet=fleet: fleet.burst(arguments.sessions or many.active) for fleet in (few, many)]
    found = in_turns(arguments.rounds, *turns)
    print_rounds(("few", "many"), found)
    name = f"steady session, {many.population.size} devices, {many.active} active"
    tell(Result(name, f"{few.population.size} devices", 1.2, [more / less for less, more in found]))


if __name__ == "__main__":
    main()
