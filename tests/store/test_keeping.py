"""Copies of the embedded database, and making it smaller, beside an appliance that runs."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import psycopg2
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from acs.store import keeping
from acs.store.building import embedded_store
from acs.store.interface import StoreUnavailable
from acs.store.keeping import BACKUPS, keep, shrink, tidy
from acs.store.places import DATABASE_FILE
from tests.store.contract.base import Contract
from tests.support import postgres


def rows(path: Path, table: str) -> int:
    """How many a database has."""
    with closing(sqlite3.connect(path)) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


class OpenStoreTests(Contract):
    """Beside a store that is open, as the appliance has it."""

    def new_store(self) -> object:
        self.folder = Path(self.mktemp()).absolute()
        return embedded_store(reactor, self.clock, self.folder)  # type: ignore[arg-type]

    async def test_a_copy_has_what_the_appliance_has_committed(self) -> None:
        await self.add()
        await self.store.committed()
        kept = keep(self.folder, "tuesday", 3)
        self.assertEqual(self.folder / BACKUPS / "tuesday.sqlite", kept)
        self.assertEqual(1, rows(kept, "devices"))
        self.assertEqual(0o600, stat.S_IMODE(kept.stat().st_mode))
        self.assertEqual(0o700, stat.S_IMODE(kept.parent.stat().st_mode))

    async def test_nothing_is_made_smaller_while_the_appliance_runs(self) -> None:
        failed = self.assertRaises(StoreUnavailable, shrink, self.folder)
        self.assertIn("stop it first", str(failed))
        await self.add()
        await self.store.committed()

    async def test_the_appliance_starts_again_from_a_copy(self) -> None:
        known = await self.add()
        await self.store.committed()
        kept = keep(self.folder, "kept", 3)
        await self.store.close()
        for each in self.folder.glob(f"{DATABASE_FILE}*"):
            each.unlink()
        kept.rename(self.folder / DATABASE_FILE)
        self.store = embedded_store(reactor, self.clock, self.folder)  # type: ignore[arg-type]
        await self.store.open()
        self.assertIsNotNone(await self.store.device(known.id))


class KeepingTests(SynchronousTestCase):
    """Without one that runs."""

    def setUp(self) -> None:
        """Have a database with a table that is mostly empty space."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.database = self.folder / DATABASE_FILE
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE things (text TEXT)")
            connection.executemany("INSERT INTO things VALUES (?)", [("x" * 4000,)] * 500)
            connection.execute("DELETE FROM things WHERE rowid > 5")
            connection.commit()

    def kept(self) -> list[str]:
        """The names of the copies."""
        return sorted(each.name for each in (self.folder / BACKUPS).iterdir())

    def test_only_the_newest_are_left(self) -> None:
        for number in range(4):
            made = keep(self.folder, f"{number}", 2)
            os.utime(made, (number, number))
        self.assertEqual(["2.sqlite", "3.sqlite"], self.kept())

    def test_what_a_copy_that_was_broken_off_has_left_is_written_over(self) -> None:
        (self.folder / BACKUPS).mkdir()
        (self.folder / BACKUPS / "again.part").write_text("half")
        self.assertEqual(5, rows(keep(self.folder, "again", 2), "things"))
        self.assertEqual(["again.sqlite"], self.kept())

    def test_a_disk_that_has_no_room_gets_no_copy(self) -> None:
        self.patch(keeping, "_SPARE", 1 << 60)
        failed = self.assertRaises(StoreUnavailable, keep, self.folder, "big", 2)
        self.assertIn(f"{self.folder / BACKUPS} has no room", str(failed))
        self.assertEqual([], self.kept())

    def test_what_is_no_database_is_said_to_be_none_and_leaves_nothing(self) -> None:
        for suffix in ("-wal", "-shm"):
            self.database.with_name(DATABASE_FILE + suffix).unlink(missing_ok=True)
        self.database.write_bytes(b"no database" * 1000)
        failed = self.assertRaises(StoreUnavailable, keep, self.folder, "broken", 2)
        self.assertIn(f"{self.database} could not be copied: file is not a database", str(failed))
        self.assertEqual([], self.kept())
        failed = self.assertRaises(StoreUnavailable, shrink, self.folder)
        self.assertIn(f"{self.database} could not be made smaller", str(failed))

    def test_a_database_gives_back_what_it_does_not_need(self) -> None:
        before, after = shrink(self.folder)
        self.assertGreater(before, 1_000_000)
        self.assertLess(after, 100_000)
        self.assertEqual(after, self.database.stat().st_size)
        self.assertEqual(5, rows(self.database, "things"))

    def test_it_may_be_done_again(self) -> None:
        shrink(self.folder)
        before, after = shrink(self.folder)
        self.assertEqual(before, after)


class TidyTests(SynchronousTestCase):
    skip = postgres.SKIP or None

    def test_postgresql_counts_its_rows_anew(self) -> None:
        url = postgres.shared().url(postgres.database_for(self))
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE things AS SELECT generate_series(1, 100) AS number")
                tidy(url)
                cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'things'")
                self.assertEqual([(100.0,)], cursor.fetchall())

    def test_a_server_that_is_away_is_said_to_be(self) -> None:
        url = "postgresql://acs@127.0.0.1:1/acs?connect_timeout=2"
        failed = self.assertRaises(StoreUnavailable, tidy, url)
        self.assertIn("refused", str(failed))
