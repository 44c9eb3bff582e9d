"""Hooks by SQL, against a PostgreSQL of the tests' own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import skipIf

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from acs.configuration.document import Entry
from acs.hooks import HookFailed, Related, Subject
from acs.hooks.asking import Hooks, Limits
from acs.hooks.circuit import FAILURES, REST_SECONDS, Circuit
from acs.hooks.postgresql import CONNECTIONS, MOST_ROWS, Database
from acs.hooks.sql import SqlHooks, is_there
from tests.support import postgres
from tests.support.ports import free_port

SUBJECT = Subject("001CA8-Box-S1", "AirTies", "001CA8", "Box", "S1", client_ip="192.0.2.7")
NASTY = "'; DROP TABLE customers; --\\ %(client_ip)s %s \"é"

SCHEMA = f"""
CREATE TABLE customers (
    id integer, serial text, address inet, ssid text, vip boolean, speed numeric, changed timestamptz
);
INSERT INTO customers VALUES
    (17, 'S1', '192.0.2.7', 'Café', true, 12.50, '2026-11-23 19:30:00+00'),
    (18, '{NASTY.replace("'", "''")}', '192.0.2.8', 'Other', false, NULL, NULL),
    (19, 'twice', NULL, 'a', false, NULL, NULL), (20, 'twice', NULL, 'b', false, NULL, NULL);
CREATE TABLE wishes (customer text, path text, value text, notify text, secret boolean);
INSERT INTO wishes VALUES ('17', '.A', 'x', NULL, NULL), ('17', '.B', 'hush', 'active', true);
"""
RELATED = """
    SELECT id, ssid AS wifi_ssid, vip, speed, changed AS level FROM customers WHERE serial = %(serial)s
"""
WISHES = "SELECT path, value, notify, secret FROM wishes WHERE customer = %(related)s;"


@skipIf(postgres.programs() is None, "there is no PostgreSQL here")
class SqlCase(TestCase):
    timeout = 60

    def setUp(self) -> None:
        self.clock = Clock()
        name = postgres.database_for(self)
        postgres.shared().say(SCHEMA, name)
        self.name = name
        self.database = self.database_at(postgres.shared().url(name))

    def database_at(self, url: str) -> Database:
        made = Database(reactor, self.clock, url, 3.0, Circuit())
        self.addCleanup(lambda: ensureDeferred(made.close()))
        return made

    def hooks(self, related_query: str = RELATED, configuration_query: str = WISHES) -> Hooks:
        provider = SqlHooks(self.database, related_query, configuration_query)
        return Hooks(self.clock, [provider], Limits(3.0, 0.0, 0.0))

    async def failure(self, query: str) -> str:
        try:
            await self.database.rows(query, {})
        except HookFailed as error:
            return str(error)
        raise AssertionError("it was answered")

    async def backends(self) -> int:
        """How many connections there are to the database."""
        sql = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.name}'"
        [(count,)] = postgres.shared().say(sql)
        return int(str(count))


class SqlHooksTests(SqlCase):
    async def test_a_row_is_the_related_device_and_its_other_columns_are_facts(self) -> None:
        found = await self.hooks().find_related(SUBJECT)
        facts = {"wifi_ssid": "Café", "vip": "true", "speed": "12.50"}
        self.assertEqual(Related("17", facts, "2026-11-23T19:30:00.000000Z"), found)

    async def test_no_row_is_none(self) -> None:
        self.assertIsNone(await self.hooks().find_related(Subject("", "", "", "", "none")))

    async def test_what_a_device_says_is_never_part_of_the_query(self) -> None:
        found = await self.hooks().find_related(Subject("", "", "", "", NASTY))
        self.assertEqual("18", found and found.id)

    async def test_two_related_devices_are_none(self) -> None:
        with self.assertRaisesRegex(HookFailed, "2 devices are related, where one at most can be"):
            await self.hooks().find_related(Subject("", "", "", "", "twice"))

    async def test_a_row_without_an_id_has_failed(self) -> None:
        with self.assertRaisesRegex(HookFailed, "the id of the related device is no text"):
            await self.hooks("SELECT ssid FROM customers LIMIT 1").find_related(SUBJECT)

    async def test_rows_are_the_configuration(self) -> None:
        found = await self.hooks().get_configuration(SUBJECT, Related("17"))
        self.assertEqual({".A": Entry("x"), ".B": Entry("hush", notify="active", secret=True)}, found)
        self.assertIsNone(await self.hooks().get_configuration(SUBJECT, None))

    async def test_a_column_that_means_nothing_is_refused(self) -> None:
        with self.assertRaisesRegex(HookFailed, "a column 'owner', which means nothing"):
            query = "SELECT '.A' AS path, 'x' AS value, 'x' AS owner"
            await self.hooks(configuration_query=query).get_configuration(SUBJECT, None)

    async def test_a_path_that_is_null_is_refused(self) -> None:
        with self.assertRaisesRegex(HookFailed, "something else than text for a path"):
            query = "SELECT NULL AS path, 'x' AS value"
            await self.hooks(configuration_query=query).get_configuration(SUBJECT, None)

    async def test_a_row_verifies(self) -> None:
        query = "SELECT 1 FROM customers WHERE serial = %(serial)s AND address = %(client_ip)s::inet"
        moved = Subject("", "", "", "", "S1", client_ip="192.0.2.8")
        self.assertTrue(await is_there(self.database, query, SUBJECT, None))
        self.assertFalse(await is_there(self.database, query, moved, None))


class DatabaseTests(SqlCase):
    async def test_rows_have_the_names_of_their_columns(self) -> None:
        now = "SELECT 1 AS one, 'é%%' AS text, now() AT TIME ZONE 'UTC' IS NULL AS never, $$a;b$$ AS b; "
        self.assertEqual(
            [{"one": 1, "text": "é%", "never": False, "b": "a;b"}], await self.database.rows(now, {})
        )

    async def test_times_have_their_zone(self) -> None:
        query = "SELECT timestamptz '2026-11-23 20:30:00+01' AS time"
        [row] = await self.database.rows(query, {})
        self.assertEqual(datetime(2026, 11, 23, 19, 30, tzinfo=UTC), row["time"])

    async def test_nothing_is_written(self) -> None:
        self.assertIn("read-only transaction", await self.failure("SELECT nextval('x')" + self.sequence()))
        self.assertIn("syntax error", await self.failure("DELETE FROM customers RETURNING id"))

    def sequence(self) -> str:
        postgres.shared().say("CREATE SEQUENCE x", self.name)
        return ""

    async def test_what_is_wrong_is_told_without_the_query(self) -> None:
        said = await self.failure("SELECT nothing FROM customers WHERE 'hush' = ssid")
        self.assertEqual('the database says: column "nothing" does not exist', said)
        self.assertEqual(4, len(await self.database.rows("SELECT * FROM customers", {})))

    async def test_a_value_that_no_text_of_the_database_can_hold_has_failed(self) -> None:
        with self.assertRaisesRegex(HookFailed, "a value cannot be said to the database"):
            await self.database.rows("SELECT %(a)s", {"a": "a\0b"})

    async def test_too_many_rows_have_failed_and_are_not_fetched(self) -> None:
        said = await self.failure("SELECT generate_series(1, 2000000000)")
        self.assertEqual(f"the query gives more than {MOST_ROWS:,} rows", said)

    async def test_connections_are_kept_and_there_are_few(self) -> None:
        asking = [ensureDeferred(self.database.rows("SELECT pg_sleep(0.05)", {})) for _ in range(10)]
        await gatherResults(asking)
        self.assertEqual(CONNECTIONS, await self.backends())

    async def test_a_query_that_takes_too_long_has_failed_and_is_broken_off(self) -> None:
        asking = ensureDeferred(self.database.rows("SELECT pg_sleep(60)", {}))
        await self.until_active()
        self.clock.advance(3)
        self.assertIn("no answer within 3 s", str(self.failureResultOf(asking, HookFailed).value))
        self.assertEqual([{"a": 1}], await self.database.rows("SELECT 1 AS a", {}))

    async def test_the_server_itself_breaks_it_off_where_our_clock_stands_still(self) -> None:
        self.database = Database(reactor, self.clock, postgres.shared().url(self.name), 0.1, Circuit())
        self.addCleanup(lambda: ensureDeferred(self.database.close()))
        said = await self.failure("SELECT pg_sleep(60)")
        self.assertEqual("the query took too long, and was cancelled", said)

    async def test_those_that_wait_for_a_connection_wait_no_longer_than_others(self) -> None:
        asking = [
            ensureDeferred(self.database.rows("SELECT pg_sleep(60)", {})) for _ in range(2 * CONNECTIONS)
        ]
        await self.until_active(CONNECTIONS)
        self.clock.advance(3)
        for each in asking:
            self.assertIn("no answer", str(self.failureResultOf(each, HookFailed).value))
        self.clock.advance(REST_SECONDS)
        self.assertEqual([{"a": 1}], await self.database.rows("SELECT 1 AS a", {}))

    async def test_a_connection_that_was_cut_is_made_anew(self) -> None:
        await self.database.rows("SELECT 1", {})
        postgres.shared().say(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )
        self.assertEqual([{"a": 1}], await self.database.rows("SELECT 1 AS a", {}))

    async def test_one_that_is_cut_while_it_is_asked_has_failed(self) -> None:
        asking = ensureDeferred(self.database.rows("SELECT pg_sleep(60)", {}))
        await self.until_active()
        postgres.shared().say(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )
        with self.assertRaisesRegex(HookFailed, "the database says: "):
            await asking

    async def test_a_host_with_a_name_is_looked_up_before(self) -> None:
        named = postgres.shared().url(self.name).replace("127.0.0.1", "localhost")
        self.database = self.database_at(named)
        self.assertEqual([{"a": 1}], await self.database.rows("SELECT 1 AS a", {}))
        self.database = self.database_at("postgresql://acs@nowhere.invalid/x")
        self.assertIn("the database says: ", await self.failure("SELECT 1"))

    async def test_where_there_is_no_server_the_circuit_opens(self) -> None:
        self.database = self.database_at(f"postgresql://acs:hush@127.0.0.1:{free_port()}/x")
        for _ in range(FAILURES):
            said = await self.failure("SELECT 1")
            self.assertIn("onnection refused", said)
            self.assertNotIn("hush", said)
        self.assertIn("it has failed again and again", await self.failure("SELECT 1"))

    async def test_closed_it_is_asked_no_more(self) -> None:
        await self.database.rows("SELECT 1", {})
        await self.database.close()
        self.assertEqual("the appliance stops", await self.failure("SELECT 1"))

    async def until_active(self, count: int = 1) -> None:
        """Wait until so many queries are being carried out."""
        sql = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.name}' AND state = 'active'"
        while int(str(postgres.shared().say(sql)[0][0])) < count:
            waiting: Deferred[Any] = Deferred()
            reactor.callLater(0.01, waiting.callback, None)  # type: ignore[attr-defined]
            await waiting
