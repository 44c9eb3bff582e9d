"""CPU of our process per full session, as a ratio to a conventional ACS:  `benchmarks.conventional`.

``python -m benchmarks.full_session [--rounds 7] [--sessions 150]``.  In a full session a device that is known
is asked for all its names, values, attributes (52, 55 and 81 kB: 318 parameters), since somebody has asked
for that over the API, before the measured time.  In one kind of round its traffic counters, 24 of the values,
are others each time; in the other nothing has changed.  Both keep what they are told: ours with a journal of
changes.  Before that, ours has learnt from its devices' first contacts, as appliances do in ten minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.first_contact import Script, script, talk, turn
from benchmarks.learnt import learn
from benchmarks.processes import Server, api_of, appliance, site
from benchmarks.results import Result, tell
from benchmarks.turns import SETTLED, in_turns, print_rounds

if TYPE_CHECKING:
    from acs.ctl.api import Api

AGAINST = "twisted.web + lxml + a row per parameter"


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_session")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=150)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        theirs = stack.enter_context(site("conventional", folder / "conventional.sqlite"))
        steps, serials = script(), [f"G{number:06d}" for number in range(arguments.sessions)]
        turn(theirs, talk, steps, serials)
        with appliance(folder / "acs") as ours:
            turn(ours, talk, steps, serials)
        learn(folder / "acs" / "state")
        ours = stack.enter_context(appliance(folder / "acs"))
        measure(theirs, ours, api_of(ours, folder / "acs"), steps, serials, arguments.rounds)


def measure(
    theirs: Server, ours: Server, api: Api, steps: Script, serials: Sequence[str], rounds: int
) -> None:
    """The rounds; the devices have called before."""
    sessions = len(serials)
    devices = [device["id"] for device in api.get("devices", query={"limit": sessions})["items"]]
    print(steps.later().sizes)

    def read_by_us(steps: Script) -> float:
        request_all(api, devices)
        return turn(ours, talk, steps, serials)

    for name, goal, changes in (("changing values", 0.22, count(1)), ("nothing changed", 0.14, None)):
        found = in_rounds(
            rounds,
            steps,
            changes,
            lambda steps: turn(theirs, talk, steps, serials),
            read_by_us,
        )
        print_rounds(("conventional", "acs"), found)
        tell(Result(f"full session, {name}", AGAINST, goal, [acs / other for other, acs in found]))


def in_rounds(
    rounds: int,
    steps: Script,
    changes: count[int] | None,
    conventional: Callable[[Script], float],
    acs: Callable[[Script], float],
) -> list[tuple[float, ...]]:
    """Both with the same bodies in each round, which tell of other counters each time or never."""
    bodies: list[Script] = []

    def first() -> float:
        bodies[:] = [steps.later(next(changes) if changes else 0)]
        return conventional(bodies[0])

    return in_turns(rounds, first, lambda: acs(bodies[0]))


def request_all(api: Api, devices: Sequence[str]) -> None:
    """Have all of them read in their next sessions."""
    with ThreadPoolExecutor(4) as pool:
        for shown in pool.map(lambda device: api.post("devices", device, "refresh", body={}), devices):
            assert shown["full_read_requested"]
    time.sleep(SETTLED)


if __name__ == "__main__":
    main()
