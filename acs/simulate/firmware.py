"""Which version a simulated CPE runs after it has fetched a firmware image, which is no real image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from urllib.parse import unquote, urlsplit


class Fate(Enum):
    """What becomes of an image that was fetched: it is run; the device starts and runs what it ran, though it
    tells of success; it is found to be broken; the device does not survive it."""

    RUNS = auto()
    KEEPS = auto()
    FAILS = auto()
    VANISHES = auto()


IMAGE = "1 "
"""How the FileType of an image begins that is to be run at once: "1 Firmware Upgrade Image"."""

_VERSION = re.compile(r"[vV]?[0-9]+(\.[0-9A-Za-z]+)+([-_+~][0-9A-Za-z.]+)*\Z")
_LAST_NUMBER = re.compile(r"[0-9]+(?=[^0-9]*\Z)")
_LONGEST = 64


def version_after(url: str, start: bytes, current: str, versions: Sequence[str]) -> str:
    """The version that an image brings.

    That of the folder that the URL names, ``.../<version>/<file>``; else the first line of the file, if it is
    text; else the one that comes after ``current`` in the model's ``versions``, or is made up.
    """
    return _in_url(url) or _in_first_line(start) or _next(current, versions)


def _in_url(url: str) -> str:
    folders = unquote(urlsplit(url).path).split("/")[:-1]
    return folders[-1] if folders and _VERSION.match(folders[-1]) and len(folders[-1]) <= _LONGEST else ""


def _in_first_line(start: bytes) -> str:
    line = start.split(b"\n", 1)[0].strip()
    if not line or len(line) > _LONGEST:
        return ""
    try:
        text = line.decode("ascii")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _next(current: str, versions: Sequence[str]) -> str:
    if current in versions[:-1]:
        return versions[versions.index(current) + 1]
    bumped, count = _LAST_NUMBER.subn(lambda number: str(int(number[0]) + 1), current, count=1)
    return bumped if count else f"{current}.1"
