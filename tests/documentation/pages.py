"""What the pages of the documentation tell their readers to type, and to write into files.

A literal block whose first word is a program's has commands; a code block with a caption is a file of that
name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests import ROOT

PROGRAMS = re.compile(
    r"(?:\.venv/bin/)?(?:acsctl|twistd|python -m|pip|trial)\s"
    r"|(?:make|curl|apt-get|apt|sudo|systemctl|dpkg|psql|openssl|journalctl|haproxy|prosodyctl|install|cp)\s"
    r"|[A-Z]+=\S"
)
"""How a line begins that is typed into a shell."""
_BLOCK = re.compile(r"^(?P<indent> *)(?:\.\. (?:code-block|sourcecode):: *(?P<language>\S*)|(?!\.\. ).*::)$")
_CAPTION = re.compile(r"^ +:caption: (\S+)$", re.MULTILINE)
_INLINE = re.compile(r"``((?:\.venv/bin/)?acsctl\s[^`]+)``")


@dataclass(frozen=True)
class Typed:
    """A command: ``line`` is its first one's number, ``text`` all of it, with comments."""

    page: str
    line: int
    text: str

    @property
    def words(self) -> list[str]:
        """As a shell would split it."""
        return shlex.split(self.text.replace("\\\n", " "), comments=True)

    @property
    def is_acsctl(self) -> bool:
        """Whether it is ``acsctl ...`` and nothing else."""
        return self.text.removeprefix(".venv/bin/").startswith("acsctl ")

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Written:
    """A file that the reader is told to have."""

    name: str
    text: str


def pages() -> list[Path]:
    """All of them: the one that everybody reads first, then those of a newcomer, then the others."""
    first = [ROOT / "README.rst", ROOT / "docs/quickstart.rst", ROOT / "docs/ten-minutes.rst"]
    return [*first, *(path for path in sorted((ROOT / "docs").glob("*.rst")) if path not in first)]


def read(page: Path) -> Iterator[Typed | Written]:
    """What is to be typed and written, in the order in which it stands."""
    lines = page.read_text().splitlines()
    for start, end in blocks(lines):
        body = "\n".join(lines[start:end])
        caption = _CAPTION.search(body)
        if caption is not None:
            yield Written(caption[1], dedent(body[caption.end() :]).strip("\n") + "\n")
        else:
            yield from _commands(page.name, start, dedent(body).splitlines())


def blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Where literal blocks begin and end."""
    number = 0
    while number < len(lines):
        found = _BLOCK.match(lines[number])
        number += 1
        if found is None:
            continue
        start, indent = number, len(found["indent"])
        while number < len(lines) and (not lines[number].strip() or _indent(lines[number]) > indent):
            number += 1
        yield start, number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _commands(page: str, start: int, lines: list[str]) -> Iterator[Typed]:
    number = 0
    while number < len(lines):
        first, text = number, lines[number]
        number += 1
        if not PROGRAMS.match(text):
            continue
        while number < len(lines) and not _is_whole(text):
            text += "\n" + lines[number]
            number += 1
        yield Typed(page, start + first + 1, text)


def _is_whole(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return not text.endswith("\\")


def inline(page: Path) -> Iterator[Typed]:
    """Those that stand in a sentence."""
    text = page.read_text()
    for found in _INLINE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Typed(page.name, line, " ".join(found[1].split()))
