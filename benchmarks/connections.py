"""CPU of our process per steady session of a CPE that opens a connection for each request, over
keep-alive.

``python -m benchmarks.connections [--rounds 9] [--sessions 2000] [--devices 200]``.  It is the same
appliance, the same devices, and the same session of two requests, which here is found by its cookie.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.processes import appliance
from benchmarks.results import Result, tell
from benchmarks.session import fleet, played
from benchmarks.turns import in_turns, print_rounds


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connections")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--devices", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, appliance(Path(name)) as ours:
        bodies = fleet(ours.port, 3, arguments.devices)
        found = in_turns(
            arguments.rounds,
            lambda: played(ours, bodies, arguments.sessions),
            lambda: played(ours, bodies, arguments.sessions, keep_alive=False),
        )
    print_rounds(("keep-alive", "per request"), found)
    ratios = [each / kept for kept, each in found]
    tell(Result("session with a connection per request", "keep-alive", 1.5, ratios))


if __name__ == "__main__":
    main()
