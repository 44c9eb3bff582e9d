"""Alarms that are raised, and end, by what is looked at from time to time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from acs.alarms.judging import Disk, Ending
from acs.alarms.limits import DAY, Limits
from acs.alarms.looking import LATE_EVERY, LOOK, Looking
from acs.store.building import embedded_store
from acs.store.happenings import Happening
from acs.store.interface import Query
from acs.store.records import Session, SessionResult
from acs.store.records.alarms import AlarmKind
from tests.store.contract.base import device
from tests.store.test_nodes import NodesCase

NOON = 1_795_608_000.0


class LookingTests(TestCase):
    timeout = 30

    async def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOON)
        self.store = embedded_store(reactor, self.clock, Path(self.mktemp()))
        await self.store.open()
        self.endings: list[Ending] = []
        self.disk = Disk("/var", 10, 100)
        self.told: list[Happening] = []
        self.store.happenings.listen(self.told.append)
        self.looking = self.a_looking()

    async def tearDown(self) -> None:
        self.looking.stop()
        await self.store.close()

    def a_looking(self, name: str = "one", **how: Any) -> Looking:
        async def disks() -> Iterable[Disk]:
            return [self.disk]

        limits = replace(Limits(), late_least=2, failing_least=4, **how)
        return Looking(self.store, self.clock, limits, name, lambda: self.endings, disks)

    async def look(self) -> list[str]:
        """What is open after a look in a minute."""
        self.clock.advance(LOOK)
        await self.looking.look()
        await self.store.committed()
        return await self.open()

    async def open(self) -> list[str]:
        page = await self.store.alarms(Query({"open": "true"}, sort="id"))
        return [f"{alarm.kind}: {alarm.subject}" for alarm in page.items]

    async def call(
        self, number: int, result: SessionResult = SessionResult.SUCCESS, ago: float = 0.0
    ) -> None:
        made = await self.store.add_device(device(number))
        self.store.change_device(made.id, inform_interval=60)
        now = self.clock.seconds() - ago
        self.store.save_session(Session(self.store.new_id(), now, made.id, ended=now, result=result), ())
        await self.store.committed()

    async def test_where_all_is_well_nothing_is_raised(self) -> None:
        for number in range(10):
            await self.call(number)
        self.assertEqual([], await self.look())
        self.assertEqual([], [each for each in self.told if each.topic == "alarm"])

    async def test_each_is_raised_once_and_ended_once(self) -> None:
        self.disk = Disk("/var", 95, 100)
        for _ in range(3):
            self.assertEqual(["disk_full: one: /var"], await self.look())
        self.disk = Disk("/var", 50, 100)
        for _ in range(3):
            self.assertEqual([], await self.look())
        self.assertEqual(["raised", "ended"], [each.what for each in self.told if each.topic == "alarm"])

    async def test_one_that_was_open_before_a_restart_is_not_raised_again(self) -> None:
        self.disk = Disk("/var", 95, 100)
        await self.look()
        self.looking = self.a_looking()
        self.assertEqual(["disk_full: one: /var"], await self.look())
        self.assertEqual(["raised"], [each.what for each in self.told if each.topic == "alarm"])

    async def test_certificates_that_end_are_told_until_others_are_shown(self) -> None:
        self.endings = [Ending("/a.pem", self.clock.seconds() + 14.5 * DAY)]
        self.assertEqual([], await self.look())
        self.clock.advance(DAY)
        self.assertEqual(["certificate_ending: one: /a.pem"], await self.look())
        self.endings = [Ending("/b.pem", self.clock.seconds() + 90 * DAY)]
        self.assertEqual([], await self.look())

    async def test_a_slow_database_is_told_by_what_it_took_since_the_last_look(self) -> None:
        self.store.measured.commits.note(1000.0)
        self.looking.start()
        self.assertEqual([], await self.look())
        self.store.measured.commits.note(1000.0)
        self.assertEqual(["store_slow: one"], await self.look())
        self.assertEqual([], await self.look())

    async def test_sessions_that_fail_are_told(self) -> None:
        for number in range(4):
            await self.call(number, SessionResult.FAILED)
        self.assertEqual(["sessions_failing: all"], await self.look())
        self.clock.advance(600)
        self.assertNotIn("sessions_failing: all", await self.look())

    async def test_devices_that_are_late_are_told_until_they_call(self) -> None:
        for number in range(4):
            await self.call(number)
        self.assertEqual([], await self.look())
        self.clock.advance(LATE_EVERY)
        self.assertEqual(["devices_late: Acme/Box", "devices_late: all"], await self.look())
        for number in range(4):
            await self.call(number)
        self.clock.advance(LATE_EVERY - 2 * LOOK)
        await self.look()
        for number in range(4):
            await self.call(number)
        self.assertEqual([], await self.look())

    async def test_devices_that_are_silent_for_long_are_given_up(self) -> None:
        self.looking = self.a_looking(store_milliseconds=0)  # what is under way takes 29 days here
        for number in range(4):
            await self.call(number)
        self.clock.advance(29 * DAY)
        self.assertEqual(["devices_late: Acme/Box", "devices_late: all"], await self.look())
        self.clock.advance(2 * DAY)
        self.assertEqual([], await self.look())

    async def test_what_is_set_to_0_is_not_looked_at(self) -> None:
        self.disk = Disk("/var", 95, 100)
        self.endings = [Ending("/a.pem", 0.0)]
        for number in range(4):
            await self.call(number, SessionResult.FAILED)
        off = ("late_percent", "failing_percent", "store_milliseconds", "certificate_days", "disk_percent")
        self.looking = self.a_looking(**dict.fromkeys(off, 0))
        self.store.measured.commits.note(1000.0)
        self.clock.advance(LATE_EVERY)
        self.assertEqual([], await self.look())

    async def test_what_is_switched_off_ends(self) -> None:
        self.disk = Disk("/var", 95, 100)
        await self.look()
        self.looking = self.a_looking(disk_percent=0)
        self.assertEqual([], await self.look())

    async def test_it_is_looked_at_every_minute(self) -> None:
        self.disk = Disk("/var", 95, 100)
        self.looking.start()
        self.clock.advance(LOOK - 1)
        self.assertEqual([], await self.open())
        self.clock.advance(1)
        for _ in range(100):
            if await self.open():
                break
        self.assertEqual(["disk_full: one: /var"], await self.open())


class SeveralNodesTests(NodesCase):
    async def test_each_looks_at_its_own_and_one_at_what_is_all_nodes(self) -> None:
        async def disks() -> Iterable[Disk]:
            return [Disk("/var", 95, 100)]

        for number in range(30):
            made = await self.one.add_device(device(number))
            now = self.clock.seconds()
            self.one.save_session(
                Session(self.one.new_id(), now, made.id, ended=now, result=SessionResult.FAILED), ()
            )
        await self.one.committed()
        for store, name in ((self.one, "one"), (self.two, "two")):
            await Looking(store, self.clock, Limits(), name, disks=disks).look()  # type: ignore[arg-type]
            await store.committed()
        subjects = {(AlarmKind.DISK_FULL, f"{name}: /var") for name in ("one", "two")}
        subjects.add((AlarmKind.SESSIONS_FAILING, "all"))
        self.assertEqual(subjects, set(await self.one.open_subjects()))

    async def test_what_a_node_told_that_is_no_more_is_ended(self) -> None:
        self.one.raise_alarm(AlarmKind.DISK_FULL, "full", subject="gone: /var")
        self.one.raise_alarm(AlarmKind.STORE_SLOW, "slow", subject="two")
        await self.one.committed()
        await Looking(self.one, self.clock, Limits(), "one").look()  # type: ignore[arg-type]
        await self.one.committed()
        self.assertEqual({(AlarmKind.STORE_SLOW, "two")}, set(await self.one.open_subjects()))
