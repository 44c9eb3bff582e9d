"""Urgent jobs wake their devices, again and again for a while, and not all at once."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed

from acs.cwmp.json_form import ArgumentError
from acs.session import jobs
from acs.store.interface import StoreUnavailable
from acs.store.records import Job, JobState
from acs.store.records.wakes import WakeOutcome
from acs.store.store import DurableStore
from acs.wake.pacing import Pace
from acs.wake.urgent import LEASE, WAITS, WAITS_WHERE_BUSY, UrgentJobs
from tests.support.world import AIRTIES
from tests.wake.test_waker import ID, WakerCase
from tests.wake.ways import ChosenWay


class UrgentCase(WakerCase):
    def urgent(self, way: ChosenWay, per_second: float = 10.0) -> UrgentJobs:
        self.way = way
        now = self.world.clock.seconds
        self.wakes = self.waker(way)
        return UrgentJobs(self.world.store, now, self.wakes, Pace(now, per_second, per_second))

    async def accept(self, urgent: UrgentJobs, rpc: str = "Reboot", **how: Any) -> Job:
        now = self.world.clock.seconds()
        arguments: dict[str, Any] = {"CommandKey": ""} if rpc == "Reboot" else {}
        how = {"urgent": True, "wake_at": urgent.wake_at()} | how
        accepting = jobs.accept(self.world.store, now, ID, rpc, arguments, **how)
        job = await urgent.accept(ID, how.get("requested_by", ""), Deferred.fromCoroutine(accepting))
        await self.settled()
        return job

    async def job(self, job: Job) -> Job:
        await self.settled()
        found = await self.world.store.job(job.id)
        assert found is not None
        return found

    async def look(self, urgent: UrgentJobs, seconds: float) -> int:
        """Let time go by; how often the device was asked then."""
        before = len(self.way.asked)
        self.world.clock.advance(seconds)
        await urgent.look()
        await self.settled()
        return len(self.way.asked) - before


class Away:
    """The store, of which one verb finds that the database is away; ``available`` says so, or not yet."""

    def __init__(self, store: DurableStore, verb: str) -> None:
        self._store, self._verb = store, verb
        self.available = True
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return self._away if name == self._verb else getattr(self._store, name)

    async def _away(self, *_: Any) -> None:
        self.asked += 1
        raise StoreUnavailable("away")


class UrgentTests(UrgentCase):
    async def test_the_device_is_woken_at_once_and_the_job_says_so(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        job = await self.accept(urgent, requested_by="anna")
        self.assertEqual(1, len(self.way.asked))
        self.wakes.called(ID, 5)
        told = await self.job(job)
        self.assertEqual((1, "http", "informed"), (told.wake_tries, told.wake_method, told.wake_outcome))
        (wake,) = await self.history()
        self.assertEqual(("anna", job.id, 5), (wake.requested_by, wake.job, wake.session))

    async def test_what_does_not_succeed_is_tried_again_and_then_left_to_the_next_inform(self) -> None:
        await self.known()
        for outcome, waits in ((WakeOutcome.UNREACHABLE, WAITS), (WakeOutcome.BUSY, WAITS_WHERE_BUSY)):
            urgent = self.urgent(ChosenWay("http", outcome))
            job = await self.accept(urgent)
            for tries, wait in enumerate(waits, 1):
                self.assertEqual(
                    (tries, 0), ((await self.job(job)).wake_tries, await self.look(urgent, wait - 1))
                )
                self.assertEqual(1, await self.look(urgent, 1))
            told = await self.job(job)
            self.assertEqual(
                (0.0, len(waits) + 1, outcome), (told.wake_at, told.wake_tries, told.wake_outcome)
            )
            self.assertIn("waits for the device's next Inform", told.wake_detail)
            self.assertEqual(JobState.QUEUED, told.state)
            self.assertEqual(0, await self.look(urgent, 90_000))
            await self.world.store.cancel_job(job.id, 5.0)

    async def test_where_there_is_no_way_it_is_not_tried_again(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", why_not="no URL"))
        told = await self.job(await self.accept(urgent))
        self.assertEqual((0.0, 1, "impossible"), (told.wake_at, told.wake_tries, told.wake_outcome))
        self.assertEqual("no URL; it waits for the device's next Inform", told.wake_detail)

    async def test_nobody_is_woken_for_a_job_that_is_done(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", WakeOutcome.BUSY))
        job = await self.accept(urgent)
        await self.world.store.send_job(job.id, 5.0, 7)
        self.assertEqual(0, await self.look(urgent, 1000))
        self.world.store.change_job(job.id, state=JobState.DONE)
        await urgent.accept(ID, "", succeed(await self.job(job)))
        self.assertEqual(1, len(self.way.asked))

    async def test_one_whose_session_was_lost_wakes_the_device_again(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        job = await self.accept(urgent)
        self.wakes.called(ID, 5)
        await self.settled()
        await self.world.store.send_job(job.id, 5.0, 7)
        self.world.store.change_job(job.id, state=JobState.QUEUED, session=None)
        self.assertEqual(1, await self.look(urgent, WAITS[0]))

    async def test_one_that_another_process_was_to_see_to_is_taken_over_when_that_is_gone(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        now = self.world.clock.seconds()
        arguments = {"CommandKey": ""}
        await jobs.accept(
            self.world.store, now, ID, "Reboot", arguments, urgent=True, wake_at=urgent.wake_at()
        )
        self.assertEqual(0, await self.look(urgent, LEASE - 1))
        self.assertEqual(1, await self.look(urgent, 1))

    async def test_it_is_called_while_the_job_is_written_and_finds_it(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        now = self.world.clock.seconds()
        accepting = Deferred.fromCoroutine(
            jobs.accept(self.world.store, now, ID, "Reboot", {"CommandKey": ""}, urgent=True, wake_at=5.0)
        )
        accepted = Deferred.fromCoroutine(urgent.accept(ID, "", accepting))
        self.assertEqual((), self.world.store.open_jobs(ID))
        await self.world.store.jobs_accepted(ID)
        self.assertEqual(1, len(self.world.store.open_jobs(ID)))
        self.assertEqual((await accepted).id, self.world.store.open_jobs(ID)[0].id)

    async def test_for_a_job_that_is_refused_nobody_is_woken(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        with self.assertRaises(ArgumentError):
            await self.accept(urgent, "Nothing")
        await self.settled()
        self.assertEqual([], self.way.asked)

    async def test_of_a_job_that_could_not_be_kept_that_alone_is_told(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", None))
        accepting: Deferred[Job] = Deferred()
        accepted = Deferred.fromCoroutine(urgent.accept(ID, "", accepting))
        await self.settled()
        accepting.errback(StoreUnavailable("the disk is full"))
        with self.assertRaises(StoreUnavailable):
            await accepted
        self.wakes.stop()
        self.assertEqual((1, 1), (len(self.way.asked), self.way.cancelled))

    async def test_no_more_are_woken_in_a_second_than_may_be(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", WakeOutcome.IMPOSSIBLE), per_second=1.0)
        for rpc in ("Reboot", "FactoryReset", "GetRPCMethods"):
            await self.accept(urgent, rpc)
        self.assertEqual(1, len(self.way.asked))
        self.assertEqual([0, 1, 0, 1, 0], [await self.look(urgent, 0.5) for _ in range(5)])

    async def test_what_was_under_way_when_the_appliance_stops_is_the_next_one_s_at_once(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", None))
        job = await self.accept(urgent)
        self.wakes.stop()
        told = await self.job(job)
        self.assertEqual((self.world.clock.seconds(), 0), (told.wake_at, told.wake_tries))
        self.assertEqual(1, await self.look(self.urgent(ChosenWay("http")), 0))

    async def test_while_the_store_is_away_nobody_is_seen_to(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http", WakeOutcome.BUSY))
        job = await self.accept(urgent)
        for away in ("device", "due_wakes"):
            store = urgent._store = Away(self.world.store, away)  # type: ignore[assignment]
            self.assertEqual(0, await self.look(urgent, LEASE))
            store.available = False
            asked = store.asked
            self.assertEqual(0, await self.look(urgent, LEASE))
            self.assertEqual((1, 1), (asked, store.asked))
        urgent._store = self.world.store
        self.assertEqual(1, await self.look(urgent, 0))
        self.assertEqual(2, (await self.job(job)).wake_tries)

    async def test_what_the_network_of_the_device_has_had_is_waited_for(self) -> None:
        await self.known(client_ip="192.0.2.7")
        urgent = self.urgent(ChosenWay("http", WakeOutcome.IMPOSSIBLE), per_second=10.0)
        urgent._pace = Pace(self.world.clock.seconds, 10.0, 1.0)
        await self.accept(urgent)
        job = await self.accept(urgent, "FactoryReset")
        self.assertEqual(self.world.clock.seconds(), (await self.job(job)).wake_at)
        await self.look(urgent, 0.25)
        self.assertEqual(self.world.clock.seconds() + 0.75, (await self.job(job)).wake_at)
        self.assertEqual((0, 1), (await self.look(urgent, 0.5), await self.look(urgent, 0.25)))

    async def test_what_is_said_of_one_that_called_is_not_that_it_waits(self) -> None:
        await self.known()
        urgent = self.urgent(ChosenWay("http"))
        job = await self.accept(urgent)
        for wait in (*WAITS, 0.0):
            self.wakes.called(ID, 5)
            self.assertNotIn("waits", (await self.job(job)).wake_detail)
            await self.look(urgent, wait)
        told = await self.job(job)
        self.assertEqual(
            (len(WAITS) + 1, "informed", 0.0), (told.wake_tries, told.wake_outcome, told.wake_at)
        )

    async def test_the_name_of_the_device_is_what_the_job_says(self) -> None:
        await self.known()
        await self.accept(self.urgent(ChosenWay("http", WakeOutcome.BUSY)))
        self.assertEqual([AIRTIES.key], [target.device for target in self.way.asked])
