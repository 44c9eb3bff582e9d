"""The schema on PostgreSQL: upgrades, nodes that start at once, partitions, and plans."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.store.database import Statement
from acs.store.ids import first_of
from acs.store.interface import NewerSchema, Query, StoreError
from acs.store.listing.listings import CHANGES, CONFIGURATIONS, DEFINITIONS, DEVICES, JOBS, SESSIONS
from acs.store.listing.lists import Among, Condition, Listing, ask, ask_along, understand, write_cursor
from acs.store.migrations import Migration, shipped
from acs.store.postgresql.database import PostgresqlDatabase
from acs.store.postgresql.link import placeholders
from acs.store.settling import _unit
from acs.store.sqlite.schema import upgrade
from tests.store.contract.base import ShiftedClock
from tests.store.test_migrations import CATEGORISED, before, categorised
from tests.store.test_plans import EXAMPLES, NOW, SORTED, sign
from tests.store.test_postgresql_contract import template
from tests.support import postgres

SHIPPED = shipped("postgresql")
NEXT = len(SHIPPED) + 1
# What a later release might add, so that there is something to upgrade to.
LATER = (
    Migration(NEXT, "more", ("ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT ''",)),
    Migration(
        NEXT + 1, "most", ("CREATE TABLE extra (id BIGINT PRIMARY KEY)", "CREATE INDEX x ON users (email)")
    ),
)
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{}'::regclass ORDER BY 1"


class Case(TestCase):
    skip = postgres.SKIP or None
    timeout = 180

    def setUp(self) -> None:
        self.cluster = postgres.shared()
        self.clock = ShiftedClock()
        self.clock.offset = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp() - reactor.seconds()  # type: ignore[attr-defined]

    def database(self, name: str) -> PostgresqlDatabase:
        return PostgresqlDatabase(reactor, self.clock, self.cluster.url(name))  # type: ignore[arg-type]


class UpgradeTests(Case):
    async def upgraded(self, name: str, *targets: tuple[Migration, ...]) -> list[object]:
        """The schema and rows of a database after upgrades to these steps in turn."""
        for steps in targets:
            database = self.database(name)
            await database.open(steps)
            await database.close()
        return self.dump(name)

    def dump(self, name: str) -> list[object]:
        tables = [
            row[0]
            for row in self.cluster.say("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)
        ]
        rows = {table: self.cluster.say(f"SELECT * FROM {table}", name) for table in sorted(map(str, tables))}
        return [self.cluster.say(COLUMNS, name), self.cluster.say(INDEXES, name), rows]

    async def test_upgrading_from_every_older_version_equals_a_fresh_one(self) -> None:
        steps = (*SHIPPED, *LATER)
        fresh = await self.upgraded(self.cluster.new_database(), steps)
        for version in range(1, len(steps)):
            older = await self.upgraded(self.cluster.new_database(), steps[:version], steps)
            self.assertEqual(fresh, older, version)
        one_by_one = [steps[:version] for version in range(1, len(steps) + 1)]
        self.assertEqual(fresh, await self.upgraded(self.cluster.new_database(), *one_by_one))

    async def test_nodes_that_start_at_once_make_the_schema_once(self) -> None:
        name = self.cluster.new_database()
        nodes = [self.database(name) for _ in range(6)]
        await gatherResults([ensureDeferred(node.open((*SHIPPED, *LATER))) for node in nodes])
        self.assertEqual([(NEXT + 1,)], self.cluster.say("SELECT count(*) FROM schema", name))
        for node in nodes:
            await node.close()

    async def test_a_newer_database_is_refused_and_left_alone(self) -> None:
        name = self.cluster.new_database()
        newer = await self.upgraded(name, (*SHIPPED, *LATER))
        with self.assertRaises(NewerSchema) as refusal:
            await self.database(name).open(SHIPPED)
        self.assertIn(str(NEXT + 1), str(refusal.exception))
        self.assertEqual(newer, self.dump(name))

    async def test_a_step_that_fails_undoes_all_of_them(self) -> None:
        name = self.cluster.new_database()
        before = await self.upgraded(name, SHIPPED)
        with self.assertRaises(StoreError):
            await self.database(name).open((*SHIPPED, LATER[0], Migration(NEXT + 1, "broken", ("NONSENSE",))))
        self.assertEqual(before, self.dump(name))

    async def test_devices_are_put_into_their_categories(self) -> None:
        name = self.cluster.new_database()
        await self.upgraded(name, before(SHIPPED, "categorised"))
        columns = self.cluster.say(
            "SELECT column_name::text, data_type::text FROM information_schema.columns"
            " WHERE table_name = 'devices' AND is_nullable = 'NO' AND column_default IS NULL",
            name,
        )
        for statement in categorised([(str(column), str(kind)) for column, kind in columns]):
            self.cluster.say(statement, name)
        await self.upgraded(name, SHIPPED)
        self.assertEqual(CATEGORISED, self.cluster.say("SELECT * FROM in_categories ORDER BY device", name))

    async def test_a_database_in_another_encoding_is_refused(self) -> None:
        self.cluster.say("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with self.assertRaises(StoreError) as refusal:
            await self.database("latin").open(SHIPPED)
        self.assertIn("LATIN1", str(refusal.exception))

    def test_it_has_the_tables_and_columns_of_sqlite_s(self) -> None:
        ours: dict[object, list[object]] = {}
        for table, column, *_ in self.cluster.say(COLUMNS, template()):
            if not str(table).endswith("_rest"):
                ours.setdefault(table, []).append(column)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            upgrade(connection, Path("unused"), shipped("sqlite"))
            tables = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            theirs = {t: [row[1] for row in connection.execute(f"PRAGMA table_info({t})")] for t in tables}
        self.assertEqual(theirs, ours)


class PartitionTests(Case):
    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        self.name = self.cluster.new_database(template())
        self.node = self.database(self.name)
        await self.node.open(SHIPPED)

    async def tearDown(self) -> None:
        await self.node.close()

    def partitions(self, table: str = "sessions") -> list[str]:
        return [
            str(name).removeprefix(f"{table}_")
            for (name,) in self.cluster.say(PARTITIONS.format(table), self.name)
        ]

    async def say(self, at: datetime) -> int:
        """Append a conversation of that time; its number."""
        number = first_of(at.timestamp())
        await self.node.commit(
            [[Statement("INSERT INTO conversations VALUES (?, NULL, 0, 0, 0)", (number,))]]
        )
        return number

    async def test_there_is_one_for_each_of_the_next_days_and_one_for_the_rest(self) -> None:
        days = [f"202611{day}" for day in (26, 27, 28, 29, 30)] + [f"202612{day:02}" for day in (1, 2, 3)]
        self.assertEqual([*days, "rest"], self.partitions("conversations"))
        self.assertEqual(["20261123", "20261130", "rest"], self.partitions())  # Mondays

    async def test_the_next_ones_are_made_when_old_ones_are_dropped(self) -> None:
        self.clock.offset += 3 * 86400
        await self.node.drop_before("conversations", 0)
        self.assertEqual(["20261206", "rest"], self.partitions("conversations")[-2:])
        self.assertEqual("20261126", self.partitions("conversations")[0])
        self.assertEqual(["20261123", "20261130", "rest"], self.partitions())
        self.clock.offset += 86400
        await self.node.drop_before("sessions", 0)
        self.assertEqual(["20261123", "20261130", "20261207", "rest"], self.partitions())

    async def test_those_that_are_old_as_a_whole_are_dropped_and_counted(self) -> None:
        noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
        for hours in (0, 11.9, 12, 20, 36):
            await self.say(noon + timedelta(hours=hours))
        self.assertEqual(
            0,
            await self.node.drop_before("conversations", first_of((noon + timedelta(hours=11)).timestamp())),
        )
        self.assertEqual(
            2,
            await self.node.drop_before("conversations", first_of((noon + timedelta(hours=12)).timestamp())),
        )
        self.assertEqual("20261127", self.partitions("conversations")[0])
        self.assertEqual("20261123", self.partitions("sessions")[0])
        self.assertEqual([(3,)], await self.node.query("SELECT count(*) FROM conversations"))

    async def test_what_belongs_to_no_day_is_kept_with_the_rest(self) -> None:
        old = await self.say(datetime(2025, 1, 1, tzinfo=UTC))
        far = await self.say(datetime(2026, 12, 4, 1, tzinfo=UTC))
        rows = await self.node.query("SELECT session, tableoid::regclass::text FROM conversations ORDER BY 1")
        self.assertEqual([(old, "conversations_rest"), (far, "conversations_rest")], rows)
        self.clock.offset += 86400
        await self.node.drop_before("conversations", 0)  # 4 December cannot be made: a row of it is there
        self.assertNotIn("20261204", self.partitions("conversations"))
        self.assertEqual(2, (await self.node.query("SELECT count(*) FROM conversations"))[0][0])

    async def test_room_is_made_for_rows_of_any_time(self) -> None:
        days = [datetime(2025, 1, day, 12, tzinfo=UTC).timestamp() for day in (1, 1, 3)]
        for table in ("conversations", "sessions", "users"):
            await self.node.make_room(table, {first_of(day) for day in days})
        self.assertEqual(["20250101", "20250103", "20261126"], self.partitions("conversations")[:3])
        self.assertEqual(["20241230", "20261123"], self.partitions()[:2])
        old = await self.say(datetime(2025, 1, 3, 23, 59, tzinfo=UTC))
        self.assertEqual(1, await self.node.drop_before("conversations", old + (86400000 << 22)))

    async def test_one_that_is_being_read_is_dropped_another_time(self) -> None:
        await self.say(datetime(2026, 11, 26, 12, tzinfo=UTC))
        with closing(psycopg2.connect(self.cluster.url(self.name))) as other, other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM conversations")
            with self.assertRaises(StoreError):
                await self.node.drop_before("conversations", first_of(self.clock.seconds() + 2 * 86400))
        self.assertEqual(
            1, await self.node.drop_before("conversations", first_of(self.clock.seconds() + 86400))
        )


class PlanTests(SynchronousTestCase):
    """Every list is answered by an index: with sorting and whole tables made dear, no plan has them."""

    skip = postgres.SKIP or None

    def setUp(self) -> None:
        cluster = postgres.shared()
        self.database = psycopg2.connect(cluster.url(cluster.new_database(template())))
        self.addCleanup(self.database.close)
        self.database.autocommit = True
        self.cursor = self.database.cursor()
        for day in (1, 2, 3):
            first, end = first_of(NOW + day * 86400), first_of(NOW + (day + 1) * 86400)
            for table in ("sessions", "conversations"):
                self.cursor.execute(
                    f"CREATE TABLE {table}_day{day} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({end})"
                )
        self.cursor.execute(
            "SET enable_seqscan = off; SET enable_sort = off; SET enable_incremental_sort = off; "
            "SET enable_mergejoin = off"
        )

    def plan(self, statement: Statement) -> str:
        self.cursor.execute("EXPLAIN " + placeholders(statement.sql), statement.parameters)
        return "\n".join(row[0] for row in self.cursor.fetchall())

    def plans(
        self, listing: Listing, filters: Mapping[str, str], sort: str = "", many: bool = False
    ) -> list[str]:
        """The plans of a first and of a further page."""
        meant = understand(listing, Query(filters), NOW)
        conditions = [m if isinstance(m, Condition) else m.condition(many) for m in meant]
        first = ask(listing, Query(filters, sort), conditions, sign)
        texts = {"d.id", "d.manufacturer", "d.product_class", "d.serial_number", "d.software_version"}
        texts |= {"d.oui", "p.last_session_result"}
        texts |= {"c.scope", "c.name", "d.path", "d.model", "d.name"}
        values = ["1" if column in texts else 1 for column in first.order.columns]
        cursor = write_cursor(first.place, values, sign)
        return [
            self.plan(ask(listing, Query(filters, sort, cursor=c), conditions, sign).statement)
            for c in (None, cursor)
        ]

    def assert_plain(self, plan: str, about: object, sorts: Sequence[str] = ()) -> None:
        if "One-Time Filter: false" in plan:
            return  # there is no row of that time behind that cursor
        bad = [line for line in plan.splitlines() if re.search(r"Seq Scan|-> +(Incremental )?Sort\b", line)]
        self.assertEqual([], [line for line in bad if not any(word in line for word in sorts)], (about, plan))

    def test_no_filter_reads_a_whole_table_or_has_to_sort_what_it_finds(self) -> None:
        for listing in (DEVICES, SESSIONS, JOBS, CHANGES, CONFIGURATIONS, DEFINITIONS):
            for name in listing.filters:
                value, device = EXAMPLES.get(name, "something"), {"device": "x"} if listing is CHANGES else {}
                sorts = ["Sort"] if listing is DEVICES and name in SORTED else ()
                for plan in self.plans(listing, {name: value, **device}):
                    self.assert_plain(plan, (listing.name, name), sorts)

    def test_no_order_has_to_be_made(self) -> None:
        for listing in (DEVICES, SESSIONS, JOBS, CONFIGURATIONS, DEFINITIONS):
            for name in ("", *listing.sorts):
                for sort in (name, "-" + name) if name else ("",):
                    for plan in self.plans(listing, {}, sort):
                        self.assert_plain(plan, (listing.name, sort))

    def test_what_many_have_is_met_on_a_walk(self) -> None:
        for name in SORTED:
            for plan in self.plans(DEVICES, {name: "something"}, many=True):
                self.assert_plain(plan, name)
                self.assertIn("SubPlan", plan)

    def test_one_word_alone_is_met_in_the_order_of_an_index(self) -> None:
        for value in ("something", "00:1A"):
            (meant,) = understand(DEVICES, Query({"q": value}), NOW)
            assert isinstance(meant, Among)
            first = ask_along(DEVICES, Query({"q": value}), meant, [], sign)
            cursor = write_cursor(first.place, ["1", 1], sign)
            further = ask_along(DEVICES, Query({"q": value}, cursor=cursor), meant, [], sign)
            for plan in (self.plan(first.statement), self.plan(further.statement)):
                self.assertNotIn("Seq Scan", plan)
                for index in ("facts_value", "presence_client_ip"):
                    self.assertRegex(plan, f"Index Only Scan using {index} on (facts|presence) a(_.)? ")

    def test_whether_many_have_it_is_read_from_an_index(self) -> None:
        for name in SORTED:
            for meant in understand(DEVICES, Query({name: "something"}), NOW):
                assert isinstance(meant, Among)
                self.assert_plain(self.plan(meant.probe), name)

    def test_settling_reads_new_sessions_only(self) -> None:
        for statement in (*_unit(None), *_unit(3)):
            plan = self.plan(statement)
            self.assertNotIn("Seq Scan", plan)
            self.assertIn(
                "sessions_unsettled", re.sub(r"sessions_(day.|rest)_id_idx\b", "sessions_unsettled", plan)
            )
