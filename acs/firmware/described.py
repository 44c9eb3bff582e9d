"""What the ``image.toml`` beside an image says of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

LONGEST = 1 << 16
"""Bytes that one may have."""

_FILE_TYPE = re.compile(r"([1-9][0-9]?|X [0-9A-Fa-f]{6}) [^\x00-\x1f\x7f]+")


class Description(Struct, frozen=True, gc=False):
    """What is said, each member "" or empty where it is not; or ``problem``, why it cannot be taken."""

    file_type: str = ""
    target_file_name: str = ""
    models: tuple[str, ...] = ()
    notes: str = ""
    reported: str = ""
    problem: str = ""


def describe(content: bytes) -> Description:
    """The description in a file; an unknown key or a wrong type spoils all of it."""
    if len(content) > LONGEST:
        return Description(problem=f"is longer than {LONGEST} bytes")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Description(problem=f"is not TOML: {error}")
    wrong = [f"{name}: {reason}" for name, value in document.items() if (reason := _why_not(name, value))]
    if wrong:
        return Description(problem="; ".join(wrong))
    given: dict[str, Any] = {**document, "models": tuple(document.get("models", ()))}
    return Description(**given)


def _why_not(name: str, value: object) -> str:
    if name not in _KEYS:
        return f"unknown key; known: {', '.join(_KEYS)}"
    return _KEYS[name](value)


def _line(longest: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
            return f"must be a text on one line, of at most {longest} characters"
        return ""

    return check


def _text(value: object) -> str:
    return "" if isinstance(value, str) and len(value) <= LONGEST else "must be a text"


def _file_type(value: object) -> str:
    if not isinstance(value, str) or len(value) > 64 or not _FILE_TYPE.fullmatch(value):
        return "must be a FileType of the standard, such as 1 Firmware Upgrade Image"
    return ""


def _models(value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) and "/" in each for each in value):
        return "must be a list of models, each Manufacturer/ProductClass"
    return ""


_KEYS: Mapping[str, Callable[[object], str]] = {
    "file_type": _file_type,
    "target_file_name": _line(256),
    "models": _models,
    "notes": _text,
    "reported": _line(64),
}
