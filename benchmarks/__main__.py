"""Runs the benchmarks one after the other, each in a process of its own, then writes what they found.

``python -m benchmarks [--only NAME ...] [--quick] [--document FILE]``.  One that fails is named at the end,
and the others run all the same; the status is then 1.  Of a run that is neither quick nor of some alone the
table goes into ``docs/performance.rst``, with a picture beside it; of any other it does where ``--document``
says.  In the document the table stands between two marks, and what stands around them is left as it is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.catalogue import ALL, BESIDE, SIZES, Benchmark
from benchmarks.document import Run, about, around, write
from benchmarks.results import MARK, Result, results_in

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.rst"


def run(benchmark: Benchmark, size: str) -> list[Result]:
    """What it found, shown as it comes; nothing where it failed."""
    command = [sys.executable, "-m", f"benchmarks.{benchmark.module}", *benchmark.arguments(size)]
    print(f"\n== {benchmark.name}: {' '.join(command[1:])}", flush=True)
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if not line.startswith(MARK):
                print(line, end="", flush=True)
    return results_in("".join(lines)) if process.returncode == 0 else []


def run_all(benchmarks: Sequence[Benchmark], size: str) -> Run:
    """What all of them found, and the names of those that failed."""
    found = Run()
    for benchmark in benchmarks:
        results = run(benchmark, size)
        found.results += results
        if not results:
            print(f"{benchmark.name} FAILED", flush=True)
            found.failed.append(benchmark.name)
    return found


def read(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments."""
    names = [benchmark.name for benchmark in (*ALL, *BESIDE)]
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--only", action="append", choices=names, help="this one; may be said several times")
    parser.add_argument("--quick", dest="size", action="store_const", const="quick", help="a few rounds each")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--document", type=Path, help="where the table goes")
    parser.set_defaults(size="full")
    return parser.parse_args(words)


def main() -> int:
    """Read the arguments, run, tell, write."""
    arguments = read()
    named = [benchmark for benchmark in (*ALL, *BESIDE) if benchmark.name in (arguments.only or ())]
    chosen = named or list(ALL)
    document = arguments.document
    if document is None and arguments.size == "full" and not arguments.only:
        document = DOCUMENT
    if document is not None:
        around(document)  # now, not after an hour
    words = about(arguments.size)  # of what runs now: somebody may commit meanwhile
    found = run_all(chosen, arguments.size)
    print("\n" + found.as_text())
    if document is not None:
        write(document, found, words)
        print(f"\nwritten to {document}")
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
