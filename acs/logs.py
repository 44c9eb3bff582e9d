"""What the log looks like: a line an event, as text or as JSON.

What devices say cannot make lines of its own, nor fields: a line of text is one event unless it is indented,
which those of a traceback are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
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

FIELDS: Mapping[str, tuple[str, ...]] = {
    "device": ("device",),
    "session": ("session",),
    "address": ("address", "client"),
    "who": ("who",),
}
"""What an event may be about, and what it is called in events."""
INDENT = "    "
TALKATIVE = ("twisted.web.client._HTTP11ClientFactory",)
"""What tells of every connection; it is for who wants to hear all."""


def observer(stream: TextIO, level: str, form: str) -> ILogObserver:
    """An observer that writes events of ``level`` and above to ``stream``; ``form`` is "text" or "json"."""
    formats: dict[str, Callable[[LogEvent], str | None]] = {"text": as_text, "json": as_json}
    writer = FileLogObserver(stream, formats[form])
    least = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    if level == "info":
        for name in TALKATIVE:
            least.setLogLevelForNamespace(name, LogLevel.warn)
    filtering: ILogObserver = FilteringLogObserver(writer, [least])
    return filtering


def stream(logfile: str) -> TextIO:
    """The file of this name, to append to; "-" is standard output."""
    return sys.stdout if logfile == "-" else open(logfile, "a", encoding="utf-8", buffering=1)


def as_text(event: LogEvent) -> str | None:
    """``2026-11-25T12:00:00.123Z info acs.http message``; a traceback follows, indented."""
    words = one_line(formatEvent(event))
    trace = _traceback(event)
    if not words and not trace:
        return None
    level: Any = event.get("log_level", LogLevel.info)
    place = event.get("log_namespace", "-")
    below = "".join(f"{INDENT}{one_line(line)}\n" for line in trace.splitlines())
    return f"{_when(event)} {level.name} {place} {words}\n{below}"


def as_json(event: LogEvent) -> str | None:
    """A JSON object: time, level, namespace, message, the `FIELDS` that there are, and the traceback where
    there is one."""
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
        **_about(event),
    }
    if trace:
        record["traceback"] = trace
    return json.dumps(record) + "\n"


def _about(event: LogEvent) -> dict[str, str]:
    """What the event is about, of what is known of it."""
    found = {name: [event[key] for key in keys if event.get(key)] for name, keys in FIELDS.items()}
    return {name: one_line(str(values[0])) for name, values in found.items() if values}


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
