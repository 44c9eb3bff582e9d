"""What happens is told to whoever listens, once it holds."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.happenings import Happening
from acs.store.interface import JobNotQueued
from acs.store.records import Job, JobState, SessionResult
from acs.store.records.campaigns import Campaign, CampaignState, MemberState, Progress
from tests.store.contract.base import Contract


class HappeningContract(Contract):
    """Told in this process, of what is done in it."""

    def listen(self) -> list[Happening]:
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        return told

    async def test_a_job_is_told_when_it_is_on_disk(self) -> None:
        device = await self.add()
        told = self.listen()
        job = Job(self.store.new_id(), device.id, "Reboot", {}, 1000.0)
        adding = self.store.add_job(job)
        self.assertEqual([], told)
        await adding
        await self.store.send_job(job.id, 1001.0, self.store.new_id())
        self.store.change_job(job.id, uncertain=True)
        self.store.change_job(job.id, uncertain=True)
        self.store.change_job(job.id, state=JobState.DONE, ended=1002.0)
        other = await self.store.add_job(replace(job, id=self.store.new_id()))
        await self.store.cancel_job(other.id, 1003.0)
        with self.assertRaises(JobNotQueued):
            await self.store.cancel_job(other.id, 1003.0)
        states = ["queued", "sent", "sent", "done", "queued", "cancelled"]
        self.assertEqual([("job", state) for state in states], [(each.topic, each.what) for each in told])
        self.assertEqual(await self.store.job(job.id), told[3].record)
        self.assertEqual({"queued": 2, "sent": 1, "done": 1, "cancelled": 1}, dict(self.store.measured.jobs))

    async def test_open_jobs_are_counted_by_their_state(self) -> None:
        device = await self.add()
        self.assertEqual({"queued": 0, "sent": 0}, await self.store.open_job_counts())
        made = [
            await self.store.add_job(Job(self.store.new_id(), device.id, "Reboot", {"n": n}, 1000.0))
            for n in range(4)
        ]
        await self.store.send_job(made[0].id, 1001.0, self.store.new_id())
        await self.store.cancel_job(made[1].id, 1001.0)
        self.assertEqual({"queued": 2, "sent": 1}, await self.store.open_job_counts())

    async def test_a_session_is_told_with_its_end(self) -> None:
        device = await self.add()
        told = self.listen()
        self.save(device.id, result=SessionResult.OPEN, ended=None)
        session = self.save(device.id)
        refused = self.save("", result=SessionResult.FAILED)
        self.assertEqual([("ended", session), ("refused", refused)], [(e.what, e.record) for e in told])

    async def test_a_device_is_told_with_what_has_changed_in_it(self) -> None:
        told = self.listen()
        device = await self.add()
        await self.store.add_device(device)
        changed = self.store.change_device(device.id, notes="x", tags=device.tags)
        self.store.change_device(device.id, notes="x")
        self.assertEqual(["added", "changed"], [each.what for each in told])
        self.assertEqual((("notes",), changed), (told[1].fields, told[1].record))

    async def test_who_has_left_hears_nothing(self) -> None:
        told = self.listen()
        self.store.happenings.leave(told.append)
        self.assertFalse(self.store.happenings.wanted)
        await self.add()
        self.assertEqual([], told)

    async def test_how_long_the_database_takes_is_measured(self) -> None:
        before = sum(self.store.measured.commits.counts)
        await self.store.check()
        self.assertEqual(before + 1, sum(self.store.measured.commits.counts))
        self.assertGreater(self.store.measured.commits.total, 0.0)

    async def test_a_campaign_is_told_with_how_far_it_has_come(self) -> None:
        one, other = await self.add(1), await self.add(2)
        told = self.listen()
        campaign = Campaign(self.store.new_id(), "spring", CampaignState.RUNNING, "1.2")
        await self.store.add_campaign(campaign, [one.id, other.id])
        (member, _) = await self.store.members(campaign.id, "", -1, 2)
        await self.store.change_members([replace(member, state=MemberState.CONFIRMED)])
        await self.store.change_members([])
        await self.store.change_campaign(campaign.id, CampaignState.STOPPED, "3 have failed")
        await self.store.change_campaign(campaign.id, CampaignState.STOPPED)
        await self.store.delete_device(other.id)
        await self.store.forget_members(campaign.id)
        await self.store.forget_members(campaign.id)
        found = [each for each in told if each.topic == "campaign"]
        self.assertEqual(["added", "progressed", "stopped", "progressed"], [each.what for each in found])
        seen = [each.record for each in found if isinstance(each.record, Progress)]
        counts = [(each.tally[MemberState.WAITING], each.tally[MemberState.CONFIRMED]) for each in seen]
        self.assertEqual([(2, 0), (1, 1), (1, 1), (0, 1)], counts)
        self.assertEqual(["", "", "3 have failed"], [each.campaign.state_reason for each in seen[:3]])
        self.assertEqual({""}, {each.device for each in found})
