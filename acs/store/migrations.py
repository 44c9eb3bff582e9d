"""The database's schema as numbered SQL files, each a step from one version to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from acs.store.interface import NewerSchema

_NAME = re.compile(r"(\d{3})-([\w-]+)\.sql")
_COMMENT = re.compile(r"--.*")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: what to do to a database of version ``number`` - 1."""

    number: int
    name: str
    statements: tuple[str, ...]


def shipped(dialect: str) -> tuple[Migration, ...]:
    """The steps of this release for "sqlite" or "postgresql", in order: ``schema/<dialect>/NNN-name.sql``."""
    found = []
    for file in (files("acs.store") / "schema" / dialect).iterdir():
        if match := _NAME.fullmatch(file.name):
            found.append(Migration(int(match[1]), match[2], split(file.read_text("utf-8"))))
    return tuple(sorted(found, key=lambda migration: migration.number))


def missing(migrations: Sequence[Migration], version: int) -> tuple[Migration, ...]:
    """What a database of that version (0: empty) still needs; raises `NewerSchema` where it is ahead of
    us."""
    newest = max((migration.number for migration in migrations), default=0)
    if version > newest:
        raise NewerSchema(
            f"the database has schema {version}, this release knows up to {newest}: install the release that "
            "has been here before, or put the backup in place that was made before it came"
        )
    return tuple(migration for migration in migrations if migration.number > version)


def split(text: str) -> tuple[str, ...]:
    """The statements of a file, each of which ends with a semicolon at the end of a line.

    Comments are left out, so that equal schemas are equal texts.
    """
    statements: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        bare = _COMMENT.sub("", line).rstrip()
        if bare:
            lines.append(bare)
        if bare.endswith(";"):
            statements.append("\n".join(lines).removesuffix(";"))
            lines = []
    return tuple(statements)
