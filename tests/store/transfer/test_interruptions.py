"""An import that was interrupted goes on where it was, and nothing uses the store before it has ended."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import BinaryIO, cast

from twisted.internet.defer import DeferredList, ensureDeferred

from acs.store import marks
from acs.store.database import Statement
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.migrations import shipped
from acs.store.transfer import contents
from acs.store.transfer.account import Account
from acs.store.transfer.checking import OtherKey
from acs.store.transfer.frames import ExportDamaged
from acs.store.transfer.importing import Import, OtherImport, StoreDiffers, StoreNotEmpty
from tests.store.transfer.filled import Place, on_postgresql
from tests.store.transfer.test_round_trips import TransferCase
from tests.support import postgres


class FailingDisk(io.FileIO):
    """A file of which so much can be read (0 to 1) and no more."""

    def __init__(self, path: Path, share: float) -> None:
        super().__init__(path)
        self._end = path.stat().st_size * share

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() + (size or 0) > self._end:
            raise OSError(errno.EIO, "the disk is gone")
        return super().read(size) or b""


class InterruptionTests(TransferCase):
    """On SQLite."""

    async def setUp(self) -> None:
        self.patch(contents, "ROWS", 9)
        self.one = await self.filled()
        self.path = await self.exported(self.one)

    def target(self) -> Place:
        """An empty place with the right key."""
        place = self.new_place()
        place.take_key(self.one)
        return place

    def new_place(self) -> Place:
        return self.place()

    async def interrupted(self, place: Place, share: float) -> None:
        """An import that ends when so much of the file has been read."""
        with open(self.path, "rb") as file:
            checked = await self.checked(file)
        with FailingDisk(self.path, share) as failing:
            with self.assertRaises(OSError):
                await Import(place.premises(), cast(BinaryIO, failing), checked, Account()).run()

    async def test_it_ends_as_one_that_was_not_interrupted(self) -> None:
        wanted = await self.one.everything()
        for share in (0.0, 0.02, 0.05, 0.3, 0.6, 0.8, 0.999):
            place = self.target()
            await self.interrupted(place, share)
            self.assertTrue((await self.imported(self.path, place)).resumed, share)
            self.assertEqual(wanted, await place.everything())

    async def test_it_may_be_interrupted_again_and_again(self) -> None:
        place = self.target()
        for share in (0.01, 0.03, 0.03, 0.1, 0.4, 0.7, 0.99, 0.999):
            await self.interrupted(place, share)
        await self.imported(self.path, place)
        self.assertEqual(await self.one.everything(), await place.everything())

    async def test_under_another_key_too(self) -> None:
        place = self.new_place()
        for share in (0.3, 0.9):
            with open(self.path, "rb") as file:
                checked = await self.checked(file, self.one.key)
            with FailingDisk(self.path, share) as failing:
                source = self.one.premises(guest=True).vault
                with self.assertRaises(OSError):
                    await Import(place.premises(), cast(BinaryIO, failing), checked, Account(), source).run()
        await self.imported(self.path, place, key=self.one.key)
        self.assertEqual(await self.one.everything(bare=True), await place.everything(bare=True))

    async def test_nothing_opens_the_store_before_it_has_ended(self) -> None:
        place = self.target()
        await self.interrupted(place, 0.7)
        for guest in (False, True):
            with self.assertRaises(StoreError) as refusal:
                await place.store(guest=guest).open()
            self.assertIn("import into this database has not ended", str(refusal.exception))
        with self.assertRaises(StoreError):
            await self.exported(place)
        await self.imported(self.path, place)
        store = place.store()
        await store.open()
        await store.close()

    async def test_a_file_that_is_another_than_the_one_that_was_checked_is_refused(self) -> None:
        with open(self.path, "rb") as file:
            checked = await self.checked(file)
        store = self.one.store()
        await store.open()
        await store.remove_user("anna")
        await store.close()
        with open(await self.exported(self.one), "rb") as other:
            with self.assertRaises(ExportDamaged) as refusal:
                await Import(self.target().premises(), other, checked, Account()).run()
        self.assertIn("has changed while it was imported", str(refusal.exception))

    async def test_another_export_is_not_mixed_with_it(self) -> None:
        place = self.target()
        await self.interrupted(place, 0.7)
        store = self.one.store()
        await store.open()
        await store.remove_user("anna")
        await store.close()
        with self.assertRaises(OtherImport):
            await self.imported(await self.exported(self.one), place)
        await self.imported(self.path, place)

    async def test_the_key_stays_the_same_from_beginning_to_end(self) -> None:
        place = self.new_place()
        place.take_key(self.one)
        await self.interrupted(place, 0.7)
        place.key.write_bytes(bytes(32))
        with self.assertRaises(OtherKey):
            await self.imported(self.path, place, key=self.one.key)

    async def test_a_second_one_does_not_begin_behind_the_end(self) -> None:
        place = self.target()
        await self.imported(self.path, place)
        with self.assertRaises(StoreNotEmpty):
            await self.imported(self.path, place)

    async def test_another_key_than_the_export_s_is_refused(self) -> None:
        place = self.new_place()
        place.folder.mkdir()
        with self.assertRaises(OtherKey):
            await self.imported(self.path, place)
        with self.assertRaises(OtherKey):
            (place.folder / "wrong").write_bytes(bytes(32))
            await self.imported(self.path, place, key=place.folder / "wrong")

    async def test_a_file_that_changes_under_way_is_noticed(self) -> None:
        place = self.target()
        with open(self.path, "rb") as file:
            checked = await self.checked(file)
        changed = bytearray(self.path.read_bytes())
        changed[len(changed) // 2] ^= 1
        self.path.write_bytes(changed)
        with open(self.path, "rb") as file:
            with self.assertRaises(ExportDamaged):
                await Import(place.premises(), file, checked, Account()).run()

    async def test_a_store_that_differs_in_the_end_stays_shut(self) -> None:
        place = self.target()
        await self.interrupted(place, 0.999)
        await self.say(place, Statement("DELETE FROM facts WHERE name = 'serial_number'"))
        await self.say(place, Statement("UPDATE devices SET notes = 'other'"))
        with self.assertRaises(StoreDiffers) as refusal:
            await self.imported(self.path, place)
        self.assertIn("facts has", str(refusal.exception))
        self.assertIn("devices has other contents", str(refusal.exception))
        with self.assertRaises(StoreError):
            await place.store().open()

    async def test_blocks_that_are_there_already_come_to_no_harm(self) -> None:
        place = self.target()
        await self.interrupted(place, 0.7)
        await self.say(place, marks.putting(marks.BLOCKS, 3))
        await self.imported(self.path, place)
        self.assertEqual(await self.one.everything(), await place.everything())

    async def say(self, place: Place, *statements: Statement) -> None:
        """Change a store behind everybody's back."""
        database = place.premises().database
        await database.open(shipped(database.dialect))
        (result,) = await database.commit([statements])
        assert isinstance(result, list), result
        await database.close()


class PostgresqlInterruptionTests(InterruptionTests):
    """On PostgreSQL."""

    skip = postgres.SKIP or None

    def new_place(self) -> Place:
        return on_postgresql(self, Path(self.mktemp()))

    async def test_of_two_at_once_one_gives_up(self) -> None:
        place = self.target()
        with open(self.path, "rb") as file, open(self.path, "rb") as same:
            checked = await self.checked(file)
            imports = [Import(place.premises(), each, checked, Account()) for each in (file, same)]
            ended = await DeferredList([ensureDeferred(each.run()) for each in imports], consumeErrors=True)
        (failure,) = [result for succeeded, result in ended if not succeeded]
        failure.trap(OtherImport, StoreNotEmpty)
        self.assertEqual(await self.one.everything(), await place.everything())

    async def test_a_database_that_a_node_works_on_is_left_alone(self) -> None:
        place = self.target()
        node = place.store()
        await node.open()
        with self.assertRaises(StoreNotEmpty) as refusal:
            await self.imported(self.path, place)
        self.assertIn("stop all nodes first", str(refusal.exception))
        await node.close()
        await self.imported(self.path, place)


class ServerTests(TransferCase):
    """On a PostgreSQL server of the test's own, which ends in the middle."""

    skip = postgres.SKIP or None

    async def test_once_the_server_is_back_the_import_goes_on(self) -> None:
        self.patch(contents, "ROWS", 9)
        cluster = postgres.Cluster()
        self.addCleanup(cluster.remove)
        cluster.start()
        one = await self.filled()
        path = await self.exported(one)
        place = Place(Path(self.mktemp()), cluster.url(cluster.new_database()))
        place.take_key(one)
        with open(path, "rb") as file:
            checked = await self.checked(file)
        with StoppingServer(path, 0.7, cluster) as stopping:
            with self.assertRaises(StoreUnavailable):
                await Import(place.premises(), cast(BinaryIO, stopping), checked, Account()).run()
        with self.assertRaises(StoreUnavailable):
            await self.imported(path, place)
        cluster.start()
        self.assertTrue((await self.imported(path, place)).resumed)
        self.assertEqual(await one.everything(), await place.everything())


class StoppingServer(io.FileIO):
    """A file which, when such a share of it is read, makes a server end without a word."""

    def __init__(self, path: Path, share: float, cluster: postgres.Cluster) -> None:
        super().__init__(path)
        self._end = path.stat().st_size * share
        self._cluster: postgres.Cluster | None = cluster

    def read(self, size: int | None = -1, /) -> bytes:
        if self._cluster and self.tell() > self._end:
            self._cluster.stop("immediate")
            self._cluster = None
        return super().read(size) or b""
