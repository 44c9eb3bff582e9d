"""Bringing a SQLite file up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from acs.store.migrations import Migration, missing


def upgrade(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Apply the migrations that the database lacks, all in one transaction; raises `NewerSchema`.

    A file that holds something is copied first, to ``<path>.before-NNN`` where NNN is the first step it
    lacked.
    """
    version = version_of(connection)
    steps = missing(migrations, version)
    if not steps:
        return
    if version:
        back_up(connection, path.with_name(f"{path.name}.before-{steps[0].number:03}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been quicker while this one waited for the lock.
        for step in missing(migrations, version_of(connection)):
            for statement in step.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO schema (version, name) VALUES (?, ?)", (step.number, step.name))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the last migration applied; 0 for an empty file."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema'").fetchone():
        return 0
    version: int = connection.execute("SELECT max(version) FROM schema").fetchone()[0]
    return version


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the database, under a temporary name until it is whole."""
    making = target.with_name(target.name + ".making")
    making.unlink(missing_ok=True)
    os.close(os.open(making, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(making)) as copy:
        connection.backup(copy)
    making.replace(target)
