"""The table of a run of all benchmarks: as text, or in the documentation with a picture beside it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from OpenSSL import SSL

from benchmarks.nginx import PROGRAM
from benchmarks.picture import picture
from benchmarks.results import Result
from tests.support.postgres import programs

BEGIN = ".. The table begins here: python -m benchmarks writes what stands between the marks."
END = ".. The table ends here."
_LIBRARIES = (
    "Twisted",
    "lxml",
    "msgspec",
    "orjson",
    "zstandard",
    "psycopg2-binary",
    "txpostgres",
    "pyOpenSSL",
)
_HEADS = ("Work", "Measured against", "Measured", "Half of the rounds", "Goal", "Met")


@dataclass(slots=True)
class Run:
    """What the benchmarks found, and the names of those that failed."""

    results: list[Result] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Sequence[str]]:
        """Those of the table, without its head."""
        for each in self.results:
            unit = each.unit and f" {each.unit}"
            first, third = each.spread
            spread = f"{first:.3g} to {third:.3g}" if len(each.rounds) > 1 else ""
            goal = f"{'at least ' if each.at_least else ''}{each.goal:g}{unit}"
            yield (
                each.name,
                each.against,
                f"{each.value:.3g}{unit}",
                spread,
                goal,
                "yes" if each.met else "no",
            )
        for name in self.failed:
            yield f"({name})", "", "failed", "", "", "no"

    def as_text(self) -> str:
        """The table with its head, which is reStructuredText too."""
        rows = [_HEADS, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        line = "  ".join("=" * width for width in widths)
        head, *body = (_line(row, widths) for row in rows)
        return "\n".join((line, head, line, *body, line))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # An empty first cell would join a row to the one above; no other needs anything.
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def write(document: Path, run: Run, words: str) -> None:
    """Put the table between the marks below these words, the picture beside it; ValueError without marks."""
    before, after = around(document)
    image = document.with_suffix(".svg")
    image.write_text(picture(run.results))
    parts = (
        words,
        run.as_text(),
        f".. image:: {image.name}\n   :alt: What was measured, as multiples of each goal",
    )
    document.write_text(f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}")


def around(document: Path) -> tuple[str, str]:
    """What stands before the document's marks, and behind them; raises ValueError without them."""
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{document} has no marks that the table could stand between")
    return before, after


def about(size: str) -> str:
    """Where, with what and when it is measured that begins now, as a paragraph."""
    kind = "" if size == "full" else f" ({size}: too few rounds to trust)"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    openssl = SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode().split(" ")[1]
    programs = ", ".join(filter(None, (_nginx(), _postgresql())))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}{kind}, commit {_commit()}:\n"
        f"{_processor()}, {os.cpu_count()} cores, {_memory()} GB of memory, Linux {platform.release()}.\n"
        f"Python {platform.python_version()}, {libraries};\n"
        f"OpenSSL {openssl} in pyOpenSSL, {ssl.OPENSSL_VERSION.split(' ')[1]} in Python; {programs}."
    )


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _commit() -> str:
    said = _said("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty")
    return said or "unknown"


def _nginx() -> str:
    return _said(PROGRAM, "-v").removeprefix("nginx version: ").replace("/", " ") if PROGRAM else ""


def _postgresql() -> str:
    folder = programs()
    said = _said(str(folder / "postgres"), "--version") if folder else ""
    return " ".join(said.replace("(PostgreSQL)", "").split()[:2]).replace("postgres", "PostgreSQL")


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
