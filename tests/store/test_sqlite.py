"""The store on SQLite: transactions, threads, files, and what a disk does to them."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.utils import getProcessOutputAndValue
from twisted.logger import LogLevel, capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from acs.store import groups, segments
from acs.store.building import embedded_store
from acs.store.database import Statement
from acs.store.ids import as_text
from acs.store.interface import NewerSchema, Query, StoreConflict, StoreError, StoreUnavailable
from acs.store.records import Configuration, Parameter, Role
from acs.store.records.people import Token, User
from acs.store.sqlite.database import SqliteDatabase
from acs.store.store import DurableStore
from tests import ROOT, only_with
from tests.store.contract.base import Contract, device, exchange


class SqliteCase(Contract):
    """An open store in `folder`."""

    store: DurableStore

    def new_store(self, **options: Any) -> DurableStore:
        if not hasattr(self, "folder"):
            self.folder = Path(self.mktemp())
        return embedded_store(reactor, self.clock, self.folder, **options)  # type: ignore[arg-type]

    @property
    def database(self) -> SqliteDatabase:
        database = self.store._database
        assert isinstance(database, SqliteDatabase)
        return database

    async def in_writer(self, work: Any) -> Any:
        """What ``work`` returns, called with the connection in the writer's thread."""
        assert self.database._writer is not None
        return await self.database._writer.do(work)

    async def trace(self) -> list[str]:
        """The statements that the writer carries out from now on, by their first words."""
        said: list[str] = []

        def note(sql: str) -> None:
            said.append(" ".join(sql.split()[:3]))

        await self.in_writer(lambda c: c.set_trace_callback(note))
        return said

    async def pause(self, seconds: float) -> None:
        done: Deferred[None] = Deferred()
        self.clock.callLater(seconds, done.callback, None)
        await done


class TransactionTests(SqliteCase):
    @only_with("groups")
    async def test_a_steady_session_is_one_transaction_with_two_rows(self) -> None:
        known = await self.add()
        said = await self.trace()
        self.store.change_device(known.id, software_version="")
        self.save(known.id, exchange(1), exchange(2))
        await self.store.committed()
        wanted = ["BEGIN IMMEDIATE", "INSERT INTO sessions", "INSERT INTO conversations", "COMMIT"]
        self.assertEqual(wanted, said)

    @only_with("groups")
    async def test_sessions_share_transactions(self) -> None:
        devices = [await self.add(number) for number in range(10)]
        said = await self.trace()
        for number in range(64 * 5):
            self.save(devices[number % 10].id, exchange(1))
        await self.store.committed()
        counted = Counter(said)
        self.assertLessEqual(counted["COMMIT"], 3)
        self.assertLessEqual(counted["INSERT INTO sessions"], 8)
        self.assertEqual(0, counted["UPDATE devices SET"])

    async def test_a_change_writes_the_columns_that_differ(self) -> None:
        known = await self.add(software_version="1")
        statements: list[str] = []
        await self.in_writer(lambda c: c.set_trace_callback(statements.append))
        self.store.change_device(known.id, software_version="2", hardware_version="", notes="")
        await self.store.committed()
        self.assertEqual(
            [
                "BEGIN IMMEDIATE",
                f"UPDATE devices SET software_version = '2' WHERE key = {known.key}",
                "COMMIT",
            ],
            statements,
        )

    async def test_a_unit_that_is_refused_undoes_itself_alone(self) -> None:
        write = self.store._groups.write
        add = "INSERT INTO categories (name) VALUES (?)"
        good = write(Statement(add, ("a",)))
        bad = write(Statement(add, ("b",)), Statement(add, ("a",)))
        worse = write(Statement(add, ("c",)), Statement("NONSENSE"))
        worst = write(Statement(add, (object(),)))
        also_good = write(Statement(add, ("d",)), Statement(add + " RETURNING name", ("e",)))
        await good
        await self.assertFailure(bad, StoreConflict)
        await self.assertFailure(worse, StoreError)
        await self.assertFailure(worst, StoreError)
        self.assertEqual([("e",)], await also_good)
        self.assertEqual(["a", "d", "e"], [each.name for each in await self.store.categories()])

    async def test_a_query_sees_what_was_said_before_it(self) -> None:
        for _ in range(20):
            session = self.save("", exchange(1))
            self.assertEqual(session, await self.store.session(session.id))

    async def test_a_device_is_looked_up_while_the_writer_is_busy(self) -> None:
        known = await self.add()
        await self.reopen()
        release = threading.Event()
        busy = self.in_writer_later(lambda _: release.wait(10))
        self.save()
        waiting = Deferred.fromCoroutine(self.store.sessions(Query()))
        self.assertEqual(known, await self.store.device(known.id))
        self.assertFalse(waiting.called)
        release.set()
        await busy
        self.assertEqual(1, len((await waiting).items))

    def in_writer_later(self, work: Any) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.in_writer(work))

    async def test_the_reactor_goes_on_while_the_disk_does_not(self) -> None:
        release = threading.Event()
        busy = self.in_writer_later(lambda _: release.wait(10))
        began = time.monotonic()
        for _ in range(500):
            self.save("", exchange(1, body=b"x" * 10_000))
        await self.pause(0.02)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(self.store.committed().called)
        release.set()
        await busy
        await self.store.committed()

    async def test_a_statement_of_the_lists_cannot_write(self) -> None:
        with self.assertRaises(StoreError):
            await self.database.query("DELETE FROM devices")


class FailureTests(SqliteCase):
    async def setUp(self) -> None:
        self.patch(groups, "REST", 0.02)
        await super().setUp()

    async def fill_the_disk(self) -> None:
        """Let the database's file grow no further."""
        await self.in_writer(lambda c: c.execute("PRAGMA max_page_count = 1").fetchall())

    async def empty_the_disk(self) -> None:
        await self.in_writer(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchall())

    async def test_a_full_disk_is_said_and_nothing_that_was_accepted_is_lost(self) -> None:
        known = await self.add()
        await self.fill_the_disk()
        sessions = [self.save(known.id, exchange(1, body=os.urandom(3000))) for _ in range(200)]
        self.store.change_device(known.id, notes="kept")
        await self.assertFailure(self.store.committed(), StoreUnavailable)
        accepting = Deferred.fromCoroutine(self.accept(known.id, arguments={"x": os.urandom(9000).hex()}))
        await self.assertFailure(accepting, StoreUnavailable)
        self.assertEqual((), self.store.open_jobs(known.id))
        self.assertEqual("kept", (await self.known(known.id)).notes)
        await self.empty_the_disk()
        await self.store.check()
        await self.store.committed()
        await self.reopen()
        again = await self.known(known.id)
        self.assertEqual(("kept", 200), (again.notes, again.inform_count))
        for session in sessions:
            self.assertEqual(session, await self.store.session(session.id))
            self.assertIsNotNone(await self.store.conversation(session.id))

    async def test_a_disk_that_takes_nothing_fails_the_check(self) -> None:
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        with self.assertRaises(StoreUnavailable):
            await self.store.check()
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = OFF"))
        await self.store.check()

    async def test_reading_goes_on_while_writing_cannot(self) -> None:
        known, other = await self.add(1), await self.add(2)
        await self.store.put_user(User("anna", Role.ADMIN, "x", 1.0))
        await self.reopen()
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        self.save(known.id)
        self.assertEqual(other, await self.store.device(other.id))
        self.assertEqual([known.id, other.id], await self.found())
        self.assertIsNotNone(await self.store.user("anna"))
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = OFF"))
        await self.store.check()
        self.assertEqual(1, (await self.known(known.id)).inform_count)

    async def test_an_archive_that_takes_nothing_holds_back_the_rows_that_name_it(self) -> None:
        (self.folder / "archive").write_bytes(b"in the way")
        messages = (exchange(1, body=Random(1).randbytes(20_000)),)
        session = self.save("", *messages)
        await self.assertFailure(self.store.committed(), StoreUnavailable)
        self.assertIsNone(await self.store.session(session.id))
        (self.folder / "archive").unlink()
        await self.store.check()
        self.assertEqual(session, await self.store.session(session.id))
        self.assertEqual(messages, await self.store.conversation(session.id))

    async def test_a_conversation_without_room_is_lost_with_a_line_in_the_log_its_session_is_not(
        self,
    ) -> None:
        self.patch(segments, "PENDING_BYTES", 10_000)
        with capturedLogs() as logged:
            session = self.save("", exchange(1, body=Random(1).randbytes(20_000)))
            await self.store.committed()
        self.assertEqual(session, await self.store.session(session.id))
        self.assertIsNone(await self.store.conversation(session.id))
        (line,) = [formatEvent(event) for event in logged if event["log_level"] is LogLevel.critical]
        why = "the archive's disk has taken nothing for too long"
        self.assertEqual(f"the conversation of session {as_text(session.id)} is lost: {why}", line)

    async def test_a_cancelled_job_is_queued_again_where_that_could_not_be_written(self) -> None:
        job = await self.accept((await self.add()).id)
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        await self.assertFailure(Deferred.fromCoroutine(self.store.cancel_job(job.id, 5.0)), StoreUnavailable)
        self.assertEqual((job,), self.store.open_jobs(job.device))
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = OFF"))
        await self.store.check()
        self.assertEqual(job, await self.store.job(job.id))

    async def test_a_job_is_not_taken_where_that_could_not_be_written(self) -> None:
        job = await self.accept((await self.add()).id)
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        await self.assertFailure(
            Deferred.fromCoroutine(self.store.send_job(job.id, 5.0, self.store.new_id())), StoreUnavailable
        )
        self.assertEqual((job,), self.store.open_jobs(job.device))
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = OFF"))
        await self.store.check()
        self.assertEqual(job, await self.store.job(job.id))

    async def test_a_device_is_still_there_where_forgetting_it_could_not_be_written(self) -> None:
        known = await self.add()
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        await self.assertFailure(Deferred.fromCoroutine(self.store.delete_device(known.id)), StoreUnavailable)
        self.assertEqual(known, self.store.resident(known.id))
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = OFF"))
        await self.store.check()

    async def test_closing_on_a_full_disk_says_so_and_lets_go(self) -> None:
        self.save()
        await self.in_writer(lambda c: c.execute("PRAGMA query_only = ON"))
        await self.assertFailure(Deferred.fromCoroutine(self.store.close()), StoreUnavailable)
        self.assertEqual([], [t for t in threading.enumerate() if t.name.startswith("store-")])
        self.store = self.new_store()
        await self.store.open()

    async def test_a_damaged_conversation_is_said_to_be(self) -> None:
        random = Random(1)
        first, second = (self.save("", exchange(1, body=random.randbytes(10_000))) for _ in range(2))
        await self.store.committed()
        segment = next((self.folder / "archive").iterdir())
        os.truncate(segment, segment.stat().st_size - 1)
        self.assertIsNotNone(await self.store.conversation(first.id))
        await self.assertFailure(Deferred.fromCoroutine(self.store.conversation(second.id)), StoreError)
        segment.unlink()
        self.assertIsNone(await self.store.conversation(first.id))


class FileTests(SqliteCase):
    async def test_files_are_for_their_owner_alone(self) -> None:
        self.save("", exchange(1, body=os.urandom(10_000)))
        await self.store.committed()
        for path in (self.folder, *self.folder.rglob("*")):
            wanted = 0o700 if path.is_dir() else 0o600
            self.assertEqual(wanted, stat.S_IMODE(path.stat().st_mode), path)

    async def test_no_secret_can_be_read_in_them(self) -> None:
        known = await self.add()
        job = await self.accept(known.id, arguments={"Password": "sesame-1"})
        self.store.change_job(job.id, result={"x": "sesame-2"}, fault={"x": "sesame-3"})
        for number in (4, 5):
            parameters = {name: Parameter(name, f"sesame-{number}") for name in ("Device.X.KeyPassphrase",)}
            await self.store.keep_parameters(known.id, parameters, 1.0)
        self.save(known.id, exchange(1, body=b"sesame-6", head=b"sesame-7"))
        for scope, name in (("all", "default"), ("device", known.id)):
            await self.store.put_configuration(Configuration(scope, name, "8", {"sesame-8": "sesame-9"}))
        await self.store.committed()
        for path in self.folder.rglob("*"):
            self.assertNotIn(b"sesame", path.read_bytes() if path.is_file() else b"", path)

    async def test_another_key_is_refused(self) -> None:
        await self.store.close()
        (self.folder / "secret.key").write_bytes(os.urandom(32))
        with self.assertRaises(StoreError) as refusal:
            await self.new_store().open()
        self.assertIn("secret.key", str(refusal.exception))
        (self.folder / "secret.key").unlink()
        with self.assertRaises(StoreError):
            await self.new_store().open()
        self.folder = self.folder.with_name("other")
        self.store = self.new_store()
        await self.store.open()

    async def test_a_second_appliance_is_refused(self) -> None:
        with self.assertRaises(StoreUnavailable) as refusal:
            await self.new_store().open()
        self.assertIn("in use", str(refusal.exception))
        await self.store.check()

    async def test_another_process_may_come_as_a_guest(self) -> None:
        known = await self.add()
        script = (
            "import sys, pathlib\n"
            "from twisted.internet import task\n"
            "from twisted.internet.defer import ensureDeferred\n"
            "from acs.store.building import embedded_store\n"
            "from acs.store.records.people import Token\n"
            "from acs.store.records import Role\n"
            "async def visit(reactor):\n"
            "    store = embedded_store(reactor, reactor, pathlib.Path(sys.argv[1]), guest=True)\n"
            "    await store.open()\n"
            "    await store.add_token(Token('guest', Role.ADMIN, 'ab' * 32, 1.0))\n"
            "    print((await store.device(sys.argv[2])).serial_number)\n"
            "    await store.close()\n"
            "task.react(lambda reactor: ensureDeferred(visit(reactor)))\n"
        )
        self.save(known.id)
        arguments = ["-c", script, str(self.folder.resolve()), known.id]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        out, err, code = await getProcessOutputAndValue(sys.executable, arguments, environment)
        self.assertEqual((b"S0001\n", b"", 0), (out, err, code))
        found = await self.store.token("ab" * 32)
        assert found is not None
        self.assertEqual("guest", found.name)

    async def test_what_is_no_database_is_refused(self) -> None:
        await self.store.close()
        (self.folder / "acs.sqlite").write_bytes(b"not a database" * 1000)
        with self.assertRaises(StoreUnavailable):
            await self.new_store().open()
        self.folder = self.folder.with_name("other")
        self.store = self.new_store()
        await self.store.open()

    async def test_a_newer_database_is_refused_and_left_alone(self) -> None:
        await self.store.close()
        path = self.folder / "acs.sqlite"
        with sqlite3.connect(path) as connection:
            connection.execute("INSERT INTO schema (version, name) VALUES (999, 'future')")
        connection.close()
        before = path.read_bytes()
        with self.assertRaises(NewerSchema):
            await self.new_store().open()
        self.assertEqual(before, path.read_bytes())
        self.folder = self.folder.with_name("other")
        self.store = self.new_store()
        await self.store.open()


class ThreadTests(TestCase):
    timeout = 20

    def threads(self) -> list[str]:
        return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("store-"))

    def make(self) -> DurableStore:
        return embedded_store(reactor, reactor, Path(self.mktemp()))  # type: ignore[arg-type]

    async def test_there_are_two_threads_while_it_is_open_and_none_before_or_after(self) -> None:
        store = self.make()
        self.assertEqual([], self.threads())
        await store.open()
        await store.add_device(device(1))
        self.assertEqual(["store-reader", "store-writer"], self.threads())
        await store.close()
        self.assertEqual([], self.threads())
        self.assertEqual([], [call for call in reactor.getDelayedCalls() if "store" in repr(call)])  # type: ignore[attr-defined]

    async def test_a_store_can_be_opened_again(self) -> None:
        store = self.make()
        for count in range(3):
            await store.open()
            await store.add_token(Token(str(count), Role.VIEWER, str(count), 1.0))
            self.assertEqual(count + 1, len(await store.tokens()))
            await store.close()

    async def test_a_store_that_is_not_open_says_so(self) -> None:
        store = self.make()
        for _ in range(2):
            with self.assertRaises(StoreUnavailable):
                await store.device("x")
            await store.open()
            await store.close()

    async def test_what_was_asked_before_closing_is_answered(self) -> None:
        store = self.make()
        await store.open()
        asked = [Deferred.fromCoroutine(store.add_device(device(number))) for number in range(20)]
        await gatherResults(asked)
        queries = [store._database.query("SELECT count(*) FROM devices") for _ in range(20)]
        await store.close()
        self.assertEqual([[(20,)]] * 20, await gatherResults(queries))
