"""The schema's steps, and bringing a SQLite file up to date with them."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.store.interface import NewerSchema
from acs.store.migrations import Migration, missing, shipped, split
from acs.store.sqlite.schema import upgrade, version_of

SHIPPED = shipped("sqlite")
NEXT = len(SHIPPED) + 1
# What a later release might add, so that there is something to upgrade to.
LATER = (
    Migration(NEXT, "more", ("ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT ''",)),
    Migration(
        NEXT + 1, "most", ("CREATE TABLE extra (id INTEGER PRIMARY KEY)", "CREATE INDEX x ON users (email)")
    ),
)


CATEGORISED = [(1, "gold"), (2, "own")]


def categorised(columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    """SQL for four devices: one in its model's category, one in its own, one in none, one forgotten.

    ``columns``: those without a default of the table of devices, with their types.
    """
    models = "('A', 'B', 'gold'), ('A', 'C', '')"
    yield f"INSERT INTO models (manufacturer, product_class, category) VALUES {models}"
    plain = {name: "''" if kind.upper() == "TEXT" else "0" for name, kind in columns} | {
        "manufacturer": "'A'"
    }
    for key, product_class, category, deleted in (
        (1, "B", "", "NULL"),
        (2, "B", "own", "NULL"),
        (3, "C", "", "NULL"),
        (4, "B", "", "1"),
    ):
        row = plain | {"key": f"{key}", "id": f"'{key}'", "category": f"'{category}'", "deleted": deleted}
        row["product_class"] = f"'{product_class}'"
        yield f"INSERT INTO devices ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def before(steps: tuple[Migration, ...], name: str) -> tuple[Migration, ...]:
    """The steps up to the one of that name."""
    return steps[: [step.name for step in steps].index(name)]


class FilesTests(SynchronousTestCase):
    def texts(self, dialect: str) -> list[str]:
        folder = files("acs.store") / "schema" / dialect
        return [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".sql")]

    def test_the_steps_are_numbered_from_one_without_gaps(self) -> None:
        for dialect in ("sqlite", "postgresql"):
            steps = shipped(dialect)
            self.assertEqual(list(range(1, len(steps) + 1)), [step.number for step in steps])
            self.assertEqual(len(steps), len(self.texts(dialect)))

    def test_every_table_and_every_column_has_a_comment(self) -> None:
        bare = []
        for text in (*self.texts("sqlite"), *self.texts("postgresql")):
            lines = text.splitlines()
            for number, line in enumerate(lines):
                if (
                    line.startswith("CREATE TABLE")
                    and line.endswith("(")
                    and not lines[number - 1].startswith("--")
                ):
                    bare.append(line)
                if re.match(r"    [a-z]\w* [A-Z]", line) and "--" not in line:
                    bare.append(line.strip())
        self.assertEqual([], bare)

    def test_a_statement_ends_at_the_end_of_a_line(self) -> None:
        text = "-- a; b;\nCREATE TABLE a (\n    b TEXT  -- c; d\n);\n\nINSERT INTO a VALUES (';x');\n"
        self.assertEqual(("CREATE TABLE a (\n    b TEXT\n)", "INSERT INTO a VALUES (';x')"), split(text))

    def test_no_statement_is_left_with_a_comment_in_it(self) -> None:
        steps = (*SHIPPED, *shipped("postgresql"))
        statements = [statement for step in steps for statement in step.statements]
        self.assertEqual(
            [],
            [
                s
                for s in statements
                if "--" in s or not s.startswith(("CREATE", "INSERT", "ALTER", "DROP INDEX"))
            ],
        )

    def test_what_is_missing_follows_the_version(self) -> None:
        steps = (*SHIPPED, *LATER)
        self.assertEqual(steps, missing(steps, 0))
        self.assertEqual(LATER[1:], missing(steps, NEXT))
        self.assertEqual((), missing(steps, NEXT + 1))
        with self.assertRaises(NewerSchema):
            missing(SHIPPED, NEXT)


class UpgradeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def upgraded(self, name: str, *targets: tuple[Migration, ...]) -> list[object]:
        """The schema and rows of a file after upgrades to these steps in turn."""
        path = self.folder / name
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for steps in targets:
                upgrade(connection, path, steps)
            return self.dump(connection)

    def dump(self, connection: sqlite3.Connection) -> list[object]:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        columns = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in tables}
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        return [columns, indexes.fetchall(), rows]

    def test_upgrading_from_every_older_version_equals_a_fresh_one(self) -> None:
        steps = (*SHIPPED, *LATER)
        fresh = self.upgraded("fresh", steps)
        for version in range(1, len(steps)):
            self.assertEqual(fresh, self.upgraded(f"from-{version}", steps[:version], steps), version)
        one_by_one = [steps[:version] for version in range(1, len(steps) + 1)]
        self.assertEqual(fresh, self.upgraded("one-by-one", *one_by_one))

    def test_a_database_that_is_up_to_date_is_left_alone(self) -> None:
        self.upgraded("x", SHIPPED, SHIPPED)
        self.assertEqual(["x"], [path.name for path in self.folder.iterdir()])

    def test_a_newer_database_is_refused_and_left_alone(self) -> None:
        newer = self.upgraded("x", (*SHIPPED, *LATER))
        with self.assertRaises(NewerSchema) as refusal:
            self.upgraded("x", SHIPPED)
        self.assertIn(str(NEXT + 1), str(refusal.exception))
        self.assertEqual(newer, self.upgraded("x", (*SHIPPED, *LATER)))

    def test_what_was_there_is_backed_up_first_and_stays(self) -> None:
        self.upgraded("x", SHIPPED)
        with closing(sqlite3.connect(self.folder / "x")) as connection, connection:
            columns = "name, role, password, created"
            connection.execute(f"INSERT INTO users ({columns}) VALUES ('anna', 'admin', 'hash', 1.5)")
        self.upgraded("x", (*SHIPPED, *LATER))
        backup = self.folder / f"x.before-{NEXT:03}"
        self.assertEqual(0o600, stat.S_IMODE(backup.stat().st_mode))
        for path, version in ((backup, NEXT - 1), (self.folder / "x", NEXT + 1)):
            with closing(sqlite3.connect(path)) as connection:
                self.assertEqual(version, version_of(connection))
                self.assertEqual([("anna",)], connection.execute("SELECT name FROM users").fetchall())
        self.assertEqual({"x", backup.name}, {path.name for path in self.folder.iterdir()})

    def test_devices_are_put_into_their_categories(self) -> None:
        with closing(sqlite3.connect(self.folder / "x", isolation_level=None)) as connection:
            upgrade(connection, self.folder / "x", before(SHIPPED, "categorised"))
            told = connection.execute("PRAGMA table_info(devices)").fetchall()
            columns = [
                (name, kind) for _, name, kind, needed, default, _ in told if needed and default is None
            ]
            for statement in categorised(columns):
                connection.execute(statement)
            upgrade(connection, self.folder / "x", SHIPPED)
            self.assertEqual(CATEGORISED, connection.execute("SELECT * FROM in_categories").fetchall())

    def test_a_step_that_fails_undoes_all_of_them(self) -> None:
        before = self.upgraded("x", SHIPPED)
        broken = (*SHIPPED, LATER[0], Migration(NEXT + 1, "broken", ("CREATE TABLE y (z TEXT)", "NONSENSE")))
        with self.assertRaises(sqlite3.OperationalError):
            self.upgraded("x", broken)
        self.assertEqual(before, self.upgraded("x", SHIPPED))
        with self.assertRaises(sqlite3.OperationalError):
            self.upgraded("new", broken)
        with closing(sqlite3.connect(self.folder / "new")) as connection:
            self.assertEqual(0, version_of(connection))
