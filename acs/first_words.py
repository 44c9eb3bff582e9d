"""What a first start says, so that somebody can log in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from acs.systemd import keeps_journal

FILE = "first-password"


def announce(url: str, password: str, state_dir: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Print where the console is and how to come in.  The password is not printed where that goes into a log,
    which must not have it: it is then in a file of the state directory, for its owner alone."""
    words = f"console: {url}\nuser: admin\n"
    if keeps_journal(environment):
        path = state_dir / FILE
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{password}\n")
        words += f"password: in {path}"
    else:
        words += f"password: {password}"
    # Not through the log: it has a password in it.
    print(words, file=sys.__stdout__, flush=True)
