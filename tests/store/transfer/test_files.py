"""An export's file: what it is, what it must not have in it, and what becomes of a damaged one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from random import Random

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase
from zstandard import ZstdCompressor

from acs.store.interface import StoreError
from acs.store.migrations import shipped
from acs.store.places import DATABASE_FILE
from acs.store.sqlite.schema import upgrade
from acs.store.transfer import contents, frames
from acs.store.transfer.account import Account
from acs.store.transfer.checking import check
from acs.store.transfer.contents import BYTES, fitting
from acs.store.transfer.exports import Block, ExportReader, ExportWriter, Header
from acs.store.transfer.frames import (
    FORMAT,
    MAGIC,
    ExportDamaged,
    FrameReader,
    FrameWriter,
    NewerExport,
    NotAnExport,
)
from acs.store.transfer.tables import TABLES
from acs.store.transfer.tally import Tally
from tests.store.transfer.test_round_trips import TransferCase

HEADER = Header("sqlite", 3, 1000.5, "1.2.3", bytes(16), {"users": ("name", "role", "password", "created")})
ANNA, OTTO = ("anna", "admin", "hash", 1.5), ("otto", "viewer", "hash", 2.5)


def written(header: Header = HEADER, *blocks: tuple[str, list[tuple[object, ...]]]) -> bytes:
    """An export of these blocks."""
    file = BytesIO()
    writer = ExportWriter(file, header)
    for table, rows in blocks:
        writer.rows(table, rows)
    writer.end(0)
    return file.getvalue()


def read(data: bytes) -> list[Block]:
    """The blocks of an export, read to its end."""
    reader = ExportReader(BytesIO(data))
    blocks = []
    while isinstance(block := reader.next(), Block):
        blocks.append(block)
    return blocks


class FormatTests(SynchronousTestCase):
    def test_what_is_written_is_read(self) -> None:
        data = written(HEADER, ("users", [ANNA]), ("users", [OTTO]))
        self.assertEqual([Block("users", [ANNA]), Block("users", [OTTO])], read(data))
        self.assertEqual(HEADER, ExportReader(BytesIO(data)).header)

    def test_one_that_ends_early_is_damaged_wherever_it_ends(self) -> None:
        data = written(HEADER, ("users", [ANNA]), ("users", [OTTO]))
        for size in range(len(MAGIC), len(data)):
            with self.assertRaises(ExportDamaged):
                read(data[:size])

    def test_one_with_a_bit_changed_is_never_read_to_its_end(self) -> None:
        data = written(HEADER, ("users", [ANNA]))
        for at in range(len(data)):
            for bit in range(8):
                changed = bytearray(data)
                changed[at] ^= 1 << bit
                with self.assertRaises((ExportDamaged, NotAnExport, NewerExport)):
                    read(bytes(changed))

    def test_what_follows_the_end_is_damage(self) -> None:
        with self.assertRaises(ExportDamaged):
            read(written() + b"\0")

    def test_frames_keep_their_order(self) -> None:
        file = BytesIO()
        writer = FrameWriter(file)
        ends = []
        for content in (b"one", b"two"):
            writer.write(b"R", content)
            ends.append(file.tell())
        data, head = file.getvalue(), len(MAGIC) + 2
        swapped = data[:head] + data[ends[0] :] + data[head : ends[0]]
        with self.assertRaises(ExportDamaged):
            FrameReader(BytesIO(swapped)).read()

    def test_a_frame_that_is_too_large_is_neither_written_nor_read(self) -> None:
        file = BytesIO()
        FrameWriter(file).write(b"R", b"x" * 11)
        self.patch(frames, "LARGEST", 10)
        with self.assertRaises(ExportDamaged) as refusal:
            FrameReader(BytesIO(file.getvalue())).read()
        self.assertIn(f"damaged at byte {len(MAGIC) + 2}", str(refusal.exception))
        again = FrameWriter(BytesIO())
        again.write(b"R", b"x" * 10)
        with self.assertRaises(StoreError):
            again.write(b"R", b"x" * 11)

    def test_something_else_is_no_export(self) -> None:
        for data in (b"", b"SQLite format 3\0" * 10, MAGIC[:-1]):
            with self.assertRaises(NotAnExport):
                read(data)

    def test_a_newer_format_is_refused_with_both_numbers(self) -> None:
        with self.assertRaises(NewerExport) as refusal:
            read(MAGIC + (FORMAT + 1).to_bytes(2, "big") + bytes(100))
        self.assertIn(f"format {FORMAT + 1}", str(refusal.exception))

    def test_tables_and_columns_that_we_do_not_have_are_a_newer_release_s(self) -> None:
        for tables in ({"more": ("a",)}, {"users": ("name", "email")}):
            with self.assertRaises(NewerExport) as refusal:
                read(written(Header("sqlite", 9, 1.0, "9.9", b"", tables)))  # type: ignore[arg-type]
            self.assertIn("9.9", str(refusal.exception))

    def test_rows_of_another_width_are_damage(self) -> None:
        with self.assertRaises(ExportDamaged):
            read(written(HEADER, ("users", [("anna",)])))

    def test_what_is_no_messagepack_is_damage(self) -> None:
        file = BytesIO()
        FrameWriter(file).write(b"H", ZstdCompressor().compress(b"\xc1"))
        with self.assertRaises(ExportDamaged):
            read(file.getvalue())
        file = BytesIO()
        FrameWriter(file).write(b"H", b"not compressed")
        with self.assertRaises(ExportDamaged):
            read(file.getvalue())


class TallyTests(SynchronousTestCase):
    def test_the_order_makes_no_difference_and_everything_else_does(self) -> None:
        def total(*rows: tuple[object, ...]) -> object:
            tally = Tally()
            tally.add(rows)
            return tally.total

        self.assertEqual(total(ANNA, OTTO), total(OTTO, ANNA))
        others = {
            total(ANNA),
            total(ANNA, ANNA),
            total(),
            total((b"a",)),
            total(("a",)),
            total((1,)),
            total((1.0,)),
        }
        self.assertEqual(7, len(others))


class PieceTests(SynchronousTestCase):
    def test_a_piece_has_one_row_at_least_and_not_more_bytes_than_allowed(self) -> None:
        self.assertEqual(1, fitting([]))
        self.assertEqual(1, fitting([10 * BYTES, 1]))
        self.assertEqual(2, fitting([BYTES // 2, BYTES // 2, 1]))
        self.assertEqual(3, fitting([1, 1, 1]))


class TablesTests(SynchronousTestCase):
    def test_an_export_has_every_table_and_column_of_the_schema(self) -> None:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            upgrade(connection, Path("unused"), shipped("sqlite"))
            names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            columns = {t: connection.execute(f"PRAGMA table_info({t})").fetchall() for t in names}
        theirs = {t: {row[1] for row in rows} for t, rows in columns.items() if t not in ("schema", "marks")}
        # Those are of this place, or follow from others.
        for name in ("nodes", "turns", "below", "weighing", "logins"):
            del theirs[name]
        self.assertEqual(theirs, {table.name: {*table.columns, *table.place} for table in TABLES})
        keys = {
            t: [row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5]]
            for t, rows in columns.items()
        }
        self.assertEqual({table.name: list(table.key) for table in TABLES}, {t: keys[t] for t in theirs})


class DamageTests(TransferCase):
    async def test_a_damaged_export_of_a_store_never_touches_another(self) -> None:
        self.patch(contents, "ROWS", 20)
        one = await self.filled(2)
        path, place = await self.exported(one), self.place()
        data, random = path.read_bytes(), Random(5)
        for _ in range(150):
            changed = bytearray(data)
            if random.random() < 0.5:
                changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
            else:
                del changed[random.randrange(len(data)) :]
            path.write_bytes(changed)
            with open(path, "rb") as file:
                with self.assertRaises(StoreError):
                    await check(reactor, file, Account())  # type: ignore[arg-type]
            with self.assertRaises(StoreError):
                await self.imported(path, place)
        self.assertFalse(place.folder.exists())

    async def test_what_was_damaged_in_its_store_is_told_of_the_file(self) -> None:
        one = await self.filled(1)
        with closing(sqlite3.connect(one.folder / DATABASE_FILE)) as connection, connection:
            connection.execute("UPDATE parameters SET document = x'0100'")
        with open(await self.exported(one), "rb") as file:
            await self.checked(file)
            with self.assertRaises(ExportDamaged) as refusal:
                await self.checked(file, one.key)
        self.assertIn("the sealed parameters of", str(refusal.exception))

    async def test_one_whose_end_tells_of_other_rows_is_damaged(self) -> None:
        for more in ([], [OTTO]):
            file = BytesIO()
            writer = ExportWriter(file, HEADER)
            writer.rows("users", [ANNA])
            writer._tallies["users"].add(more)
            writer.end(0)
            path = Path(self.mktemp())
            path.write_bytes(file.getvalue())
            with open(path, "rb") as there:
                if more:
                    with self.assertRaises(ExportDamaged):
                        await check(reactor, there, Account())  # type: ignore[arg-type]
                else:
                    await check(reactor, there, Account())  # type: ignore[arg-type]

    async def test_nothing_that_is_sealed_is_readable_in_it(self) -> None:
        one = await self.filled(1)
        path = await self.exported(one)
        with open(path, "rb") as file:
            checked = await self.checked(file)
        blocks = read(path.read_bytes())
        for secret in (one.key.read_bytes(), b"CommandKey", b"xsd:string", b"POST"):
            for block in blocks:
                self.assertFalse(
                    any(secret in value for row in block.rows for value in row if type(value) is bytes)
                )
            self.assertNotIn(secret, path.read_bytes())
        self.assertEqual(
            ("sqlite", 1000.5, "1.2.3"), (checked.header.dialect, checked.header.created, "1.2.3")
        )

    async def test_conversations_that_are_gone_are_counted_and_left_out(self) -> None:
        one = await self.filled(2)
        for segment in (one.folder / "archive").iterdir():
            segment.unlink()
        path, other = await self.exported(one), self.place()
        with open(path, "rb") as file:
            checked = await self.checked(file)
        self.assertEqual(2 * 3, checked.trailer.lost)
        other.take_key(one)
        await self.imported(path, other)
        self.assertEqual(
            (await one.everything())["conversations"], (await other.everything())["conversations"]
        )
