"""How the templates write what the API tells: times, durations, sizes, pieces of URLs."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlencode

import orjson
from markupsafe import Markup

from acs.web.serving.schema import JSON

_UNITS = ("B", "kB", "MB", "GB", "TB")


def segment(text: str) -> str:
    """As one segment of a path."""
    return quote(text, safe="")


def when(moment: str | None) -> Markup:
    """A time (RFC 3339), which the page's script writes as the reader's clock has it."""
    if not moment:
        return Markup('<span class="none">never</span>')
    shown = datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}">{}</time>').format(moment, shown)


def seconds(duration: float | None) -> str:
    """A duration in at most two units."""
    if duration is None:
        return ""
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 60:
        return f"{duration:.1f} s" if duration % 1 else f"{duration:.0f} s"
    whole = int(duration)
    for size, name, smaller, next_name in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {next_name}" if rest else "")
    raise AssertionError(duration)


def size(count: float | None) -> str:
    """So many bytes."""
    if count is None:
        return ""
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            break
        count /= 1000
    return f"{count:.0f} {unit}" if count >= 100 or unit == "B" else f"{count:.1f} {unit}"


def number(count: int | None) -> str:
    """A number with its thousands apart."""
    return "" if count is None else f"{count:,}".replace(",", "\u202f")


def share(count: int, whole: int) -> str:
    """A part of a whole; one that is small is not nothing."""
    if not count or not whole:
        return "0%"
    return f"{count / whole:.0%}" if count / whole >= 0.01 else "< 1%"


def pretty(value: JSON) -> str:
    """JSON over several lines."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def compact(value: JSON) -> str:
    """JSON in one line, for a script to read."""
    return orjson.dumps(value).decode()


def path_words(target: str) -> str:
    """A path of the API as people read it."""
    return " / ".join(map(unquote, target.removeprefix("/api/v1/").split("/")))


def with_query(target: str, **given: str) -> str:
    """A path with some parameters of its query given, or given anew."""
    path, _, query = target.partition("?")
    return f"{path}?{urlencode(dict(parse_qsl(query)) | given)}"


_FILTERS = (segment, when, seconds, size, number, pretty, compact, path_words, with_query)
ALL = {each.__name__: each for each in _FILTERS}
"""All of them, by the names that templates know."""
