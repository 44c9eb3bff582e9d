"""A soak: hours of sessions at a fixed rate, with all that a day brings, while what is old is forgotten.

``python -m benchmarks.soak [--seconds 7200] [--rate 500] [--store postgresql]``.  The load is an open loop in
a process of its own: known devices call in turn, and of 200 of what is begun each second two are devices that
are new (for each of which another is deleted over the API), two answer a job's RPC with a Fault, one each
breaks off, sends no message, falls silent, is woken for an urgent job, fetches its firmware for a Download
job and tells so in its next session, and has all its parameters read.  A session is lost that was to end well
and did not, or whose job did not come to its end.  A time counts from when the session was due.

Each minute is a line.  At the end stand the verdict's: no session lost; memory that does not grow, the first
tenth being the warm-up; the 99th percentile of session time in the last tenth over that of the first.

``--state FOLDER`` keeps all, ``--continue`` goes on there in a further piece: its minutes are added to
``FOLDER/minutes.jsonl``.  ``--report FILE`` tells the verdict on all pieces in such a file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from benchmarks.processes import STORES, Server, database
from benchmarks.registered import register
from benchmarks.results import tell
from benchmarks.soak.load import Plan
from benchmarks.soak.serving import IMAGE_SIZE, Forgetting, Seen, errors_in, log_of, serving
from benchmarks.soak.verdict import line_of, read, results, summary
from benchmarks.soak.work import known_devices

TABLE = "minutes.jsonl"
_LAST_WORDS = 4000


def main(words: Sequence[str] | None = None) -> None:
    """Read the arguments, soak, tell."""
    arguments = _arguments(words)
    if arguments.report:
        report(arguments.report)
        return

    async def run(reactor: Any) -> None:
        with ExitStack() as stack:
            folder = arguments.state or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(database(arguments.store))
            url = arguments.url or (server.url() if server else "")
            if not arguments.goes_on:
                known = list(known_devices(arguments.devices))
                await register(reactor, url, folder, known)
            soak(folder, url, arguments)

    task.react(lambda reactor: ensureDeferred(run(reactor)))


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--seconds", type=float, default=7200)
    parser.add_argument("--rate", type=float, default=500, help="what is begun in a second")
    parser.add_argument("--devices", type=int, default=20_000, help="that are known")
    parser.add_argument("--every", type=float, default=60, metavar="SECONDS", help="a line")
    parser.add_argument("--keep", type=float, default=600, metavar="SECONDS", help="forget what is older")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--url", default="", help="a PostgreSQL database that is there already, and empty")
    parser.add_argument("--state", type=Path, metavar="FOLDER")
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="with what is in that folder")
    parser.add_argument("--report", type=Path, metavar="FILE", help="only tell what these minutes came to")
    arguments = parser.parse_args(words)
    if arguments.goes_on and arguments.state is None:
        parser.error("--continue needs --state FOLDER")
    if arguments.goes_on and arguments.store != "sqlite":
        parser.error("a PostgreSQL that the benchmark has started ends with it: give --url to continue")
    if arguments.state and (arguments.state / TABLE).exists() is not arguments.goes_on:
        parser.error(f"{arguments.state} {'has nothing' if arguments.goes_on else 'is used'}: see --continue")
    return arguments


def soak(folder: Path, url: str, arguments: argparse.Namespace) -> None:
    """One piece, and what all so far have come to."""
    table = folder / TABLE
    before = read(table) if table.exists() else []
    piece = before[-1]["piece"] + 1 if before else 1
    keep = arguments.keep
    with serving(folder, url, Forgetting(keep, keep / 10, max(keep / 5, 60.0))) as ours:
        token = (folder / "state" / "acsctl.token").read_text().strip()
        where = ours.port, ours.console, token, IMAGE_SIZE
        plan = Plan(*where, arguments.devices, piece, arguments.rate, arguments.seconds, arguments.every)
        follow(plan, ours, Seen(ours, folder, url), table)
    report(table)
    if log := log_of(folder).read_text(errors="replace")[-_LAST_WORDS:]:
        print(f"the appliance's log ends with:\n{log}")


def follow(plan: Plan, ours: Server, seen: Seen, table: Path) -> None:
    """Let the load run, and write down each window with what the appliance is like at its end."""
    command = [sys.executable, "-m", "benchmarks.soak.load", json.dumps(asdict(plan))]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load,
        table.open("a") as file,
    ):
        assert load.stdout is not None
        warm = json.loads(load.stdout.readline())
        print(f"each device has called once in {warm['warm']:.0f} s; {warm['failed']} failed", flush=True)
        seen.look()
        for line in load.stdout:
            row = json.loads(line) | seen.look() | {"piece": plan.piece}
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(line_of(row), flush=True)
    if load.returncode:
        raise SystemExit(f"the load has ended with {load.returncode}")


def report(table: Path) -> None:
    """The verdict."""
    rows, log = read(table), log_of(table.parent)
    print(summary(rows))
    for each in results(rows, errors_in(log) if log.exists() else rows[-1]["errors"]):
        tell(each)


if __name__ == "__main__":
    main()
