"""CPU of our process per session that carries out a queued SetParameterValues, over a steady session.

``python -m benchmarks.jobs [--rounds 9] [--sessions 300]``.  Before each burst a job is queued for each
device, over the API, at nobody's cost; it sets one parameter to another value each time.  Nothing is done to
make it quick: that the RPC goes out is on the disk before it does, its outcome before the device is answered.
The devices are the simulator's router with 318 parameters, all of them read before.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.first_contact import Script, filled, script, talk, turn
from benchmarks.load import periodic
from benchmarks.loop import Talk
from benchmarks.processes import Server, api_of, appliance
from benchmarks.results import Result, tell
from benchmarks.turns import SETTLED, in_turns, print_rounds

if TYPE_CHECKING:
    from acs.ctl.api import Api

NAME = "InternetGatewayDevice.X_BENCH_Measurement.LineStatistics.Current.Value001"


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sessions", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, appliance(Path(name)) as ours:
        api = api_of(ours, Path(name))
        measure(ours, api, arguments.rounds, [f"J{number:06d}" for number in range(arguments.sessions)])


def measure(ours: Server, api: Api, rounds: int, serials: Sequence[str]) -> None:
    """The devices' first contacts, then the rounds."""
    steps, values = script(), count()
    turn(ours, talk, steps, serials)
    devices = [device["id"] for device in api.get("devices", query={"limit": len(serials)})["items"]]

    def with_jobs() -> float:
        queue(api, devices, f"another {next(values)}")
        return turn(ours, talk, steps.later(), serials)

    found = in_turns(rounds, lambda: turn(ours, steady, steps.later(), serials), with_jobs)
    states = {job["state"] for job in api.get("jobs", query={"limit": 1000})["items"]}
    if states != {"done"}:
        raise SystemExit(f"the jobs are {states}")
    print_rounds(("steady", "with a job"), found)
    ratios = [done / none for none, done in found]
    tell(Result("session with a queued SetParameterValues job, durable", "steady session", 2.0, ratios))


def steady(steps: Script, serial: str) -> Talk:
    """The session of a device of which nothing is wanted."""
    return periodic(filled(steps.inform, serial, b"1"))


def queue(api: Api, devices: Sequence[str], value: str) -> None:
    """A job for each of them."""
    values = [{"Name": NAME, "Value": value, "Type": "xsd:string"}]
    job = {"rpc": "SetParameterValues", "arguments": {"ParameterList": values}}
    with ThreadPoolExecutor(4) as pool:
        for shown in pool.map(lambda device: api.post("devices", device, "jobs", body=job), devices):
            assert shown["state"] == "queued"
    time.sleep(SETTLED)


if __name__ == "__main__":
    main()
