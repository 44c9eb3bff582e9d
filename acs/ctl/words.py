"""What a word on the command line stands for: a name with its value, or a document in a file."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acs.ctl.errors import CommandFailed


def pair(word: str, form: str = "NAME=VALUE") -> tuple[str, str]:
    """The name and the value that stand in a word; raises `CommandFailed`, with the ``form`` that is due."""
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise CommandFailed(f"{word!r} is not {form}", status=2)
    return name, value


def is_document(words: Sequence[str]) -> bool:
    """Whether all that is said is ``@FILE``, or ``-`` for the standard input."""
    return len(words) == 1 and (words[0] == "-" or words[0].startswith("@"))


def document(word: str) -> str:
    """What stands in ``@FILE``, or comes from the standard input.  Raises OSError, ValueError."""
    return sys.stdin.read() if word == "-" else Path(word[1:]).read_text("utf-8")


def read(word: str) -> Any:
    """The document in ``@FILE`` or standard input: TOML where the file's name ends so, else JSON.  Raises
    OSError, and `CommandFailed` for what is neither."""
    try:
        text = document(word)
        return tomllib.loads(text) if word.endswith(".toml") else json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"{source(word)}: {error}", status=2) from error


def source(word: str) -> str:
    """What a person calls the place that a document comes from."""
    return "standard input" if word == "-" else word[1:]
