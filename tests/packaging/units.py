"""What a unit file says, as far as systemd's service may be started without systemd."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.packaging import PACKAGING

FILE = PACKAGING / "debian" / "acs.service"


@dataclass(frozen=True)
class Unit:
    """A unit's sections: each key with all its values, in order."""

    sections: dict[str, dict[str, list[str]]]

    def all(self, key: str, section: str = "Service") -> list[str]:
        """Every value of a key."""
        return self.sections[section].get(key, [])

    def one(self, key: str, section: str = "Service") -> str:
        """The value of a key that is there once."""
        [value] = self.all(key, section)
        return value

    def command(self, key: str) -> list[str]:
        """A command line, as words."""
        return shlex.split(self.one(key))


def read(text: str) -> Unit:
    """A unit file's text."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = sections.setdefault(match[1], {})
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return Unit(sections)


def shipped() -> Unit:
    """The package's."""
    return read(FILE.read_text("utf-8"))


def installed(root: Path) -> Unit:
    """The one that lies in a root."""
    path = root / "lib" / "systemd" / "system" / "acs.service"
    return read(path.read_text("utf-8"))
