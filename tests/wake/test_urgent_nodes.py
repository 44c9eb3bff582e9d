"""An urgent job where several processes share a database: a real PostgreSQL."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from acs.session import jobs
from acs.store.records import Job
from acs.store.records.wakes import WakeOutcome
from acs.store.store import DurableStore
from acs.wake.pacing import Pace
from acs.wake.targets import Targets
from acs.wake.urgent import LEASE, UrgentJobs
from acs.wake.waker import Waker
from tests.store.test_nodes import NodesCase
from tests.wake.ways import ChosenWay


class UrgentOnNodesTests(NodesCase):
    def urgent(self, store: DurableStore, way: ChosenWay) -> UrgentJobs:
        now = self.clock.seconds
        waker = Waker(store, self.clock, Targets(store), [way])  # type: ignore[arg-type]
        return UrgentJobs(store, now, waker, Pace(now, 100.0, 100.0))

    async def test_its_device_may_call_another_process_and_is_not_called_before_that_can_find_it(
        self,
    ) -> None:
        device_id = await self.both_know()
        await self.one.beat()
        way = ChosenWay("http", WakeOutcome.UNREACHABLE)
        urgent = self.urgent(self.one, way)
        accepting: Deferred[Job] = Deferred()
        accepted = Deferred.fromCoroutine(urgent.accept(device_id, "", accepting))
        await self.one.committed()
        self.assertEqual([], way.asked)
        job = await jobs.accept(
            self.one, 5.0, device_id, "Reboot", {"CommandKey": ""}, urgent=True, wake_at=urgent.wake_at()
        )
        accepting.callback(job)
        await accepted
        await self.until(lambda: way.asked)
        self.assertEqual([job.id], [each.id for each in await self.jobs_of(self.two, device_id)])

    async def jobs_of(self, store: DurableStore, device_id: str) -> tuple[Job, ...]:
        await store.jobs_accepted(device_id)
        return store.open_jobs(device_id)

    async def test_of_two_that_look_one_sees_to_it(self) -> None:
        device_id = await self.both_know()
        now = self.clock.seconds()
        await jobs.accept(
            self.one, now, device_id, "Reboot", {"CommandKey": ""}, urgent=True, wake_at=now - LEASE
        )
        ways = ChosenWay("http", WakeOutcome.BUSY), ChosenWay("http", WakeOutcome.BUSY)
        looking = [
            Deferred.fromCoroutine(self.urgent(store, way).look())
            for store, way in zip((self.one, self.two), ways, strict=True)
        ]
        for each in looking:
            await each
        await self.until(lambda: any(way.asked for way in ways))
        self.assertEqual(1, sum(len(way.asked) for way in ways))
