"""The benchmarks that `make bench` runs, and those beside them: their names, with arguments for three sizes.

``full`` is what goes into the documentation, ``quick`` tells whether something has gone badly wrong,
``least`` only that the benchmark works.  One benchmark may give several rows of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIZES = ("full", "quick", "least")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """``python -m benchmarks.MODULE`` with these arguments, after ``always``."""

    name: str
    module: str
    quick: str
    least: str
    always: str = ""
    full: str = ""

    def arguments(self, size: str) -> Sequence[str]:
        """All behind the name of the module."""
        return f"{self.always} {getattr(self, size)}".split()


_QUICK = "--rounds 3 --sessions 500 --devices 60"
_LEAST = "--rounds 1 --sessions 16 --devices 3"

ALL = (
    Benchmark("periodic", "session", _QUICK, _LEAST),
    Benchmark("periodic-postgresql", "session", _QUICK, _LEAST, "--store postgresql"),
    Benchmark(
        "database",
        "database",
        "--rounds 3 --sessions 640 --devices 100",
        "--rounds 1 --sessions 64 --devices 3",
    ),
    Benchmark("full", "full_session", "--rounds 3 --sessions 50", "--rounds 1 --sessions 2"),
    Benchmark("understanding", "understanding", "--rounds 5", "--rounds 1 --parameters 3"),
    Benchmark("bytes", "stored_bytes", "--sessions 1000 --full 100", "--sessions 300 --full 20 --devices 3"),
    Benchmark("connections", "connections", _QUICK, _LEAST),
    Benchmark(
        "workers",
        "workers",
        "--rounds 2 --sessions 1000 --devices 60",
        "--rounds 1 --sessions 16 --devices 4 --started 0.5",
    ),
    Benchmark("memory", "open_sessions", "--sessions 1000", "--sessions 20 --settled 0"),
    Benchmark("memory-tls", "open_sessions", "--sessions 1000", "--sessions 20 --settled 0", "--tls"),
    Benchmark("tls", "tls", "--rounds 3 --sessions 200 --devices 20", _LEAST),
    Benchmark("digest", "digest", _QUICK, _LEAST),
    Benchmark("jobs", "jobs", "--rounds 3 --sessions 100", "--rounds 1 --sessions 2"),
    Benchmark(
        "active",
        "active",
        "--devices 20000 --active 2000 --rounds 3",
        "--devices 30 --active 6 --few 3 --rounds 1 --settled 0",
    ),
    Benchmark("starting", "starting", "--rounds 2", "--rounds 1 --idle 0"),
    Benchmark("image", "files", "--rounds 3", "--rounds 1 --size 1 --together 4", "--transfers 0"),
)

BESIDE = (
    Benchmark(
        "soak",
        "soak",
        "--seconds 300 --rate 50 --devices 1000 --every 15 --keep 60",
        "--seconds 12 --rate 20 --devices 40 --every 1 --keep 5",
    ),
)
"""Those that run where they are asked for by name alone: the full size takes hours."""
