"""Campaigns: their devices in order, what becomes of each, who sees to them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults

from acs.store.happenings import Happening
from acs.store.records.campaigns import Campaign, CampaignState, Member, MemberState, Progress
from tests.store.contract.base import Contract

RUNNING, PAUSED = CampaignState.RUNNING, CampaignState.PAUSED


class CampaignContract(Contract):
    """On disk when each verb returns."""

    async def begun(self, count: int = 3, state: CampaignState = RUNNING, **fields: Any) -> Campaign:
        """One of so many devices."""
        adding = [Deferred.fromCoroutine(self.add(number)) for number in range(count)]
        devices = [device.id for device in await gatherResults(adding)]
        campaign = Campaign(
            self.store.new_id(), "Sprïng\0", state, "1.2", plan={"waves": [{"devices": 1}]}, **fields
        )
        await self.store.add_campaign(campaign, devices)
        return campaign

    async def states(self, campaign: Campaign) -> list[str]:
        return [each.state.value for each in await self.store.members(campaign.id, "", -1, 100)]

    async def settle(self, campaign: Campaign, place: int, state: MemberState, changed: float = 5.0) -> None:
        (member,) = await self.store.members(campaign.id, "", place - 1, 1)
        await self.store.change_members([replace(member, state=state, changed=changed)])

    async def test_it_is_kept_in_every_field(self) -> None:
        first = await self.begun(2, created=1.5, created_by="änna", changed=2.5, state_reason="so")
        second = Campaign(self.store.new_id(), "x", PAUSED, config_level="2026-11-26T12:00:00.000000Z")
        await self.store.add_campaign(second, [])
        wanted = replace(first, name="Sprïng\ufffd", devices=2)
        for _ in range(2):
            self.assertEqual(wanted, await self.store.campaign(first.id))
            self.assertEqual([second, wanted], list(await self.store.campaigns()))
            await self.reopen()
        self.assertIsNone(await self.store.campaign(7))

    async def test_each_device_is_in_it_once_in_the_order_of_its_turn(self) -> None:
        one, other = await self.add(1), await self.add(2)
        campaign = Campaign(self.store.new_id(), "x", RUNNING)
        await self.store.add_campaign(campaign, [other.id, "nobody", one.id, other.id])
        self.assertEqual(
            [Member(campaign.id, 0, other.id), Member(campaign.id, 1, one.id)],
            list(await self.store.members(campaign.id, "", -1, 10)),
        )
        kept = await self.store.campaign(campaign.id)
        assert kept is not None
        self.assertEqual(2, kept.devices)

    async def test_many_devices_are_no_matter(self) -> None:
        campaign = await self.begun(1100)
        self.assertEqual(1100, (await self.store.tally(campaign.id))[MemberState.WAITING])
        (last,) = await self.store.members(campaign.id, "waiting", 1098, 10)
        self.assertEqual(1099, last.place)

    async def test_what_becomes_of_its_devices_is_kept_and_counted(self) -> None:
        campaign = await self.begun(4)
        (member, *_) = await self.store.members(campaign.id, "", -1, 1)
        offered = replace(member, state=MemberState.OFFERED, changed=5.5, detail="é", before="1.0")
        await self.store.change_members([offered])
        await self.settle(campaign, 1, MemberState.CONFIRMED)
        await self.settle(campaign, 2, MemberState.FAILED)
        await self.reopen()
        self.assertEqual([offered], list(await self.store.members(campaign.id, "offered", -1, 10)))
        self.assertEqual(["offered", "confirmed", "failed", "waiting"], await self.states(campaign))
        tally = await self.store.tally(campaign.id)
        self.assertEqual([1, 1, 1, 1, 0, 0], [tally[state] for state in MemberState])
        ((found, device),) = await self.store.members_to_look_at(campaign.id, MemberState.OFFERED, 10)
        self.assertEqual((offered, offered.device), (found, device.id))
        await self.store.change_members([])

    async def test_the_outcomes_are_those_that_came_last(self) -> None:
        campaign = await self.begun(4)
        for place, state in enumerate(
            (MemberState.FAILED, MemberState.CONFIRMED, MemberState.FAILED, MemberState.UNREACHABLE)
        ):
            await self.settle(campaign, place, state, 10.0 - place)
        self.assertEqual([True, False, True], list(await self.store.outcomes(campaign.id, 0.0, 10)))
        self.assertEqual([False, True], list(await self.store.outcomes(campaign.id, 9.0, 2)))

    async def test_it_changes_its_state_until_it_is_over(self) -> None:
        campaign = await self.begun()
        self.assertTrue(await self.store.change_campaign(campaign.id, PAUSED))
        self.assertFalse(await self.store.change_campaign(campaign.id, PAUSED))
        self.assertTrue(await self.store.change_campaign(campaign.id, CampaignState.STOPPED, "3 failed"))
        kept = await self.store.campaign(campaign.id)
        assert kept is not None
        self.assertEqual((CampaignState.STOPPED, "3 failed"), (kept.state, kept.state_reason))
        self.assertTrue(await self.store.change_campaign(campaign.id, CampaignState.ABORTED))
        self.assertFalse(await self.store.change_campaign(campaign.id, RUNNING))
        self.assertFalse(await self.store.change_campaign(7, RUNNING))

    async def test_one_process_at_a_time_sees_to_those_that_are_not_over(self) -> None:
        campaign, other = await self.begun(), await self.begun(state=CampaignState.ENDED)
        found = await self.store.see_to_campaigns(100.0, 130.0)
        self.assertEqual([campaign.id], [each.id for each in found])
        self.assertEqual([], list(await self.store.see_to_campaigns(129.0, 160.0)))
        self.assertEqual(1, len(await self.store.see_to_campaigns(130.0, 160.0)))
        await self.store.change_campaign(campaign.id, PAUSED)
        self.assertEqual([campaign.id], [each.id for each in await self.store.see_to_campaigns(131.0, 160.0)])
        self.assertEqual([], list(await self.store.see_to_campaigns(132.0, 160.0)))
        await self.store.leave_campaign(campaign.id)
        self.assertEqual([campaign.id], [each.id for each in await self.store.see_to_campaigns(132.0, 160.0)])
        self.assertNotEqual(campaign.id, other.id)

    async def test_devices_that_are_deleted_are_left_out(self) -> None:
        campaign = await self.begun(3)
        await self.settle(campaign, 0, MemberState.CONFIRMED)
        for member in await self.store.members(campaign.id, "", -1, 2):
            await self.store.delete_device(member.device)
        self.assertEqual(1, len(await self.store.members_to_look_at(campaign.id, MemberState.WAITING, 10)))
        self.assertEqual(1, await self.store.forget_members(campaign.id))
        self.assertEqual([1, 0, 1], list((await self.store.tally(campaign.id)).values())[:3])

    async def test_whoever_listens_is_told(self) -> None:
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        campaign = await self.begun(2)
        told.clear()
        await self.store.add_campaign(replace(campaign, id=self.store.new_id()), [])
        await self.store.change_campaign(campaign.id, PAUSED)
        await self.store.change_campaign(campaign.id, PAUSED)
        await self.settle(campaign, 1, MemberState.FAILED)
        self.assertEqual({"campaign"}, {each.topic for each in told})
        self.assertEqual(["added", "paused", "progressed"], [each.what for each in told])
        progress = told[-1].record
        assert isinstance(progress, Progress)
        self.assertEqual(await self.store.campaign(campaign.id), progress.campaign)
        self.assertEqual(await self.store.tally(campaign.id), progress.tally)
