"""Names in texts, ``{{ device.serial_number }}``, for which something is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["UnknownName", "fill", "names"]

# Nothing is given back once it was taken, which keeps the expression linear in the length of the text.
_NAME = re.compile(r"\{\{[ \t]*+(([a-z_]++)\.([a-z0-9_]++))[ \t]*+\}\}")


class UnknownName(ValueError):
    """A text asks for a name for which there is nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no {self.name}"


def fill(text: str, facts: Mapping[str, Mapping[str, str]]) -> str:
    """``text`` with ``facts["device"]["serial_number"]`` for ``{{ device.serial_number }}``.

    Braces that stand around no such name stay as they are; so do those in what is filled in.  Raises
    `UnknownName`.
    """

    def fact(match: re.Match[str]) -> str:
        found = facts.get(match[2], {}).get(match[3])
        if found is None:
            raise UnknownName(match[1])
        return found

    return _NAME.sub(fact, text)


def names(text: str) -> tuple[str, ...]:
    """The names that it asks for, such as "device.serial_number", each once, in their order."""
    return tuple(dict.fromkeys(match[1] for match in _NAME.finditer(text)))
