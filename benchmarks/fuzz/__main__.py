"""Fuzz all that reads what devices send: requests, envelopes, cookies, content codings.

``python -m benchmarks.fuzz [--minutes 60] [--target NAME] [--engine atheris]
[--folder .fuzz] [--seed N]``.  The time is divided among the targets
(``benchmarks/fuzz/targets.py``), http and envelope getting three parts each and the others one, each in a
process of its own.  What must hold after any input: no
error but our own, nothing endless, nothing stalled, bounded memory.  With ``atheris`` (``pip install
atheris``) inputs are guided by coverage; without, Hypothesis makes them.  Either starts from sound messages,
and the captures of programs of CPEs where those are beside the repository; what was found is tried again
first the next time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from random import randrange

from benchmarks.fuzz.engines import ENGINES, available

SHARES = {"http": 3, "envelope": 3, "cookies": 1, "authorization": 1, "content": 1}


def main() -> None:
    """Read the arguments, fuzz, say what was found; the status is 0 if nothing was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--minutes", type=float, default=60.0, help="for all targets together")
    parser.add_argument("--target", choices=SHARES, help="this one alone")
    parser.add_argument("--engine", choices=ENGINES, default=available())
    parser.add_argument("--seed", type=int, default=0, help="what the inputs follow from; 0: from chance")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), help="where what was found is kept")
    arguments = parser.parse_args()
    shares = {arguments.target: 1} if arguments.target else SHARES
    seed = arguments.seed or randrange(1, 2**31)
    print(f"seed {seed}", flush=True)
    failed = []
    for name, share in shares.items():
        seconds = arguments.minutes * 60 * share / sum(shares.values())
        print(f"{name}: {seconds:.0f} s by {arguments.engine}", flush=True)
        folder = arguments.folder.absolute()
        command = ["benchmarks.fuzz.engines", arguments.engine, name, str(seconds), str(folder), str(seed)]
        if subprocess.run([sys.executable, "-m", *command]).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"something was found in: {', '.join(failed)}; see above, and {arguments.folder}")


if __name__ == "__main__":
    main()
