"""How far a long piece of work is, on one line of the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

from acs.ctl.text import printable

Tell = Callable[[str], None]


def telling(about: str) -> Tell:
    """One line on the terminal, written anew each time; no words leave it empty."""

    def tell(words: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        line = printable(f"{about}: {words}")[-width:] if words else ""
        print(f"\r{line:<{width}}", end="" if line else "\r", file=sys.stderr, flush=True)

    return tell


def to_nobody(words: str) -> None:
    """Show nothing."""
