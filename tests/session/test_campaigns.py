"""Campaigns: a few devices first, then more, until a rule or a person stops them."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.waves import Rule, Wave, Window
from acs.session.campaigns import LEASE, Campaigns, Plan, minute_of_day
from acs.session.procedures.identify import offset_in
from acs.store.interface import StoreUnavailable
from acs.store.records import Device
from acs.store.records.campaigns import Campaign, CampaignState
from acs.store.records.wakes import NoMoreWaking
from tests.store.contract.base import device
from tests.support.cases import WorldCase

ALL_AT_ONCE = (Wave(percent=100),)
NOON = 12 * 60


class CampaignCase(WorldCase):
    """A campaign of so many devices, all of which have version 1.0."""

    async def begun(self, count: int = 20, level: str = "", **plan: Any) -> Campaign:
        store = self.world.store
        for number in range(count):
            added = await store.add_device(device(number))
            store.change_device(added.id, software_version="1.0")
        ids = [device(number).id for number in range(count)]
        version = "" if level else "2.0"
        planned = to_builtins(Plan(**plan))
        campaign = Campaign(
            store.new_id(), "spring", CampaignState.RUNNING, version, level, planned, len(ids)
        )
        await store.add_campaign(campaign, ids)
        self.called: list[str] = []
        self.refusals: list[Exception] = []
        self.bad: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.runner = self.another()
        return campaign

    def another(self) -> Campaigns:
        """What sees to it, as after a restart."""

        async def call(device_id: str) -> None:
            self.called.append(device_id)
            if self.refusals:
                raise self.refusals.pop()

        return Campaigns(
            self.world.store,
            self.world.clock.seconds,
            call,
            lambda campaign, device: self.bad.get(device.id, ""),
            lambda device: self.wanted.get(device.id, ""),
        )

    async def look(self, seconds: float = LEASE) -> None:
        self.world.clock.advance(seconds)
        await self.runner.look()
        await self.world.store.committed()

    async def counts(self, campaign: Campaign) -> dict[str, int]:
        tally = await self.world.store.tally(campaign.id)
        return {state.value: count for state, count in tally.items() if count}

    async def state(self, campaign: Campaign) -> tuple[str, str]:
        found = await self.world.store.campaign(campaign.id)
        assert found is not None
        return found.state.value, found.state_reason

    async def under_way(self, campaign: Campaign) -> list[str]:
        found = await self.world.store.members(campaign.id, "offered", -1, 10_000)
        return [member.device for member in found]

    async def known(self, device_id: str) -> Device:
        found = await self.world.store.device(device_id)
        assert found is not None
        return found

    async def upgraded(self, *devices: str, to: str = "2.0") -> None:
        for each in devices:
            await self.known(each)
            self.world.store.change_device(each, software_version=to)
        await self.world.store.committed()


class WaveTests(CampaignCase):
    async def test_one_comes_first_then_a_few_then_all(self) -> None:
        campaign = await self.begun(waves=(Wave(1), Wave(percent=20)))
        sizes = []
        while True:
            await self.look()
            if not (now := await self.under_way(campaign)):
                break
            sizes.append(len(now))
            await self.look()
            self.assertEqual(now, await self.under_way(campaign))
            await self.upgraded(*now)
        self.assertEqual([1, 3, 16], sizes)
        self.assertEqual(
            ({"confirmed": 20}, ("ended", "")), (await self.counts(campaign), await self.state(campaign))
        )

    async def test_no_more_than_so_many_are_under_way(self) -> None:
        campaign = await self.begun(waves=ALL_AT_ONCE, at_once=6)
        await self.look()
        first = await self.under_way(campaign)
        self.assertEqual(6, len(first))
        await self.upgraded(*first[:2])
        await self.look()
        self.assertEqual({"confirmed": 2, "offered": 6, "waiting": 12}, await self.counts(campaign))

    async def test_no_more_than_so_many_are_begun_in_an_hour(self) -> None:
        campaign = await self.begun(waves=ALL_AT_ONCE, per_hour=4)
        for _ in range(3):
            await self.look()
        self.assertEqual(4, len(await self.under_way(campaign)))
        await self.look(2 * 3600)
        self.assertEqual(8, len(await self.under_way(campaign)))

    async def test_what_a_device_is_to_have_is_its_own_wish_until_it_has_it(self) -> None:
        campaign = await self.begun(2, waves=ALL_AT_ONCE)
        one, other = device(0).id, device(1).id
        self.world.store.change_device(one, desired_software_version="1.5")
        self.wanted[other] = "1.0"
        await self.look()
        self.assertEqual("2.0", (await self.known(one)).desired_software_version)
        await self.upgraded(one, other)
        await self.look()
        self.assertEqual({"confirmed": 2}, await self.counts(campaign))
        self.assertEqual("1.5", (await self.known(one)).desired_software_version)
        # Else what its model is to have would undo it.
        self.assertEqual("2.0", (await self.known(other)).desired_software_version)

    async def test_a_device_that_has_it_is_left_alone(self) -> None:
        campaign = await self.begun(3, waves=ALL_AT_ONCE)
        await self.upgraded(device(1).id)
        await self.look()
        self.assertEqual({"confirmed": 1, "offered": 2}, await self.counts(campaign))
        self.assertEqual("", (await self.known(device(1).id)).desired_software_version)

    async def test_devices_are_woken_where_that_is_wanted(self) -> None:
        await self.begun(3, waves=ALL_AT_ONCE, wake=True)
        await self.look()
        self.assertEqual([device(number).id for number in range(3)], self.called)

    async def test_those_that_could_not_be_woken_have_their_wish_all_the_same(self) -> None:
        campaign = await self.begun(4, waves=ALL_AT_ONCE, wake=True)
        self.refusals = [StoreUnavailable("away"), LookupError(), NoMoreWaking(), ZeroDivisionError()]
        await self.look()
        self.assertEqual(4, len(await self.under_way(campaign)))
        self.assertEqual(1, len(self.flushLoggedErrors()))

    async def test_one_that_was_deleted_holds_up_nothing(self) -> None:
        campaign = await self.begun(2, waves=(Wave(1),))
        await self.look()
        await self.world.store.delete_device(device(0).id)
        await self.look()
        self.assertEqual([device(1).id], await self.under_way(campaign))

    async def test_a_configuration_level_is_as_good_as_a_version(self) -> None:
        level = "2026-11-26T12:00:00.000000Z"
        campaign = await self.begun(2, level, waves=ALL_AT_ONCE)
        await self.look()
        self.assertEqual(level, (await self.known(device(0).id)).desired_config_level)
        self.world.store.change_device(device(0).id, current_config_level=level)
        await self.look()
        self.assertEqual({"confirmed": 1, "offered": 1}, await self.counts(campaign))


class StopTests(CampaignCase):
    async def test_failures_stop_it_and_a_person_has_it_go_on(self) -> None:
        campaign = await self.begun(waves=ALL_AT_ONCE, at_once=5, rule=Rule(failures=2, of_last=10))
        await self.look()
        first = await self.under_way(campaign)
        self.bad = dict.fromkeys(first[:2], "the version never becomes the wanted one")
        await self.upgraded(*first[2:])
        await self.look()
        self.assertEqual(("stopped", "2 of the last 5 have failed"), await self.state(campaign))
        self.assertEqual({"confirmed": 3, "failed": 2, "waiting": 15}, await self.counts(campaign))
        await self.look()
        self.assertEqual([], await self.under_way(campaign))
        detail = (await self.world.store.members(campaign.id, "failed", -1, 1))[0].detail
        self.assertEqual("the version never becomes the wanted one", detail)
        self.world.clock.advance(1)
        await self.world.store.change_campaign(campaign.id, CampaignState.RUNNING)
        await self.look()
        self.assertEqual(("running", ""), await self.state(campaign))
        self.assertEqual(5, len(await self.under_way(campaign)))

    async def test_one_that_does_not_come_back_is_unreachable_and_no_failure(self) -> None:
        campaign = await self.begun(
            2, waves=ALL_AT_ONCE, patience_hours=1.0, rule=Rule(failures=1, of_last=1)
        )
        await self.look()
        await self.upgraded(device(0).id)
        await self.look(3599 - LEASE)
        self.assertEqual({"confirmed": 1, "offered": 1}, await self.counts(campaign))
        await self.look()
        await self.look()
        self.assertEqual({"confirmed": 1, "unreachable": 1}, await self.counts(campaign))
        self.assertEqual("ended", (await self.state(campaign))[0])

    async def test_while_it_is_halted_nobody_new_is_begun_with(self) -> None:
        campaign = await self.begun(waves=ALL_AT_ONCE, at_once=5)
        await self.world.store.change_campaign(campaign.id, CampaignState.PAUSED)
        await self.look()
        self.assertEqual([], await self.under_way(campaign))
        await self.world.store.change_campaign(campaign.id, CampaignState.RUNNING)
        await self.look()
        first = await self.under_way(campaign)
        self.assertEqual(5, len(first))
        await self.world.store.change_campaign(campaign.id, CampaignState.PAUSED)
        await self.upgraded(*first)
        await self.look()
        self.assertEqual({"confirmed": 5, "waiting": 15}, await self.counts(campaign))

    async def test_one_that_is_aborted_leaves_the_others_as_they_are(self) -> None:
        campaign = await self.begun(4, waves=ALL_AT_ONCE, at_once=2)
        self.world.store.change_device(device(0).id, desired_software_version="1.5")
        await self.look()
        self.world.store.change_device(device(1).id, desired_software_version="3.0")  # somebody else's wish
        self.assertTrue(await self.runner.abort(campaign))
        self.assertEqual(
            ({"left": 4}, "aborted"), (await self.counts(campaign), (await self.state(campaign))[0])
        )
        wishes = [(await self.known(device(number).id)).desired_software_version for number in range(4)]
        self.assertEqual(["1.5", "3.0", "", ""], wishes)
        self.assertFalse(await self.runner.abort(campaign))

    async def test_it_goes_on_after_a_restart(self) -> None:
        campaign = await self.begun(4, waves=ALL_AT_ONCE, at_once=2)
        await self.look()
        first = await self.under_way(campaign)
        await self.upgraded(*first)
        self.runner = self.another()
        await self.look(1.0)
        self.assertEqual({"confirmed": 2, "offered": 2}, await self.counts(campaign))


class WindowTests(CampaignCase):
    async def test_devices_are_disturbed_in_their_own_night_alone(self) -> None:
        campaign = await self.begun(3, waves=ALL_AT_ONCE, window=Window(2 * 60, 4 * 60), timezone="UTC")
        for number, offset in enumerate(("-10:00", "", "+05:30")):
            self.world.store.change_device(device(number).id, time_offset=offset)
        await self.look()  # at noon in UTC
        self.assertEqual([device(0).id], await self.under_way(campaign))
        await self.look(8.75 * 3600)
        self.assertEqual([device(number).id for number in (0, 2)], await self.under_way(campaign))


class LocalTimeTests(SynchronousTestCase):
    def test_it_is_the_device_s_own_or_that_of_the_zone(self) -> None:
        now = 1_795_608_000.0  # noon in UTC
        self.assertEqual(NOON, minute_of_day(now, "", "UTC"))
        self.assertEqual(NOON + 60, minute_of_day(now, "", "Europe/Berlin"))
        self.assertEqual(NOON + 330, minute_of_day(now, "+05:30", "Europe/Berlin"))
        self.assertEqual(2 * 60, minute_of_day(now, "-10:00", "UTC"))

    def test_devices_tell_it_with_their_own_time(self) -> None:
        for time, offset in (
            ("2026-11-26T13:00:00+01:00", "+01:00"),
            ("2026-11-26T07:00:00.123-05:30", "-05:30"),
            ("2026-11-26T12:00:00Z", ""),
            ("2026-11-26T12:00:00", ""),
            ("2026-11-26", ""),
            ("2026-11-26T12:00:00+99:00", ""),
            ("", ""),
        ):
            self.assertEqual(offset, offset_in(time))
