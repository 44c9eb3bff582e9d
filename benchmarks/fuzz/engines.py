"""What makes the inputs: atheris, guided by coverage, where it is installed, else Hypothesis.

``python -m benchmarks.fuzz.engines ENGINE TARGET SECONDS FOLDER SEED`` fuzzes one target in a process of its
own, which ends with another status than 0 where something was found; what it was is printed, and kept in the
folder.
"""

from __future__ import annotations

import gc
import importlib.util
import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

ENGINES = ("atheris", "hypothesis")
GROWTH = 100 * 2**20
"""Bytes by which the process may grow after its first quarter: what caches hold that are bounded."""
AT_ONCE = 500
"""How many inputs Hypothesis makes before it is asked for others."""


def available() -> str:
    """The better engine of those that are installed."""
    return "atheris" if importlib.util.find_spec("atheris") else "hypothesis"


def fuzz(engine: str, target: str, seconds: float, folder: Path, first: int) -> None:
    """Fuzz one target for so long; raises what it raises.  The inputs follow from ``first``, but for how many
    there is time for."""
    {"atheris": _by_atheris, "hypothesis": _by_hypothesis}[engine](target, seconds, folder, first)


def _by_hypothesis(name: str, seconds: float, folder: Path, first: int) -> None:
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis.database import DirectoryBasedExampleDatabase

    from benchmarks.fuzz.seeds import inputs
    from benchmarks.fuzz.targets import TARGETS
    from benchmarks.processes import resident

    target = TARGETS[name]()
    began, count, failing = time.monotonic(), 0, False

    all_inputs = inputs(target.seeds, target.tokens)
    how = settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=DirectoryBasedExampleDatabase(folder / "hypothesis" / name),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

    def holds(data: bytes) -> None:
        nonlocal count, failing
        if time.monotonic() - began > seconds and not failing:
            return  # the rest of the batch; one that fails is shrunk whatever the time
        count += 1
        try:
            target(data)
        except BaseException:
            failing = True
            raise

    warm = 0
    for number in itertools.count(first):
        if (elapsed := time.monotonic() - began) >= seconds:
            break
        seed(number)(how(given(all_inputs)(holds)))()
        if not warm and elapsed > seconds / 4:
            gc.collect()
            warm = resident(os.getpid())
    target.close()
    gc.collect()
    grown = resident(os.getpid()) - warm if warm else 0
    print(
        f"{name}: {count} inputs by hypothesis in {seconds:.0f} s, grown by {grown / 2**20:.0f} MiB",
        flush=True,
    )
    if grown > GROWTH:
        raise SystemExit(f"{name}: memory grows")


def _by_atheris(name: str, seconds: float, folder: Path, first: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["acs"]):
        from benchmarks.fuzz.targets import TARGETS

    target = TARGETS[name]()
    corpus, found = folder / "corpus" / name, folder / "found" / name
    for place in (corpus, found):
        place.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number:03d}").write_bytes(b"\xff\0" + seed)
    dictionary = folder / f"{name}.dict"
    dictionary.write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens if token))
    options = [
        f"-seed={first}", f"-max_total_time={max(1, int(seconds))}", "-timeout=30", "-rss_limit_mb=1024",
        "-max_len=40000", f"-dict={dictionary}", f"-artifact_prefix={found}/", "-print_final_stats=1",
        "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], _guarded(target))
    atheris.Fuzz()  # which ends the process


def _guarded(target: Any) -> Any:
    def take(data: bytes) -> None:
        target(data)

    return take


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def main() -> None:
    """Read the arguments, fuzz."""
    engine, target, seconds, folder, first = sys.argv[1:]
    fuzz(engine, target, float(seconds), Path(folder), int(first))


if __name__ == "__main__":
    main()
