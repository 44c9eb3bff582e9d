"""What the log looks like: a line an event, as text or as JSON.

What devices say cannot make lines of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
)


def observer(stream: TextIO, level: str, form: str) -> ILogObserver:
    """An observer that writes events of ``level`` and above to ``stream``; ``form`` is "text" or "json"."""
    formats: dict[str, Callable[[LogEvent], str | None]] = {"text": as_text, "json": as_json}
    writer = FileLogObserver(stream, formats[form])
    least = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    filtering: ILogObserver = FilteringLogObserver(writer, [least])
    return filtering


def stream(logfile: str) -> TextIO:
    """The file of this name, to append to; "-" is standard output."""
    return sys.stdout if logfile == "-" else open(logfile, "a", encoding="utf-8", buffering=1)


def as_text(event: LogEvent) -> str | None:
    """``2026-11-25T12:00:00.123Z info acs.http message``; a traceback follows on lines of its own."""
    words = one_line(formatEvent(event))
    trace = _traceback(event)
    if not words and not trace:
        return None
    level: Any = event.get("log_level", LogLevel.info)
    place = event.get("log_namespace", "-")
    return f"{_when(event)} {level.name} {place} {words}\n{trace}"


def as_json(event: LogEvent) -> str | None:
    """A JSON object: time, level, namespace, message, and the traceback where there is one."""
    words = one_line(formatEvent(event))
    trace = _traceback(event)
    if not words and not trace:
        return None
    level: Any = event.get("log_level", LogLevel.info)
    record = {
        "time": _when(event),
        "level": level.name,
        "namespace": event.get("log_namespace", "-"),
        "message": words,
    }
    if trace:
        record["traceback"] = trace
    return json.dumps(record) + "\n"


def one_line(words: str) -> str:
    """``words`` without anything that could begin a new line or drive a terminal."""
    if words.isprintable():
        return words
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in words
    )


def _when(event: LogEvent) -> str:
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return str(failure.getTraceback()) if failure is not None else ""
