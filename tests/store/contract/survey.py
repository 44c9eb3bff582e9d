"""What is looked at from time to time, of all devices together."""

from __future__ import annotations

from acs.store.happenings import Happening, Topic
from acs.store.records import SessionResult
from acs.store.records.alarms import AlarmKind, Late
from acs.store.records.campaigns import Campaign, CampaignState
from tests.store.contract.base import Contract

LATE, PAUSED = AlarmKind.DEVICES_LATE, AlarmKind.WEBHOOK_PAUSED


class SurveyContract(Contract):
    """Devices that are late, sessions that fail, alarms that are about neither."""

    async def test_one_process_at_a_time_does_what_is_done_for_all(self) -> None:
        self.assertTrue(await self.store.take_turn("alarms", 10.0, 60.0))
        self.assertFalse(await self.store.take_turn("alarms", 59.0, 109.0))
        self.assertTrue(await self.store.take_turn("other", 59.0, 109.0))
        self.assertTrue(await self.store.take_turn("alarms", 60.0, 110.0))

    async def test_devices_are_late_by_their_own_interval(self) -> None:
        now = self.clock.seconds()
        for number, (ago, interval, model) in enumerate(
            [(500, 100, "A"), (200, 100, "A"), (500, 0, "A"), (5000, 0, "B"), (90_000, 0, "B")]
        ):
            made = await self.add(number, product_class=model)
            self.store.change_device(made.id, inform_interval=interval)
            self.save(made.id, started=now - ago, ended=now - ago)
        await self.add(10, product_class="A")  # which has never called
        found = await self.store.late_devices(now, 3.0, 1000, now - 86_400)
        self.assertEqual({Late("Acme/A", 3, 1), Late("Acme/B", 1, 1)}, set(found))

    async def test_devices_that_were_deleted_are_not_late(self) -> None:
        made = await self.add()
        self.save(made.id)
        await self.store.delete_device(made.id)
        self.assertEqual([], list(await self.store.late_devices(self.clock.seconds() + 9e9, 1.0, 1, 0.0)))

    async def test_sessions_are_counted_by_how_they_ended(self) -> None:
        made = await self.add()
        self.save(made.id)
        self.save(made.id)
        self.save(made.id, result=SessionResult.FAILED)
        self.save(made.id, result=SessionResult.OPEN, ended=None)
        self.save("", result=SessionResult.FAILED)  # a message that told no device
        self.assertEqual((2, 1), await self.store.session_counts(self.clock.seconds() - 60))
        self.assertEqual((0, 0), await self.store.session_counts(self.clock.seconds() + 60))

    async def test_an_alarm_may_be_about_something_else(self) -> None:
        made = await self.add()
        self.store.raise_alarm(LATE, "a", subject="Acmé/Böx")
        self.store.raise_alarm(LATE, "b", subject="Acmé/Böx")
        self.store.raise_alarm(LATE, "c", subject="all")
        self.store.raise_alarm(PAUSED, "d", subject="all")
        self.store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "e", made.id)
        self.assertEqual(
            {(LATE, "Acmé/Böx"), (LATE, "all"), (PAUSED, "all")}, await self.store.open_subjects()
        )
        counts = await self.store.open_alarm_counts()
        self.assertEqual((2, 1, 1, 0), tuple(counts[kind] for kind in _KINDS))
        self.assertEqual(set(AlarmKind), set(counts))
        self.store.end_alarm(LATE, subject="all")
        self.assertEqual({(LATE, "Acmé/Böx"), (PAUSED, "all")}, await self.store.open_subjects())

    async def test_the_end_of_an_alarm_is_told_once(self) -> None:
        made = await self.add()
        self.store.raise_alarm(LATE, "a", subject="all")
        self.store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "e", made.id)
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        for _ in range(2):
            self.store.end_alarm(LATE, subject="all")
            self.store.end_alarm(AlarmKind.FIRMWARE_FAILED, made.id)
            await self.store.committed()
        self.assertEqual(
            [("ended", "", "a"), ("ended", made.id, "e")],
            [(each.what, each.device, each.record.text) for each in told],  # type: ignore[union-attr]
        )
        self.assertTrue(all(each.record.ended for each in told))  # type: ignore[union-attr]

    async def test_so_is_that_of_a_campaign_which_goes_on(self) -> None:
        campaign = Campaign(self.store.new_id(), "spring", CampaignState.RUNNING, "1.2")
        await self.store.add_campaign(campaign, [])
        await self.store.change_campaign(campaign.id, CampaignState.STOPPED, "too many failures")
        self.store.raise_alarm(AlarmKind.CAMPAIGN_STOPPED, "too many failures", campaign=campaign.id)
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        self.assertTrue(await self.store.change_campaign(campaign.id, CampaignState.RUNNING))
        self.assertFalse(await self.store.change_campaign(campaign.id, CampaignState.RUNNING))
        self.assertEqual(
            [("ended", campaign.id)],
            [(each.what, each.record.campaign) for each in told if each.topic is Topic.ALARM],  # type: ignore[union-attr]
        )


_KINDS = (LATE, PAUSED, AlarmKind.FIRMWARE_FAILED, AlarmKind.DISK_FULL)
