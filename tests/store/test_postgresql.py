"""PostgreSQL that goes away, comes back, refuses, and takes too long."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from acs.store.building import networked_store
from acs.store.database import Statement
from acs.store.interface import Query, StoreConflict, StoreError, StoreUnavailable
from acs.store.migrations import shipped
from acs.store.postgresql.database import PostgresqlDatabase
from acs.store.records import Exchange, Session, SessionResult
from acs.store.store import DurableStore
from tests.store.contract.base import device
from tests.store.test_postgresql_contract import template
from tests.support import postgres
from tests.support.ports import free_port

SHIPPED = shipped("postgresql")
ADD = "INSERT INTO categories (name) VALUES (?)"
NAMES = "SELECT name FROM categories ORDER BY name"
OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
# The first time that it is called, and never again: what a sequence has given out is not rolled back.
DEADLOCK = """
CREATE SEQUENCE calls;
CREATE FUNCTION deadlock() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('calls') = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'deadlock_detected';
    END IF;
END $$"""


def categories(*names: str) -> list[list[Statement]]:
    return [[Statement(ADD, (name,))] for name in names]


class DatabaseTests(TestCase):
    """On a server that runs."""

    skip = postgres.SKIP or None
    timeout = 30

    async def setUp(self) -> None:
        self.cluster = postgres.shared()
        self.name = postgres.database_for(self, template())
        self.database = PostgresqlDatabase(reactor, reactor, self.cluster.url(self.name))  # type: ignore[arg-type]
        await self.database.open(SHIPPED)

    async def tearDown(self) -> None:
        await self.database.close()

    def cut(self) -> None:
        """Have the server end all connections to our database."""
        self.cluster.say(OTHERS.replace("SELECT pid", "SELECT pg_terminate_backend(pid)"), self.name)

    async def names(self) -> list[str]:
        return [name for (name,) in await self.database.query(NAMES)]

    async def test_a_unit_that_is_refused_undoes_itself_alone(self) -> None:
        results = await self.database.commit(
            [
                *categories("a"),
                [Statement(ADD, ("b",)), Statement(ADD, ("a",))],
                [Statement("NONSENSE")],
                [Statement(ADD + " RETURNING name", ("c",)), Statement("SELECT 1"), Statement("SELECT 2")],
            ]
        )
        self.assertEqual([], results[0])
        self.assertIsInstance(results[1], StoreConflict)
        self.assertIs(StoreError, type(results[2]))
        self.assertEqual([("c",), (1,), (2,)], results[3])
        self.assertEqual(["a", "c"], await self.names())

    async def test_after_a_deadlock_a_unit_that_is_refused_still_undoes_itself_alone(self) -> None:
        self.cluster.say(DEADLOCK, self.name)
        results = await self.database.commit(
            [[Statement("SELECT deadlock()::text")], *categories("a", "a", "b")]
        )
        self.assertEqual([[("",)], []], results[:2])
        self.assertIsInstance(results[2], StoreConflict)
        self.assertEqual(["a", "b"], await self.names())

    async def test_rows_come_from_the_statements_that_have_some(self) -> None:
        results = await self.database.commit(
            [*categories("a", "b"), [Statement("SELECT name FROM categories ORDER BY 1")], *categories("c")]
        )
        self.assertEqual([[], [], [("a",), ("b",)], []], results)

    async def test_values_are_never_part_of_the_sql(self) -> None:
        odd = ["'; DROP TABLE users; --", "\\'", "%s", "%(x)s", "?", "\u00e9\U0001f600", '"', "$$", "E'\\x'"]
        await self.database.commit(categories(*odd))
        self.assertEqual(sorted(odd), await self.names())
        self.assertEqual([(1,)], await self.database.query("SELECT 1 FROM categories WHERE name = ?", ["%s"]))
        self.assertEqual([("50%",)], await self.database.query("SELECT '50%'"))

    async def test_bytes_come_back_as_bytes(self) -> None:
        every = bytes(range(256))
        await self.database.commit(
            [
                [Statement("INSERT INTO conversations VALUES (?, ?, 0, 0, 0)", (number, every))]
                for number in (1, 2)
            ]
        )
        self.assertEqual(
            [(every,), (every,)], await self.database.query("SELECT document FROM conversations")
        )

    async def test_much_is_written_in_pieces(self) -> None:
        await self.database.commit(
            [
                [Statement("INSERT INTO conversations VALUES (?, ?, 0, 0, 0)", (number, bytes(700_000)))]
                for number in range(5)
            ]
        )
        ((size,),) = await self.database.query("SELECT sum(length(document))::bigint FROM conversations")
        self.assertEqual(3_500_000, size)

    async def test_connections_that_were_cut_while_idle_are_made_anew(self) -> None:
        await gatherResults([self.database.query("SELECT 1") for _ in range(8)])
        for name in "ab":
            self.cut()
            await deferLater(reactor, 0.1)  # type: ignore[arg-type]
            await self.database.commit(categories(name))
            await gatherResults([self.database.query("SELECT 1") for _ in range(8)])
        self.assertEqual(["a", "b"], await self.names())

    async def test_a_connection_that_breaks_leaves_nothing_in_the_reactor(self) -> None:
        for number in range(10):
            self.cut()  # and no turn of the reactor, in which that would be noticed
            asking = [self.database.query("SELECT 1") for _ in range(4)]
            try:
                await self.database.commit(categories(str(number)))
            except StoreUnavailable:
                await self.database.commit(categories(f"again {number}"))
            await gatherResults(asking)
            watched = reactor._reads | reactor._writes  # type: ignore[attr-defined]
            self.assertEqual(set(), watched - set(reactor._selectables))  # type: ignore[attr-defined]

    async def test_a_query_whose_connection_is_cut_is_asked_once_more(self) -> None:
        asking = [self.database.query("SELECT 7, pg_sleep(0.2)::text") for _ in range(3)]
        await deferLater(reactor, 0.1)  # type: ignore[arg-type]
        self.cut()
        self.assertEqual([[(7, "")]] * 3, await gatherResults(asking))

    async def test_a_transaction_whose_connection_is_cut_is_not_there(self) -> None:
        units = [*categories("a"), [Statement("SELECT pg_sleep(5)::text")]]
        writing = self.database.commit(units)
        await deferLater(reactor, 0.1)  # type: ignore[arg-type]
        self.cut()
        with self.assertRaises(StoreUnavailable):
            await writing
        self.assertEqual([], await self.names())
        await self.database.commit(categories("b"))
        self.assertEqual(["b"], await self.names())

    async def test_what_takes_too_long_is_cancelled(self) -> None:
        with self.assertRaises(StoreUnavailable) as late:
            await self.database.commit(
                [[Statement("SET LOCAL statement_timeout = 50")], [Statement("SELECT pg_sleep(10)::text")]]
            )
        self.assertIn("too long", str(late.exception))
        await self.database.commit(categories("a"))
        self.assertEqual(["a"], await self.names())

    async def test_what_another_holds_for_too_long_is_no_refusal(self) -> None:
        with closing(psycopg2.connect(self.cluster.url(self.name))) as other, other.cursor() as cursor:
            cursor.execute("LOCK TABLE users")
            with self.assertRaises(StoreUnavailable):
                await self.database.commit(
                    [
                        [Statement("SET LOCAL lock_timeout = 1")],
                        *categories("a"),
                        [Statement("LOCK TABLE users")],
                    ]
                )
        self.assertEqual([], await self.names())
        await self.database.commit(categories("b"))

    async def test_a_server_that_cannot_be_written_is_away(self) -> None:
        self.cluster.say(f"ALTER DATABASE {self.name} SET default_transaction_read_only = on")
        self.cut()
        with self.assertRaises(StoreUnavailable):
            await self.database.commit(categories("a"))
        self.cluster.say(f"ALTER DATABASE {self.name} SET default_transaction_read_only = off")
        await self.database.commit(categories("b"))

    async def test_after_closing_nothing_is_asked(self) -> None:
        await self.database.close()
        for asking in (self.database.query("SELECT 1"), self.database.commit(categories("a"))):
            with self.assertRaises(StoreUnavailable):
                await asking


class HangingUp(Protocol):
    """Says something to whoever says something, and hangs up."""

    words = b""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(self.words)
        self.transport.loseConnection()


class UnreachableTests(TestCase):
    """Where there is no server, or none that answers."""

    skip = postgres.SKIP or None
    timeout = 30

    async def refused(self, url: str, clock: Any = reactor) -> str:
        """What is said about a database that cannot be opened."""
        with self.assertRaises(StoreUnavailable) as refusal:
            await PostgresqlDatabase(reactor, clock, url).open(SHIPPED)  # type: ignore[arg-type]
        return str(refusal.exception)

    async def test_nobody_listens(self) -> None:
        words = await self.refused(f"postgresql://acs:hush@127.0.0.1:{free_port()}/acs")
        self.assertIn("refused", words)
        self.assertNotIn("hush", words)

    async def test_there_is_no_such_database_or_user(self) -> None:
        self.assertIn("nowhere", await self.refused(postgres.shared().url("nowhere")))
        url = postgres.shared().url("postgres").replace("//acs@", "//nobody:hush@")
        words = await self.refused(url)
        self.assertIn("nobody", words)
        self.assertNotIn("hush", words)

    async def test_a_name_that_nobody_has(self) -> None:
        self.assertIn("acs.invalid", await self.refused("postgresql://acs@acs.invalid/acs"))

    async def test_a_name_is_looked_up(self) -> None:
        cluster = postgres.shared()
        url = cluster.url(cluster.new_database(template())).replace("127.0.0.1", "localhost")
        database = PostgresqlDatabase(reactor, reactor, url)  # type: ignore[arg-type]
        await database.open(SHIPPED)
        await database.close()

    async def test_somebody_else_listens_and_says_nothing(self) -> None:
        factory = Factory.forProtocol(Protocol)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        clock = Clock()
        waiting = ensureDeferred(self.refused(f"postgresql://acs@127.0.0.1:{port.getHost().port}/acs", clock))
        await deferLater(reactor, 0.1)  # type: ignore[arg-type]
        clock.advance(10)
        self.assertIn("no connection within 10 s", await waiting)

    async def test_one_that_breaks_off_leaves_nothing_in_the_reactor(self) -> None:
        factory = Factory.forProtocol(HangingUp)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        url = f"postgresql://acs@127.0.0.1:{port.getHost().port}/acs"
        for HangingUp.words in (b"", b"N", b"E\0\0\0\x0dS FATAL\0\0", b"R\0\0\0\x08\0\0\0\0", b"junk" * 10):
            await self.refused(url)
            watched = reactor._reads | reactor._writes  # type: ignore[attr-defined]
            self.assertEqual(set(), watched - set(reactor._selectables))  # type: ignore[attr-defined]

    def test_a_url_that_is_none_is_refused_without_being_told(self) -> None:
        for url in ("postgresql://acs:hush%zz@h/d", "postgresql://acs:hush@h/d?nonsense=1"):
            with self.assertRaises(StoreError) as refusal:
                PostgresqlDatabase(reactor, reactor, url)  # type: ignore[arg-type]
            self.assertNotIn("hush", str(refusal.exception))


class RestartTests(TestCase):
    """A server that stops and starts under a store."""

    skip = postgres.SKIP or None
    timeout = 60

    async def setUp(self) -> None:
        self.cluster = postgres.Cluster()
        self.addCleanup(self.cluster.remove)
        self.cluster.start()
        url = self.cluster.url(self.cluster.new_database())
        self.store: DurableStore = networked_store(reactor, reactor, Path(self.mktemp()), url)  # type: ignore[arg-type]
        await self.store.open()

    async def tearDown(self) -> None:
        await self.store.close()

    def save(self, of: str) -> int:
        now = reactor.seconds()  # type: ignore[attr-defined]
        number = self.store.new_id()
        session = Session(number, started=now, ended=now, device=of, result=SessionResult.SUCCESS)
        self.store.save_session(session, [Exchange(1, "in", now)])
        return number

    async def until_it_works(self) -> None:
        for _ in range(200):
            try:
                await self.store.check()
                return
            except StoreUnavailable:
                await deferLater(reactor, 0.05)  # type: ignore[arg-type]
        self.fail("it does not recover")

    async def test_what_was_said_meanwhile_is_written_when_it_is_back(self) -> None:
        known = await self.store.add_device(device(1))
        before = self.save(known.id)
        await self.store.committed()
        for mode in ("fast", "immediate"):
            self.cluster.stop(mode)
            during = [self.save(known.id) for _ in range(300)]
            with self.assertRaises(StoreUnavailable):
                await self.store.committed()
            self.assertFalse(self.store.available)
            with self.assertRaises(StoreUnavailable):
                await self.store.check()
            with self.assertRaises(StoreUnavailable):
                await self.store.add_device(device(2))
            self.store.change_device(known.id, notes=mode)
            self.cluster.start()
            await self.until_it_works()
            self.assertTrue(self.store.available)
            await self.store.committed()
            for number in (before, *during):
                self.assertIsNotNone(await self.store.conversation(number))
        listed = (await self.store.devices(Query())).items
        self.assertEqual([("immediate", 601)], [(each.notes, each.inform_count) for each in listed])

    async def test_nobody_waits_for_ever(self) -> None:
        waiting: list[Deferred[Any]] = []
        self.cluster.stop()
        waiting += [self.store.committed(), ensureDeferred(self.store.sessions(Query()))]
        waiting += [ensureDeferred(self.store.device("unknown")) for _ in range(20)]
        for each in waiting[1:]:
            with self.assertRaises(StoreUnavailable):
                await each
