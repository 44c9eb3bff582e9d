"""Bytes that nobody meant: requests, envelopes, headers and content codings, made of recorded ones.

``python -m benchmarks.fuzz [--minutes 60] [--target NAME] [--seed N] [--random]``.  The time is divided among
the targets (`benchmarks.fuzzing`).  Where `atheris` is installed (``pip install atheris``) it looks for
inputs that reach new code of ours; without it, seeds are mutated at random.  What breaks a rule is printed
and kept in ``crash-*``, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGETS = ("http", "envelope", "headers", "content")
GROWTH = 64 * 1024 * 1024
"""Bytes by which the process may grow."""
SETTLED = 2000
"""Inputs after which its caches are full."""


def run_random(name: str, seconds: float, seed: int) -> None:
    """Mutate seeds for so long."""
    from benchmarks.fuzzing import make, mutated, resident_bytes

    target, chance = make(name), random.Random(seed)
    until, count, before = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        raw = mutated(chance, target.seeds)
        try:
            target.check(raw)
        except BaseException:
            Path(f"crash-{name}-{count}").write_bytes(raw)
            print(f"{name}: {raw[:300]!r}", file=sys.stderr)
            raise
        count += 1
        if count == SETTLED:
            before = resident_bytes()
    if before and resident_bytes() - before > GROWTH:
        raise SystemExit(f"{name}: the process grew by {resident_bytes() - before} bytes")
    print(f"{name}: {count} inputs")


def run_guided(name: str, seconds: float, seed: int) -> None:
    """The same by the coverage of our code; atheris ends the process when the time is over."""
    import atheris

    with atheris.instrument_imports(include=["acs"]):
        from benchmarks.fuzzing import make

    target = make(name)
    with tempfile.TemporaryDirectory() as folder:
        for number, raw in enumerate(target.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(raw)
        limits = [f"-max_total_time={int(seconds)}", "-max_len=65536", "-rss_limit_mb=1024", "-timeout=10"]
        prefix = f"-artifact_prefix=crash-{name}-"
        atheris.Setup([sys.argv[0], folder, *limits, prefix, f"-seed={seed}"], target.check)
        atheris.Fuzz()


def main() -> None:
    """Read the arguments, fuzz."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--random", action="store_true", help="not by coverage, though atheris is there")
    arguments = parser.parse_args()
    guided = importlib.util.find_spec("atheris") is not None and not arguments.random
    if arguments.target is None:
        sys.exit(_each(arguments.minutes / len(TARGETS), arguments.seed, arguments.random))
    run = run_guided if guided else run_random
    run(arguments.target, arguments.minutes * 60, arguments.seed)


def _each(minutes: float, seed: int, at_random: bool) -> int:
    """Each target in a process of its own; 1 where one of them was broken."""
    status = 0
    for name in TARGETS:
        command = [
            sys.executable,
            "-m",
            "benchmarks.fuzz",
            "--target",
            name,
            f"--minutes={minutes}",
            f"--seed={seed}",
        ]
        done = subprocess.run(command + ["--random"] * at_random, env=os.environ, check=False)
        status |= done.returncode != 0
        print(f"{name}: {'broken' if done.returncode else 'nothing broken'}", flush=True)
    return status


if __name__ == "__main__":
    main()
