"""What a diagnostic has found, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from acs.web.serving.schema import JSON

NAMES = {
    "IPPing": "Ping",
    "TraceRoute": "Trace route",
    "DownloadDiagnostics": "Download speed",
    "UploadDiagnostics": "Upload speed",
    "NSLookupDiagnostics": "Name lookup",
    "NeighboringWiFiDiagnostic": "Wi-Fi neighbours",
}
"""What people call them, in the order in which they are shown."""

USUAL = frozenset({"NumberOfRepetitions", "NumberOfTries"})
"""Arguments that are asked for at once, though they need not be given."""


class Table(NamedTuple):
    """Rows of texts, by columns that some row has something in."""

    name: str
    columns: list[str]
    rows: list[list[str]]


class Finding(NamedTuple):
    """In a sentence, by single values, and as tables."""

    summary: str
    facts: list[tuple[str, str]]
    tables: list[Table]


def finding(job: JSON) -> Finding:
    """Of the result of a diagnostic's job; empty where there is none yet."""
    result: Mapping[str, JSON] = job["result"] or {}
    facts = [(name, str(value)) for name, value in result.items() if not isinstance(value, list)]
    tables = [_table(name, rows) for name, rows in result.items() if isinstance(rows, list) and rows]
    sum_up = _SUMMARIES.get(job["rpc"])
    summary = sum_up(result) if sum_up is not None and job["state"] == "done" else ""
    return Finding(summary, facts, tables)


def _table(name: str, rows: list[Mapping[str, JSON]]) -> Table:
    columns = list(dict.fromkeys(column for row in rows for column, value in row.items() if value != ""))
    return Table(name, columns, [[str(row.get(column, "")) for column in columns] for row in rows])


def _ping(found: Mapping[str, JSON]) -> str:
    good, bad = _whole(found.get("SuccessCount")), _whole(found.get("FailureCount"))
    times = [found.get(f"{which}ResponseTime") for which in ("Average", "Minimum", "Maximum")]
    told = f", {times[0]} ms on average ({times[1]} to {times[2]})" if good and all(times) else ""
    return f"{good} of {good + bad} came back{told}"


def _hops(found: Mapping[str, JSON]) -> str:
    return f"{len(found.get('RouteHops') or ())} hops"


def _lookup(found: Mapping[str, JSON]) -> str:
    answers = [row.get("IPAddresses", "") for row in found.get("Result") or ()]
    return ", ".join(dict.fromkeys(filter(None, answers))) or "no address"


def _neighbours(found: Mapping[str, JSON]) -> str:
    return f"{len(found.get('Result') or ())} networks are heard"


def _speed(*counts: str) -> Callable[[Mapping[str, JSON]], str]:
    def speed(found: Mapping[str, JSON]) -> str:
        bits = 8 * next((_whole(found[name]) for name in counts if found.get(name)), 0)
        try:
            began, ended = (datetime.fromisoformat(str(found[name])) for name in ("BOMTime", "EOMTime"))
            seconds = (ended - began).total_seconds()
        except (KeyError, ValueError, TypeError):
            return ""
        return f"{bits / seconds / 1e6:.1f} Mbit/s over {seconds:.1f} s" if bits and seconds > 0 else ""

    return speed


def _whole(value: JSON) -> int:
    """What a device says is a number."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


_SUMMARIES: Mapping[str, Callable[[Mapping[str, JSON]], str]] = {
    "IPPing": _ping,
    "TraceRoute": _hops,
    "DownloadDiagnostics": _speed("TestBytesReceived", "TotalBytesReceived"),
    "UploadDiagnostics": _speed("TestBytesSent", "TotalBytesSent"),
    "NSLookupDiagnostics": _lookup,
    "NeighboringWiFiDiagnostic": _neighbours,
}
