"""A campaign over simulated devices: what becomes of each is what it is to the procedures of its sessions."""

from __future__ import annotations

import random
from functools import partial

from msgspec import to_builtins

from acs.firmware.waves import Rule, Wave
from acs.session.campaigns import LEASE, Campaigns, Plan
from acs.session.desired import Desired
from acs.session.failing import why_failed
from acs.session.software import GIVEN_UP, runs
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.firmware import Fate
from acs.simulate.identity import Identity
from acs.store.interface import Query
from acs.store.records import Profile
from acs.store.records.campaigns import Campaign, CampaignState
from tests.session.test_upgrade import NEW, UpgradeCase
from tests.simulate.worlds import model

HOUR = 3600.0
ENDLESS = Rule()
"""Stops nothing."""


class CampaignUpgradeTests(UpgradeCase):
    async def begun(self, *fates: Fate, reported: str = "", rule: Rule = ENDLESS) -> Campaign:
        """A campaign that brings a version to devices of these fates."""
        kind = model("tr181-router")
        self.devices = []
        for number, fate in enumerate(fates):
            who, chance = Identity(kind.oui, f"S{number}"), random.Random(number)
            cpe = SimulatedCPE(kind, who, self.world.clock, chance)
            await self.session(cpe)
            cpe.fate = fate
            self.devices.append(cpe)
        self.put(self.devices[0], NEW, reported=reported)
        plan = Plan(waves=(Wave(percent=100),), rule=rule, patience_hours=24)
        store, ids = self.world.store, [cpe.device_id.key for cpe in self.devices]
        campaign = Campaign(
            store.new_id(), "spring", CampaignState.RUNNING, NEW, "", to_builtins(plan), len(ids)
        )
        await store.add_campaign(campaign, ids)
        return campaign

    def runner(self) -> Campaigns:
        async def nobody(device_id: str) -> None:
            """Call nobody."""

        store, desired = self.world.store, Desired(self.world.store)
        return Campaigns(
            store,
            self.world.clock.seconds,
            nobody,
            why_failed,
            lambda device: desired.profiles.software(device)[0],
            partial(runs, self.shelf.files),
        )

    async def days(self, hours: int) -> None:
        """Let devices call once an hour, those that are there."""
        for _ in range(hours):
            self.world.clock.advance(LEASE)
            await self.runner().look()
            for cpe in self.devices:
                if not cpe.is_starting:
                    await self.round(cpe)
            self.world.clock.advance(HOUR)
        await self.runner().look()

    async def outcomes(self, campaign: Campaign) -> list[tuple[str, str]]:
        members = await self.world.store.members(campaign.id, "", -1, 100)
        return [(member.state.value, member.detail) for member in members]

    async def test_each_device_is_counted_for_what_has_become_of_it(self) -> None:
        campaign = await self.begun(Fate.RUNS, Fate.KEEPS, Fate.FAILS, Fate.VANISHES, Fate.RUNS)
        await self.days(26)
        (first, keeps, fails, vanished, last) = await self.outcomes(campaign)
        self.assertEqual([("confirmed", "")] * 2, [first, last])
        self.assertEqual(["failed", "failed"], [keeps[0], fails[0]])
        for _, detail in (keeps, fails):
            self.assertTrue(detail.startswith(GIVEN_UP), detail)
        self.assertEqual("unreachable", vanished[0])
        found = await self.world.store.campaign(campaign.id)
        assert found is not None
        self.assertEqual("ended", found.state.value)

    async def test_devices_may_call_the_version_otherwise(self) -> None:
        campaign = await self.begun(Fate.RUNS, reported="2.5.0-r7")
        await self.days(1)
        (cpe,) = self.devices
        cpe.run_image("2.5.0-r7")
        await self.fetch(cpe)
        await self.days(1)
        self.assertEqual([("confirmed", "")], await self.outcomes(campaign))

    async def test_it_stops_with_an_alarm_that_ends_with_a_persons_word(self) -> None:
        campaign = await self.begun(Fate.FAILS, Fate.VANISHES, rule=Rule(failures=1, of_last=1))
        await self.days(6)
        store = self.world.store
        (alarm,) = (await store.alarms(Query({"kind": "campaign_stopped"}))).items
        self.assertEqual((campaign.id, None), (alarm.campaign, alarm.ended))
        self.assertEqual("campaign spring has stopped: 1 of the last 1 have failed", alarm.text)
        self.assertTrue(await store.change_campaign(campaign.id, CampaignState.RUNNING))
        self.assertEqual((), (await store.alarms(Query({"kind": "campaign_stopped", "open": "true"}))).items)

    async def test_who_was_given_up_before_gets_its_tries_anew(self) -> None:
        campaign = await self.begun(Fate.RUNS)
        (cpe,) = self.devices
        await self.known(cpe)
        self.world.store.change_device(
            cpe.device_id.key, firmware_tried=NEW, firmware_tries=3, firmware_problem=f"{GIVEN_UP}3 downloads"
        )
        await self.days(1)
        self.assertEqual([("confirmed", "")], await self.outcomes(campaign))

    async def test_where_there_is_no_image_it_has_failed(self) -> None:
        campaign = await self.begun(Fate.RUNS)
        self.shelf.there.clear()
        await self.days(1)
        ((state, detail),) = await self.outcomes(campaign)
        self.assertEqual("failed", state)
        self.assertIn("there is no image", detail)

    async def test_what_a_device_keeps_is_its_models_wish_where_that_is_the_same(self) -> None:
        campaign = await self.begun(Fate.RUNS)
        (cpe,) = self.devices
        await self.world.store.put_profile(Profile("model", self.model_of(cpe), desired_software_version=NEW))
        await self.days(1)
        self.assertEqual([("confirmed", "")], await self.outcomes(campaign))
        self.assertEqual("", (await self.known(cpe)).desired_software_version)
