"""Bringing a PostgreSQL database up to date."""

from __future__ import annotations

from collections.abc import Sequence

from acs.store.interface import StoreError
from acs.store.migrations import Migration, missing
from acs.store.postgresql.link import Line

LEAST = 130000
"""The oldest server that has all we say to it: PostgreSQL 13."""

LOCK = 0x616373
"""The advisory lock ("acs") under which tables are made, so that nodes wait for each other."""

_THERE = (
    "SELECT 1 FROM pg_catalog.pg_class"
    " WHERE relname = 'schema' AND relnamespace = current_schema()::regnamespace"
)
_NOTE = "INSERT INTO schema (version, name) VALUES (?, ?)"


async def check_server(line: Line) -> None:
    """Raise `StoreError` for a server or a database that cannot hold what we have to store."""
    ((version, encoding),) = await line.say(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    )
    if version < LEAST:
        raise StoreError(f"PostgreSQL {version // 10000} is too old: {LEAST // 10000} is needed")
    if encoding != "UTF8":
        raise StoreError(f"the database is in {encoding}: it has to be created with ENCODING 'UTF8'")


async def upgrade(line: Line, migrations: Sequence[Migration]) -> None:
    """Apply the migrations that the database lacks, all in one transaction; raises `NewerSchema`.

    Of several nodes that start at once one does it, and the others find it done.
    """
    if not missing(migrations, await version_of(line)):
        return
    async with line.all_or_nothing():
        await line.say("BEGIN; SET LOCAL statement_timeout = 0")
        await line.say(f"SELECT pg_advisory_xact_lock({LOCK})")
        for step in missing(migrations, await version_of(line)):
            for statement in step.statements:
                await line.say(statement)
            await line.say(line.quote(_NOTE, (step.number, step.name)))
        await line.say("COMMIT")


async def version_of(line: Line) -> int:
    """The number of the last migration applied; 0 for an empty database."""
    # Not to_regclass, which may answer from before another node's commit.
    if not await line.say(_THERE):
        return 0
    ((version,),) = await line.say("SELECT coalesce(max(version), 0) FROM schema")
    return int(version)
