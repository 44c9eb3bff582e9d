"""The database as a file that is kept, or made smaller: blocking work, beside the appliance or without it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from acs.store.folders import make_folder, sync_names
from acs.store.interface import StoreUnavailable
from acs.store.places import DATABASE_FILE

BACKUPS = "backups"
_PAGES = 4096
"""How many pages are copied at a time: between them the appliance can write."""
_SPARE = 64 << 20
"""Bytes that are left free on the disk."""


def keep(state_dir: Path, name: str, most: int) -> Path:
    """Copy the database as it is at one moment to ``backups/NAME.sqlite``, on disk when this returns, and
    leave the newest ``most`` there.  The appliance may run.  Raises OSError, `StoreUnavailable`."""
    source, folder = state_dir / DATABASE_FILE, state_dir / BACKUPS
    make_folder(folder)
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < source.stat().st_size + _SPARE:
        raise StoreUnavailable(f"{folder} has no room for a copy of {source}")
    part, whole = folder / f"{name}.part", folder / f"{name}.sqlite"
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_opened(source, "ro")) as there, closing(sqlite3.connect(part)) as here:
            there.backup(here, pages=_PAGES)
        _sync(part)
        part.rename(whole)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise StoreUnavailable(f"{source} could not be copied: {error}") from error
    sync_names(folder)
    for old in sorted(folder.glob("*.sqlite"), key=lambda each: each.stat().st_mtime)[:-most]:
        old.unlink()
    return whole


def shrink(state_dir: Path) -> tuple[int, int]:
    """Give back what the embedded database has no use for any more; its bytes before and after.  Nobody can
    write meanwhile, so the appliance must not run.  Raises OSError, `StoreUnavailable`."""
    path = state_dir / DATABASE_FILE
    with _alone(path):
        before = path.stat().st_size
        try:
            with closing(_opened(path, "rw")) as connection:
                connection.execute("VACUUM")
                connection.execute("ANALYZE")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{path} could not be made smaller: {error}") from error
        return before, path.stat().st_size


def tidy(url: str) -> None:
    """Have PostgreSQL make room for new rows where old ones were, and count them anew; appliances may run.
    Raises `StoreUnavailable`."""
    try:
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")
    except psycopg2.Error as error:
        raise StoreUnavailable(str(error).strip()) from error


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30.0)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep the appliance from starting, as it would another (`acs.store.sqlite.database`)."""
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreUnavailable("the appliance runs: stop it first, as nobody can write meanwhile") from None
    try:
        yield
    finally:
        os.close(lock)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
