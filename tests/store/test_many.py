"""Rows that PostgreSQL is given as one value."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from acs.store.database import Row, Statement, appending
from acs.store.migrations import shipped
from acs.store.postgresql.database import PostgresqlDatabase
from acs.store.postgresql.many import at_once
from acs.store.sessions import _CONVERSATIONS, _SESSIONS
from tests import only_with
from tests.store.test_postgresql_contract import template
from tests.support import postgres


class RowsTests(TestCase):
    skip = postgres.SKIP or None
    timeout = 30

    async def setUp(self) -> None:
        url = postgres.shared().url(postgres.database_for(self, template()))
        self.database = PostgresqlDatabase(reactor, reactor, url)  # type: ignore[arg-type]
        await self.database.open(shipped("postgresql"))

    async def tearDown(self) -> None:
        await self.database.close()

    @only_with("many")
    async def test_rows_given_as_one_value_are_those_given_one_by_one(self) -> None:
        odd = [
            "'; DROP TABLE users; --",
            "\\'",
            "%s",
            "?",
            "\u00e9\U0001f600",
            '"',
            "$$",
            "E'\\x'",
            "\\\\u0000",
            "\n\t\x01",
        ]
        rows: list[Row] = [
            (
                number,
                0,
                None,
                0.1 + number,
                None if number % 2 else 1e-7,
                text,
                0,
                "main",
                2**62,
                "success",
                text,
            )
            + (2, -2, 2**40, 4, None, *[text] * 8)
            for number, text in enumerate(odd)
        ]
        alike: list[Row] = [(20 + number, *rows[0][1:]) for number in range(8)]
        short: list[Row] = [(*row[:15], 7) for row in alike]
        for given in (rows, alike, short):
            statement = appending(_SESSIONS, given)
            self.assertNotEqual(statement.sql, at_once(statement).sql)
            found = []
            for each in (statement, Statement(statement.sql, statement.parameters)):
                (result,) = await self.database.commit([[each]])
                self.assertEqual([], result)
                found.append(
                    await self.database.query(
                        f"SELECT {', '.join(_SESSIONS.columns)} FROM sessions ORDER BY id"
                    )
                )
                await self.database.commit([[Statement("DELETE FROM sessions")]])
            self.assertEqual(found[0], found[1])
            self.assertEqual(given, [row[: len(given[0])] for row in found[0]])

    async def test_bytes_in_rows_given_as_one_value_come_back(self) -> None:
        rows: list[Row] = [(number, bytes(range(256)) * number, 0, 0, 0) for number in range(8)]
        await self.database.commit([[appending(_CONVERSATIONS, rows)]])
        self.assertEqual(rows, await self.database.query("SELECT * FROM conversations ORDER BY session"))

    @only_with("many")
    def test_what_json_has_no_words_for_is_given_one_by_one(self) -> None:
        for value in (2**64, "\ud800", object()):
            statement = appending(_CONVERSATIONS, [(number, value, number, 0, 0) for number in range(8)])
            again = appending(
                _CONVERSATIONS, [(number, [value, number][number % 2], 0, 0, 0) for number in range(8)]
            )
            self.assertIs(again, at_once(again))
            self.assertIn("json", at_once(statement).sql)
