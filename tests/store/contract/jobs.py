"""Jobs: accepted, carried out, cancelled."""

from __future__ import annotations

from typing import Any

from msgspec.structs import fields, replace
from twisted.internet.defer import Deferred, gatherResults

from acs.store import ids as numbers
from acs.store.interface import JobNotQueued, Query, StoreError
from acs.store.records import Job, JobState
from acs.store.verbs.putting_away import JobNotFailed
from tests.store.contract.base import Contract, ids

ARGUMENTS = {
    "ParameterList": [{"Name": "Device.WiFi.KeyPassphrase", "Value": "sésame", "Type": "xsd:string"}],
    "ParameterKey": "",
}


class JobContract(Contract):
    """Accepted on disk, in memory with its device, changed behind."""

    async def asked(self, **filters: str) -> list[int]:
        return ids(await self.store.jobs(Query(filters)))

    async def test_a_job_is_kept_in_every_field(self) -> None:
        device = await self.add()
        job = Job(
            id=self.store.new_id(),
            device=device.id,
            rpc="SetParameterValues",
            arguments=ARGUMENTS,
            created=1000.5,
            reason="a customer called",
            automatic=True,
            urgent=True,
            state=JobState.SENT,
            requested_by="anna",
            command_key="key",
            expires=2000.5,
            attempts=2,
            uncertain=True,
            sent=1001.5,
            ended=1002.5,
            session=self.store.new_id(),
            wake_at=1003.5,
            wake_tries=3,
            wake_method="http",
            wake_outcome="busy",
            wake_detail="it says 503",
            result={"Status": 1},
            fault={"FaultCode": 9005, "FaultString": "<&>"},
        )
        bare = Job(job.id, job.device, job.rpc, job.arguments, job.created)
        self.assertEqual(
            [], [f.name for f in fields(Job)[5:] if getattr(job, f.name) == getattr(bare, f.name)]
        )
        self.assertEqual(job, await self.store.add_job(job))
        await self.reopen()
        self.assertEqual(job, await self.store.job(job.id))
        self.assertEqual((job,), (await self.store.jobs(Query())).items)

    async def test_an_accepted_job_is_open(self) -> None:
        device = await self.add()
        self.assertEqual((), self.store.open_jobs(device.id))
        job = await self.accept(device.id)
        self.assertEqual((job,), self.store.open_jobs(device.id))
        self.assertEqual(job, await self.store.job(job.id))
        await self.reopen()
        self.assertEqual(job, await self.store.job(job.id))
        await self.known(device.id)
        self.assertEqual((job,), self.store.open_jobs(device.id))

    async def test_a_job_brings_its_device_into_memory(self) -> None:
        device = await self.add()
        await self.reopen()
        job = await self.accept(device.id)
        self.assertEqual((job,), self.store.open_jobs(device.id))

    async def test_jobs_for_unknown_devices_are_refused(self) -> None:
        with self.assertRaises(LookupError):
            await self.accept("nobody")
        with self.assertRaises(LookupError):
            self.store.open_jobs("nobody")
        self.assertEqual([], await self.asked())

    async def test_arguments_that_are_not_json_are_refused(self) -> None:
        device = await self.add()
        values: list[Any] = [{"x": object()}, {"x": "\ud800"}, {"x": 2**70}, {1: 2}]
        for arguments in values:
            with self.assertRaises(StoreError):
                await self.accept(device.id, arguments=arguments)
        self.assertEqual((), self.store.open_jobs(device.id))

    async def test_urgent_jobs_come_first_then_the_oldest(self) -> None:
        device = await self.add()
        for number, (urgent, created) in enumerate([(False, 3.0), (True, 2.0), (False, 1.0), (True, 1.0)]):
            await self.accept(
                device.id, arguments={"CommandKey": str(number)}, urgent=urgent, created=created
            )
        order = [job.arguments["CommandKey"] for job in self.store.open_jobs(device.id)]
        self.assertEqual(["3", "1", "2", "0"], order)

    async def test_an_urgent_job_is_known_of_until_it_goes_out(self) -> None:
        device, other = await self.add(1), await self.add(2)
        await self.accept(device.id)
        await self.accept(other.id, urgent=True)
        self.assertEqual(
            [False, True, False], [self.store.has_urgent_job(of) for of in (device.id, other.id, "nobody")]
        )
        job = await self.accept(device.id, urgent=True)  # the same one, urgent by now
        self.assertTrue(self.store.has_urgent_job(device.id))
        self.store.change_job(job.id, state=JobState.SENT, sent=5.0)
        self.assertFalse(self.store.has_urgent_job(device.id))
        self.store.change_job(job.id, state=JobState.QUEUED)
        self.assertTrue(self.store.has_urgent_job(device.id))
        await self.store.cancel_job(job.id, 6.0)
        self.assertFalse(self.store.has_urgent_job(device.id))

    async def test_an_urgent_job_of_a_device_out_of_memory_is_not_known_of_until_it_calls(
        self,
    ) -> None:
        device = await self.add()
        await self.accept(device.id, urgent=True)
        await self.reopen()
        self.assertFalse(self.store.has_urgent_job(device.id))
        await self.known(device.id)
        self.assertTrue(self.store.has_urgent_job(device.id))

    async def test_a_job_that_ends_is_open_no_more(self) -> None:
        device = await self.add()
        ends = [JobState.DONE, JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED]
        for number, state in enumerate(ends):
            job = await self.accept(device.id, arguments={"CommandKey": str(number)})
            ended = self.store.change_job(
                job.id, state=state, ended=5.0, result={"Status": 0}, fault={"FaultCode": 1}
            )
            self.assertEqual((), self.store.open_jobs(device.id))
            self.assertEqual(ended, await self.store.job(job.id))
            with self.assertRaises(LookupError):
                self.store.change_job(job.id, state=JobState.QUEUED)
        await self.reopen()
        await self.known(device.id)
        self.assertEqual((), self.store.open_jobs(device.id))
        self.assertEqual({state.value for state in ends}, {job.state.value for job in await self.all_jobs()})
        self.assertEqual([{"Status": 0}] * 4, [job.result for job in await self.all_jobs()])

    async def all_jobs(self) -> tuple[Job, ...]:
        return (await self.store.jobs(Query())).items

    async def test_a_change_takes_effect_at_once_and_lasts(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        sent = self.store.change_job(job.id, state=JobState.SENT, sent=5.0, attempts=1, session=7)
        self.assertEqual(replace(job, state=JobState.SENT, sent=5.0, attempts=1, session=7), sent)
        self.assertEqual((sent,), self.store.open_jobs(device.id))
        self.assertIs(sent, self.store.change_job(job.id, attempts=1))
        await self.reopen()
        await self.known(device.id)
        self.assertEqual((sent,), self.store.open_jobs(device.id))

    async def test_a_job_is_taken_to_be_sent_and_that_is_on_disk(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        sent = await self.store.send_job(job.id, 5.0, 7)
        self.assertEqual(replace(job, state=JobState.SENT, sent=5.0, attempts=1, session=7), sent)
        self.assertEqual((sent,), self.store.open_jobs(device.id))
        self.assertTrue(self.store.committed().called)
        await self.reopen()
        await self.known(device.id)
        self.assertEqual((sent,), self.store.open_jobs(device.id))

    async def test_a_job_that_is_queued_no_more_is_not_sent(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        self.store.change_job(job.id, state=JobState.SENT, session=7)
        self.assertIsNone(await self.store.send_job(job.id, 5.0, 8))
        self.assertEqual([7], [each.session for each in self.store.open_jobs(device.id)])
        with self.assertRaises(LookupError):
            await self.store.send_job(17, 5.0, 8)

    async def test_only_jobs_of_devices_in_memory_can_be_changed(self) -> None:
        job = await self.accept((await self.add()).id)
        await self.reopen()
        for unknown in (job.id, 17):
            with self.assertRaises(LookupError):
                self.store.change_job(unknown, attempts=1)

    async def test_jobs_that_were_left_sent_are_found(self) -> None:
        device = await self.add()
        jobs = [await self.accept(device.id, arguments={"CommandKey": str(number)}) for number in range(4)]
        for job in jobs[1:]:
            await self.store.send_job(job.id, 1.0, self.store.new_id())
        self.store.change_job(jobs[2].id, result={"Status": 1})
        self.store.change_job(jobs[3].id, state=JobState.DONE)
        self.assertEqual([jobs[1].id], [job.id for job in await self.store.jobs_left_sent(self.store.node)])
        await self.reopen()
        self.assertEqual([jobs[1].id], [job.id for job in await self.store.jobs_left_sent(self.store.node)])


class SameJobContract(Contract):
    """Identical queued jobs are one job."""

    async def test_the_same_job_said_again_is_the_one_that_waits(self) -> None:
        device = await self.add()
        first = await self.accept(device.id, arguments={"CommandKey": "", "X": [1, {"a": 1, "b": 2}]})
        again = await self.accept(
            device.id, arguments={"X": [1, {"b": 2, "a": 1}], "CommandKey": ""}, reason="other"
        )
        self.assertEqual(first, again)
        self.assertEqual((first,), self.store.open_jobs(device.id))
        await self.reopen()
        self.assertEqual(first, await self.accept(device.id, arguments=dict(first.arguments)))

    async def test_it_becomes_urgent_and_lasts_as_long_as_the_longer(self) -> None:
        device = await self.add()
        first = await self.accept(device.id, expires=100.0)
        cases = [
            ({"urgent": True, "expires": 50.0}, (True, 100.0)),
            ({"expires": 200.0}, (True, 200.0)),
            ({"expires": None}, (True, None)),
            ({"expires": 300.0}, (True, None)),
        ]
        for said, (urgent, expires) in cases:
            wanted = replace(first, urgent=urgent, expires=expires)
            self.assertEqual(wanted, await self.accept(device.id, **said))
            self.assertEqual((wanted,), self.store.open_jobs(device.id))
        await self.reopen()
        self.assertEqual(wanted, await self.store.job(first.id))

    async def test_what_differs_is_another_job(self) -> None:
        devices = [await self.add(number) for number in range(2)]
        jobs = {
            (await self.accept(devices[0].id)).id,
            (await self.accept(devices[1].id)).id,
            (await self.accept(devices[0].id, rpc="FactoryReset")).id,
            (await self.accept(devices[0].id, arguments={"CommandKey": "x"})).id,
        }
        self.assertEqual(4, len(jobs))

    async def test_a_job_that_went_out_is_not_waiting(self) -> None:
        device = await self.add()
        first = await self.accept(device.id)
        self.store.change_job(first.id, state=JobState.SENT)
        second = await self.accept(device.id)
        self.assertNotEqual(first.id, second.id)
        self.store.change_job(first.id, state=JobState.DONE)
        self.assertEqual((second,), self.store.open_jobs(device.id))

    async def test_the_same_job_said_twice_at_once_is_one(self) -> None:
        device = await self.add()
        await self.reopen()
        both = [Deferred.fromCoroutine(self.accept(device.id)) for _ in range(2)]
        first, second = await gatherResults(both)
        self.assertEqual(first.id, second.id)
        self.assertEqual(1, len(self.store.open_jobs(device.id)))

    async def test_a_job_that_goes_back_to_the_queue_stands_beside_its_like(self) -> None:
        device = await self.add()
        first = await self.accept(device.id)
        self.store.change_job(first.id, state=JobState.SENT)
        second = await self.accept(device.id)
        self.store.change_job(first.id, state=JobState.QUEUED)
        await self.store.committed()
        third = await self.accept(device.id)
        self.assertEqual(second.id, third.id)
        await self.reopen()
        await self.known(device.id)
        self.assertEqual([first.id, second.id], [job.id for job in self.store.open_jobs(device.id)])


class CancelContract(Contract):
    """Cancelling, which must not cross a sending."""

    async def test_a_queued_job_is_cancelled_whether_its_device_is_in_memory_or_not(self) -> None:
        device = await self.add()
        for restart in (False, True):
            job = await self.accept(device.id)
            if restart:
                await self.reopen()
            cancelled = await self.store.cancel_job(job.id, 7.0)
            self.assertEqual(replace(job, state=JobState.CANCELLED, ended=7.0), cancelled)
            self.assertEqual((), self.store.open_jobs(device.id))
            await self.reopen()
            self.assertEqual(cancelled, await self.store.job(job.id))
            await self.known(device.id)
            self.assertEqual((), self.store.open_jobs(device.id))

    async def test_a_job_that_went_out_or_ended_is_not_cancelled(self) -> None:
        device = await self.add()
        for number, state in enumerate([JobState.SENT, JobState.DONE, JobState.CANCELLED]):
            job = await self.accept(device.id, arguments={"CommandKey": str(number)})
            changed = self.store.change_job(job.id, state=state)
            with self.assertRaises(JobNotQueued) as refusal:
                await self.store.cancel_job(job.id, 7.0)
            self.assertEqual(changed, refusal.exception.job)
            self.assertIn(state.value, str(refusal.exception))
            self.assertEqual(changed, await self.store.job(job.id))

    async def test_an_unknown_job_is_not_cancelled(self) -> None:
        with self.assertRaises(LookupError):
            await self.store.cancel_job(17, 7.0)

    async def test_a_job_that_failed_is_put_away_and_keeps_its_fault(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        fault = {"FaultCode": 9002, "FaultString": "no"}
        failed = self.store.change_job(job.id, state=JobState.FAILED, fault=fault, ended=6.0)
        await self.store.committed()
        away = await self.store.put_job_away(job.id)
        self.assertEqual(replace(failed, state=JobState.CANCELLED), away)
        await self.reopen()
        self.assertEqual(away, await self.store.job(job.id))

    async def test_a_job_that_has_not_failed_is_not_put_away(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        for state in (JobState.QUEUED, JobState.SENT, JobState.DONE):
            changed = self.store.change_job(job.id, state=state)
            await self.store.committed()
            with self.assertRaises(JobNotFailed) as refusal:
                await self.store.put_job_away(job.id)
            self.assertEqual(
                (changed, f"the job is {state.value}"), (refusal.exception.job, str(refusal.exception))
            )
        with self.assertRaises(LookupError):
            await self.store.put_job_away(17)

    async def test_a_job_that_is_being_cancelled_is_not_sent_any_more(self) -> None:
        device = await self.add()
        job = await self.accept(device.id)
        cancelling = Deferred.fromCoroutine(self.store.cancel_job(job.id, 7.0))
        while self.store.open_jobs(device.id):
            await self.store.committed()
        self.assertEqual(JobState.CANCELLED, (await cancelling).state)

    async def test_what_is_asked_of_jobs_is_answered(self) -> None:
        device, other = await self.add(1), await self.add(2)
        session = self.store.new_id()
        a = await self.accept(device.id, "Reboot", automatic=True, command_key="k1")
        b = await self.accept(device.id, "Download", urgent=True, command_key="k2")
        c = await self.accept(other.id, "Reboot")
        self.store.change_job(b.id, state=JobState.SENT, session=session, uncertain=True)
        self.store.change_job(c.id, state=JobState.FAILED)
        cases: list[tuple[dict[str, str], list[Job]]] = [
            ({}, [c, b, a]),
            ({"device": device.id}, [b, a]),
            ({"device": "nobody"}, []),
            ({"rpc": "Reboot"}, [c, a]),
            ({"state": "queued"}, [a]),
            ({"state": "sent,queued"}, [b, a]),
            ({"state": "failed,queued"}, [c, a]),
            ({"automatic": "true"}, [a]),
            ({"automatic": "false"}, [c, b]),
            ({"urgent": "true"}, [b]),
            ({"uncertain": "true"}, [b]),
            ({"session": numbers.as_text(session)}, [b]),
            ({"command_key": "k1"}, [a]),
            ({"command_key": ""}, []),
            ({"rpc": "Reboot", "device": other.id}, [c]),
        ]
        for filters, wanted in cases:
            page = await self.store.jobs(Query(filters))
            self.assertEqual([job.id for job in wanted], ids(page), filters)
        self.assertEqual([a.id, b.id, c.id], ids(await self.store.jobs(Query(sort="id"))))
