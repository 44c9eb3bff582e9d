"""Which names the folder may have, with what they tell of a file.

A Manufacturer or ProductClass is the name of a folder as it is.  What no name of a folder can hold is
percent-encoded there, upper or lower case: ``%2F`` a slash, ``%00`` a NUL, ``%2E`` a dot (which at the
beginning would hide the folder), ``%25`` a percent sign that would otherwise be read as one of these.  Other
percent signs are themselves.
"""

from __future__ import annotations

import re

from msgspec import Struct

from acs.firmware.image import FIRMWARE, VENDOR_CONFIGURATION, WEB_CONTENT

DESCRIPTION = "image.toml"
"""What is said of the image beside which it stands."""
UPLOADS = "uploads"
"""What devices have sent: no part of the catalogue."""
DEPTH = 16
"""Folders in each other that are looked into."""

_TYPES = {"config": VENDOR_CONFIGURATION, "web": WEB_CONTENT}
_LONGEST_NAME = 255
_LONGEST_PATH = 1024
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
_ENCODED = re.compile("%(2[FfEe5]|00)")
_OUI = re.compile("[0-9A-Fa-f]{6}")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class Place(Struct, frozen=True, gc=False):
    """What the path of a file tells; ``misplaced``: it stands where that is no model and version."""

    file_type: str = FIRMWARE
    vendor: str = ""
    product_class: str = ""
    version: str = ""
    misplaced: bool = False


def place_of(path: str) -> Place:
    """What a path that is well formed tells."""
    parts = path.split("/")
    if parts[0] in _TYPES and len(parts) > 1:
        return Place(_TYPES[parts[0]])
    if len(parts) != 4:
        return Place(misplaced=True)
    return Place(FIRMWARE, decoded(parts[0]), decoded(parts[1]), decoded(parts[2]))


def decoded(name: str) -> str:
    """The Manufacturer, ProductClass or version that a folder's name stands for."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)


def encoded(part: str) -> str:
    """The name of the folder that stands for a Manufacturer, an OUI, a ProductClass or a version."""
    plain = _ENCODED.sub(lambda found: f"%25{found[1]}", part).replace("/", "%2F").replace("\0", "%00")
    return f"%2E{plain[1:]}" if plain.startswith(".") else plain


def is_oui(vendor: str) -> bool:
    """Whether it may be an OUI, whose digits are the same in upper and lower case."""
    return _OUI.fullmatch(vendor) is not None


def ignored(name: str, is_folder: bool = False) -> bool:
    """Whether a name is passed over: hidden ones, and those of files that are still being copied."""
    return name.startswith(".") or (not is_folder and name.lower().endswith(_UNFINISHED))


def _ignored(path: str) -> bool:
    *folders, name = path.split("/")
    return ignored(name) or any(ignored(each, True) for each in folders)


def components(path: str) -> tuple[bytes, ...] | None:
    """The names in a path, as they are on disk; None where it could lead out of the folder, or nowhere."""
    try:
        names = tuple(path.encode("utf-8").split(b"/"))
    except UnicodeEncodeError:
        return None
    if len(names) > DEPTH + 1 or any(name in (b"", b".", b"..") or b"\0" in name for name in names):
        return None
    return names if all(len(name) <= _LONGEST_NAME for name in names) else None


def within(path: str) -> tuple[bytes, ...]:
    """The names in the path of a file that may be had; raises `LookupError` where there can be none."""
    names = components(path)
    if names is None or path.split("/")[0] == UPLOADS or _ignored(path):
        raise LookupError(f"no file can be at {path!r}")
    return names


def why_not(path: str) -> str:
    """Why a file cannot be put there; "" where it can."""
    names = components(path)
    if names is None:
        return "is no path: names with slashes between them, relative, without . or .."
    if _CONTROL.search(path) or len(b"/".join(names)) > _LONGEST_PATH:
        return f"has control characters, or is longer than {_LONGEST_PATH} bytes"
    if _ignored(path):
        return "would be passed over: names begin with no dot, and do not end as those of unfinished files do"
    if path.split("/")[0] == UPLOADS or place_of(path).misplaced:
        return "must be <Manufacturer or OUI>/<ProductClass>/<version>/<file>, config/... or web/..."
    return ""
