"""Tests of the command line, run within this process against a real HTTP server and a real store."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from acs.ctl import main


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """The standard output."""
        return self.output.decode("utf-8")

    @property
    def lines(self) -> list[str]:
        """The lines of the standard output."""
        return self.text.splitlines()


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def acsctl(*words: str, stdin: str = "", terminal: bool = False) -> Outcome:
    """Run ``acsctl`` with these arguments; with ``terminal``, all three streams are one."""
    kind = Terminal if terminal else io.TextIOWrapper
    given, output, errors = (kind(io.BytesIO(data), "utf-8") for data in (stdin.encode(), b"", b""))
    with _streams(given, output, errors):
        try:
            status = main(words)
        except SystemExit as ended:
            assert isinstance(ended.code, int)
            status = ended.code
    output.flush()
    errors.flush()
    return Outcome(status, _bytes(output), _bytes(errors).decode("utf-8"))


def _bytes(stream: io.TextIOWrapper) -> bytes:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()


@contextmanager
def _streams(given: io.TextIOWrapper, output: io.TextIOWrapper, errors: io.TextIOWrapper) -> Iterator[None]:
    saved = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = given, output, errors
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = saved
