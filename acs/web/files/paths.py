"""The path of a file in the target of a request, read once, strictly.

What has an escape too many, a folder above, a separator in disguise is no path; nothing is repaired here.
Names are compared as they are written: letters that look alike, or that Unicode can write in two ways, are
not the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from urllib.parse import unquote_to_bytes

from acs.hypertext.authorization import path_of

LONGEST = 1024
"""Characters that a target may have: a URL in a Download has 256 at most (TR-069 A.3.2.8)."""
LONGEST_NAME = 255
"""Bytes of one name in it, as file systems have it."""
UPLOADS = "uploads"
"""The folder of what devices have sent, which is nobody's to download here."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")


class BadPath(Exception):
    """The target means no file; the text says why."""


def segments_of(target: str) -> list[str]:
    """The names in a target of a request, a character for each byte, each unquoted; raises `BadPath`."""
    path = path_of(target)
    if len(target) > LONGEST:
        raise BadPath("it is too long")
    if not path.startswith("/"):
        raise BadPath("it does not begin with a slash")
    return [_segment(raw) for raw in path[1:].split("/")]


def _segment(raw: str) -> str:
    try:
        name = unquote_to_bytes(raw.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise BadPath("it is not UTF-8") from None
    if name in ("", ".", ".."):
        raise BadPath(f"a name in it is {name!r}")
    if _FORBIDDEN.search(name):
        raise BadPath("a name in it has a slash, a backslash or a control character")
    if len(name.encode()) > LONGEST_NAME:
        raise BadPath("a name in it is too long")
    return name


def file_of(segments: Iterable[str]) -> str:
    """The path of the file that names stand for; raises `BadPath` for those that are not to be had here."""
    names = list(segments)
    if not names or names[0].casefold() == UPLOADS or any(name.startswith(".") for name in names):
        raise BadPath("it is hidden")
    return "/".join(names)


def opened_by(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of these patterns fits a path: ``*`` stands for whatever there is, slashes too, ``?`` for
    a character, ``[ab]`` for one of some."""
    compiled = [re.compile(translate(pattern)) for pattern in patterns]
    return lambda path: any(each.match(path) for each in compiled)
