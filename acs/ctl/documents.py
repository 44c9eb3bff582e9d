"""Documents that a command takes from a file: TOML where its name ends so, else JSON.

``-`` is standard input.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from typing import Any

from acs.ctl.errors import CommandFailed
from acs.ctl.rpc_arguments import document


def is_whole(words: Sequence[str]) -> bool:
    """Whether these words stand for a whole document, and not for some pairs."""
    return len(words) == 1 and (words[0] == "-" or words[0].startswith("@"))


def read(word: str) -> Any:
    """The document that ``@FILE`` or ``-`` stands for."""
    try:
        text = document(word)
        return tomllib.loads(text) if word.endswith(".toml") else json.loads(text)
    except OSError as error:
        raise CommandFailed(f"cannot read {word[1:]}: {error.strerror}") from error
    except ValueError as error:
        raise CommandFailed(f"{word.removeprefix('@')}: {error}", status=2) from error


def pair(word: str, form: str) -> tuple[str, str]:
    """The two sides of the word's first ``=``; ``form`` is what it should have looked like."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise CommandFailed(f"{word!r} is not {form}, @FILE or -", status=2)
    return name, value
