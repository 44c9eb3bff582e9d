"""What is exported and imported is the same, from and to either database, under the same key or another."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from acs.store.building import vault_of
from acs.store.database import Read, Row
from acs.store.ids import first_of
from acs.store.interface import Query
from acs.store.migrations import shipped
from acs.store.records import Job, JobState, Session, SessionResult
from acs.store.seal import Seal, read_key
from acs.store.transfer import contents, exporting
from acs.store.transfer.account import Account
from acs.store.transfer.checking import Checked, check
from acs.store.transfer.exporting import export
from acs.store.transfer.importing import Import
from acs.store.transfer.tables import BY_NAME, TABLES
from acs.store.verbs.views import View
from tests import is_off
from tests.store.transfer.filled import DAY, Place, fill, in_segments, on_postgresql
from tests.support import postgres


class TransferCase(TestCase):
    """Exports into files of the test's own."""

    timeout = 60

    def place(self, days_ago: float = 0.0) -> Place:
        """A place for a store on SQLite."""
        return Place(Path(self.mktemp()), days_ago=days_ago)

    async def filled(self, devices: int = 6) -> Place:
        """A store on SQLite that has lived."""
        place = self.place()
        await fill(place, devices)
        return place

    async def exported(self, place: Place) -> Path:
        """The export of a store."""
        path = Path(self.mktemp())
        with open(path, "wb") as file:
            await export(place.premises(guest=True), file, 1000.5, "1.2.3", Account())
        return path

    async def checked(self, file: BinaryIO, key: Path | None = None) -> Checked:
        """An export, checked."""
        source = None if key is None else vault_of(Seal(read_key(key)))
        return await check(reactor, file, Account(), source)  # type: ignore[arg-type]

    async def imported(self, path: Path, place: Place, key: Path | None = None) -> Import:
        """Import an export; how that went."""
        with open(path, "rb") as file:
            checked = await self.checked(file, key)
            source = None if key is None else vault_of(Seal(read_key(key)))
            running = Import(place.premises(), file, checked, Account(), source)
            await running.run()
            return running


class SqliteTests(TransferCase):
    async def test_a_restored_store_has_all_that_was_backed_up(self) -> None:
        one = await self.filled()
        self.assertGreater(in_segments(one), 5)
        before = await one.everything()
        empty = ["manners"] if is_off("manners") else []
        self.assertEqual(empty, [name for name, rows in before.items() if not rows])
        other = self.place()
        other.take_key(one)
        await self.imported(await self.exported(one), other)
        self.assertEqual(before, await other.everything())
        self.assertEqual(in_segments(one), in_segments(other))

    async def test_categories_of_devices_follow_where_the_export_is_from_before_there_was_their_table(
        self,
    ) -> None:
        one, other = await self.filled(), self.place()
        before = await one.everything()
        self.patch(exporting, "TABLES", [each for each in TABLES if each.name != "in_categories"])
        path = await self.exported(one)
        other.take_key(one)
        await self.imported(path, other)
        self.assertEqual(before, await other.everything())

    async def test_a_store_that_is_in_use_is_exported_as_it_was_at_one_moment(self) -> None:
        one, other = await self.filled(), self.place()
        store = one.store()
        await store.open()
        devices = (await store.devices(Query())).items
        self.patch(contents, "ROWS", 2)
        exporting = ensureDeferred(self.exported(one))
        for device in devices:
            await store.delete_device(device.id)
        await store.close()
        other.take_key(one)
        await self.imported(await exporting, other)
        found = await other.everything()
        with_parameters = {row[0] for row in found["parameters"]}
        (key,) = BY_NAME["devices"].key_at
        alive = {row[key] for row in found["devices"] if row[-1] is None}
        self.assertEqual(alive, with_parameters)

    async def test_a_snapshot_sees_nothing_that_comes_later(self) -> None:
        await assert_snapshot(self, await self.filled(1))

    async def test_an_empty_store_goes_too(self) -> None:
        one, other = await self.filled(0), self.place()
        other.take_key(one)
        await self.imported(await self.exported(one), other)
        self.assertEqual(await one.everything(), await other.everything())

    async def test_pages_of_any_size_make_the_same_contents(self) -> None:
        one = await self.filled()
        before = await one.everything()
        for rows, size in ((1, 1 << 20), (3, 1 << 20), (1000, 1)):
            self.patch(contents, "ROWS", rows)
            self.patch(contents, "BYTES", size)
            self.assertEqual(before, await one.everything())

    async def test_the_store_works_on_under_another_key(self) -> None:
        one, other = await self.filled(), self.place()
        path = await self.exported(one)
        await self.imported(path, other, key=one.key)
        self.assertNotEqual(one.key.read_bytes(), other.key.read_bytes())
        self.assertEqual(await one.everything(bare=True), await other.everything(bare=True))
        await self.assert_alive(other)

    async def test_a_key_that_is_the_store_s_own_anyway_changes_nothing(self) -> None:
        one, other = await self.filled(), self.place()
        other.take_key(one)
        await self.imported(await self.exported(one), other, key=one.key)
        self.assertEqual(await one.everything(), await other.everything())

    async def test_what_a_new_appliance_made_of_itself_is_replaced(self) -> None:
        one, other = await self.filled(), self.place()
        await fill(other, devices=0)  # users and tokens, as a first start leaves them
        store = other.store()
        await store.open()
        await store.remove_user("błażej")
        await store.put_view(View("user:admin", "mine", "tag=x", 5.0))
        await store.close()
        await self.drop_sessions(other)
        await self.imported(await self.exported(one), other, key=one.key)
        self.assertEqual(await one.everything(bare=True), await other.everything(bare=True))

    async def test_conversations_lie_with_those_of_their_day(self) -> None:
        one, other = await self.filled(), self.place()
        other.take_key(one)
        await self.imported(await self.exported(one), other)
        names = {path.name[:8] for path in (other.folder / "archive").iterdir()}
        self.assertEqual({path.name[:8] for path in (one.folder / "archive").iterdir()}, names)
        self.assertGreater(len(names), 3)

    async def drop_sessions(self, place: Place) -> None:
        store = place.store()
        await store.open()
        await store.retire(place.clock.seconds() + DAY, place.clock.seconds() + DAY)
        await store.close()

    async def assert_alive(self, place: Place) -> None:
        """Everything opens, and the same job is the same job."""
        store = place.store()
        await store.open()
        devices = (await store.devices(Query())).items
        (shared,) = store.shared_configurations()
        self.assertEqual({"é": ["pässword", 1]}, shared.parameters)
        own = (await store.configurations(Query({"scope": "device"}))).items
        self.assertEqual({d.id for d in devices if d.own_config_level}, {each.name for each in own})
        device = devices[0]
        self.assertEqual("2", (await store.parameters(device.id))["b.2"].value)
        self.assertTrue((await store.changes(device.id, Query())).items)
        jobs = (await store.jobs(Query({"device": device.id}))).items
        self.assertEqual({"CommandKey"}, {name for job in jobs for name in job.arguments})
        self.assertEqual({state.value for state in JobState}, {"sent", *(job.state.value for job in jobs)})
        queued = next(job for job in jobs if job.arguments["CommandKey"] == "queued")
        self.assertEqual(queued.id, (await store.add_job(job_like(queued, store.new_id()))).id)
        for session in (await store.sessions(Query())).items:
            self.assertIsNotNone(await store.conversation(session.id))
            self.assertIsNot(SessionResult.OPEN, session.result)
        await store.close()


class PostgresqlTests(TransferCase):
    skip = postgres.SKIP or None

    def new_place(self) -> Place:
        return on_postgresql(self, Path(self.mktemp()))

    async def test_there_and_back_again(self) -> None:
        one, two, three = await self.filled(), self.new_place(), self.place()
        before = await one.everything()
        for source, target in ((one, two), (two, three)):
            target.take_key(source)
            await self.imported(await self.exported(source), target)
            self.assertEqual(before, await target.everything())
        self.assertEqual(in_segments(one), in_segments(three))

    async def test_the_same_contents_make_the_same_digests(self) -> None:
        one, two = await self.filled(), self.new_place()
        two.take_key(one)
        first = await self.exported(one)
        await self.imported(first, two)
        totals = []
        for path in (first, await self.exported(two)):
            with open(path, "rb") as file:
                totals.append((await self.checked(file)).trailer)
        self.assertEqual(*totals)

    async def test_a_backup_is_restored(self) -> None:
        one, two = self.new_place(), self.new_place()
        await fill(one)
        two.take_key(one)
        await self.imported(await self.exported(one), two)
        self.assertEqual(await one.everything(), await two.everything())

    async def test_another_key(self) -> None:
        one, two = await self.filled(), self.new_place()
        await self.imported(await self.exported(one), two, key=one.key)
        self.assertEqual(await one.everything(bare=True), await two.everything(bare=True))

    async def test_old_rows_lie_where_retention_drops_them(self) -> None:
        one, two = await self.filled(), self.new_place()
        two.take_key(one)
        await self.imported(await self.exported(one), two)
        database = two.premises().database
        await database.open(shipped("postgresql"))
        ((rest,),) = await database.query("SELECT count(*) FROM conversations_rest")
        ((sessions,),) = await database.query("SELECT count(*) FROM sessions_rest")
        dropped = await database.drop_before("conversations", first_of(two.clock.seconds() - 20 * DAY))
        await database.close()
        self.assertEqual((0, 0), (rest, sessions))
        self.assertGreater(dropped, 10)

    async def test_sessions_that_any_node_had_open_are_lost_on_sqlite(self) -> None:
        one, two = self.new_place(), self.place()
        nodes = [one.store(), one.store()]
        for number, store in enumerate(nodes):
            await store.open()
            self.assertEqual(number, store.node)
            store.save_session(Session(store.new_id(), one.clock.seconds()), [])
            await store.committed()
        path = await self.exported(one)
        for store in nodes:
            await store.close()
        two.take_key(one)
        await self.imported(path, two)
        store = two.store()
        await store.open()
        sessions = (await store.sessions(Query())).items
        await store.close()
        self.assertEqual(2, len(sessions))
        self.assertEqual(["the appliance stopped"] * 2, [each.failure for each in sessions])

    async def test_a_snapshot_sees_nothing_that_comes_later(self) -> None:
        place = self.new_place()
        await fill(place, devices=1)
        await assert_snapshot(self, place)


async def assert_snapshot(case: TestCase, place: Place) -> None:
    """What is deleted meanwhile is still seen."""
    store = place.store()
    await store.open()

    async def read(ask: Read) -> list[list[Row]]:
        before = await ask("SELECT name FROM users ORDER BY name", ())
        await store.remove_user("anna")
        return [before, await ask("SELECT name FROM users ORDER BY name", ())]

    before, after = await store._database.snapshot(read)
    case.assertEqual(before, after)
    case.assertEqual(1, len(await store.users()))
    await store.close()


def job_like(job: Job, number: int) -> Job:
    """The same job said again."""
    return replace(job, id=number)
