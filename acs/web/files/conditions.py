"""Whether a file is sent at all, by the If-* headers of a request (RFC 9110, section 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import formatdate

from twisted.web.http import stringToDatetime

Header = Callable[[str], str | None]
"""The value of a header by its name, in lower case; None where there is none."""

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def date_of(seconds: float) -> str:
    """A time, seconds since 1970, as HTTP writes it."""
    return formatdate(int(seconds), usegmt=True)


def refusal(header: Header, tag: str, modified: float) -> int:
    """304 or 412 where the file is not to be sent, 0 where it is.

    ``tag`` is its checksum, "" for not known; ``modified`` counts seconds since 1970.
    """
    if (given := header("if-match")) is not None:
        if not matches(given, tag, weakly=False):
            return 412
    elif (since := _date(header("if-unmodified-since"))) is not None and int(modified) > since:
        return 412
    if (given := header("if-none-match")) is not None:
        return 304 if matches(given, tag, weakly=True) else 0
    since = _date(header("if-modified-since"))
    return 304 if since is not None and int(modified) <= since else 0


def ranges_apply(header: Header, tag: str, modified: float) -> bool:
    """Whether a part may be sent: what If-Range says is still the file."""
    given = header("if-range")
    if given is None:
        return True
    given = given.strip()
    if '"' in given:
        return bool(tag) and given == f'"{tag}"'
    return _date(given) == int(modified)


def matches(given: str, tag: str, weakly: bool) -> bool:
    """Whether one of the tags that a header gives is this one, or it gives `*`; "" is like none."""
    if given.strip() == "*":
        return True
    return bool(tag) and any(found[2] == tag and (weakly or not found[1]) for found in _TAG.finditer(given))


def _date(given: str | None) -> int | None:
    """The time that a header gives; None for nonsense, which is ignored."""
    if not given:
        return None
    try:
        moment: int = stringToDatetime(given.encode("latin-1"))  # type: ignore[no-untyped-call]
        return moment
    except (ValueError, KeyError, IndexError, OverflowError):
        return None
