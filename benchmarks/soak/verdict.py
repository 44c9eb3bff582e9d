"""What the windows of a run, or of several that go on with one another, come to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.results import Result
from benchmarks.soak.durations import of_json, together

Row = Mapping[str, Any]

GROWTH = 10.0
"""By how many megabytes an hour the appliance may grow: at 500 sessions a second six bytes for each."""
SLOWER = 1.2
REACHED = 0.99
"""Which share of the sessions that were due has to have come about."""
MB = 1_000_000
_NO_SESSIONS = ("api", "job", "file")
_HOUR = 3600.0


def read(table: Path) -> list[Row]:
    """The windows that were written there."""
    return [json.loads(line) for line in table.read_text().splitlines()]


def line_of(row: Row) -> str:
    """A window for people."""
    times = of_json(row["times"])
    sessions = sum(count for kind, count in row["done"].items() if kind not in _NO_SESSIONS)
    lost = ", ".join(f"{kind} {count}" for kind, count in row["lost"].items())
    spread = " ".join(f"{1000 * each:.0f}" for each in (times.percentile(0.5), times.percentile(0.99)))
    return (
        f"{row['piece']:>2} {row['at']:>6.0f} s {sessions:>7} done {sessions / row['seconds']:>6.1f}/s"
        f" {sum(row['lost'].values())} lost, {row['held']} held back;"
        f" p50 p99 max {spread} {1000 * times.longest:.0f} ms, load late by {1000 * row['late']:.0f};"
        f" {row['resident'] / MB:.1f} MB, CPU {row['cpu']:.0%};"
        f" database {row['database'] / MB:.1f} MB, segments {row['segments'] / MB:.1f} MB;"
        f" {row['open']:.0f} open, {row['jobs']:.0f} jobs, commit {1000 * row['commit']:.1f} ms"
        f"{'; lost: ' + lost if lost else ''}"
    )


def results(rows: Sequence[Row], errors: int) -> Iterator[Result]:
    """The verdict, with how many tracebacks there were."""
    windows = [row for row in rows if not row.get("tail")]
    lost = sum(sum(row["lost"].values()) for row in rows)
    yield Result("soak, sessions lost", "", 0, [lost], "sessions")
    hours = sum(row["seconds"] for row in windows) / _HOUR
    grows = slope(rows) * _HOUR / MB
    yield Result(f"soak of {hours:.2g} h, resident memory grows", "", GROWTH, [grows], "MB/h")
    tenth = max(1, len(windows) // 10)
    for name, key in (("sessions", "times"), ("periodic sessions", "steady")):
        first, last = (
            together(of_json(row[key]) for row in part).percentile(0.99)
            for part in (windows[:tenth], windows[-tenth:])
        )
        yield Result(f"soak, p99 of {name}, the last tenth", "the first tenth", SLOWER, [last / first])
    done, due = sum(_begun(row) for row in windows), sum(row["held"] for row in windows)
    yield Result("soak, sessions begun of those due", "", REACHED, [done / max(done + due, 1)], at_least=True)
    yield Result("soak, tracebacks in the log", "", 0, [errors], "tracebacks")


def summary(rows: Sequence[Row]) -> str:
    """How much was done, and what was lost, by kind."""
    done: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for row in rows:
        done.update(row["done"])
        lost.update(row["lost"])
    bytes_each = slope(rows) * sum(row["seconds"] for row in rows) / max(done.total(), 1)
    return (
        f"done: {', '.join(f'{kind} {count}' for kind, count in done.most_common())}\n"
        f"lost: {', '.join(f'{kind} {count}' for kind, count in lost.most_common()) or 'none'}\n"
        f"memory: {bytes_each:+.1f} bytes for each of them"
    )


def slope(rows: Sequence[Row]) -> float:
    """Bytes of memory a second, the same in all pieces; the first tenth of each is its warm-up."""
    above = below = 0.0
    for piece in _pieces(rows):
        windows = [row for row in piece if not row.get("tail")]
        settled = windows[len(windows) // 10 :]
        if len(settled) < 2:
            continue
        when, held = mean(row["at"] for row in settled), mean(row["resident"] for row in settled)
        above += sum((row["at"] - when) * (row["resident"] - held) for row in settled)
        below += sum((row["at"] - when) ** 2 for row in settled)
    return above / below if below else 0.0


def _begun(row: Row) -> int:
    return int(sum(row["done"].values()) + sum(row["lost"].values()))


def _pieces(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for _, piece in groupby(rows, lambda row: row["piece"]):
        yield list(piece)
