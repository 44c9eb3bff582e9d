"""The pages of campaigns."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.store import ids
from acs.store.records import Role
from acs.store.records.campaigns import MemberState
from acs.web.console import reach
from acs.web.console.campaigns import OF_ONE, WORDS, bar, plan_of
from tests.store.contract.base import device
from tests.web.cases import path
from tests.web.console.cases import EVIL, PageCase

BODY: dict[str, Any] = {"name": EVIL, "software_version": "2.0", "filter": {"manufacturer": "Acme"}}


class CampaignPagesCase(PageCase):
    async def setUp(self) -> None:
        await super().setUp()
        for number in range(5):
            await self.store.add_device(device(number))

    async def begun(self, **more: Any) -> dict[str, Any]:
        """A campaign over five devices."""
        told: dict[str, Any] = (await self.ask("POST", path("campaigns"), {**BODY, **more})).json
        return told


class ListTests(CampaignPagesCase):
    async def test_it_lists_them_with_their_progress(self) -> None:
        self.assertIn("There is no campaign yet.", (await self.page("/campaigns", Role.VIEWER)).text)
        told = await self.begun()
        page = await self.page("/campaigns", Role.VIEWER)
        self.assertIn(f"/campaigns/{told['id']}", page.links())
        self.assertEqual(["5 wait"], page.tree.xpath("//tbody//*[name()='svg']/@aria-label"))
        self.assert_harmless(page)

    async def test_only_operators_may_make_one(self) -> None:
        self.assertNotIn("/campaigns/new", (await self.page("/campaigns", Role.SUPPORT)).links())
        self.assertIn("/campaigns/new", (await self.page("/campaigns", Role.OPERATOR)).links())
        page = await self.page("/campaigns/new", Role.SUPPORT)
        self.assertIn("This needs the role operator.", page.text)
        self.assertEqual(set(), page.requests())


class OneTests(CampaignPagesCase):
    async def test_it_tells_how_it_goes(self) -> None:
        window = {"begins": "02:00", "ends": "05:30"}
        rule = {"failures": 5, "of_last": 50, "percent": 3}
        told = await self.begun(window=window, rule=rule, at_once=7, waves=[{"devices": 2}], wake=True)
        page = await self.page(f"/campaigns/{told['id']}", Role.VIEWER)
        for words in (
            "5 failures among the last 50 or 3 % failures, of 10 or more",
            "02:00 to 05:30, in the device's own time",
            "7 at once; patience 168 hours",
            "devices are woken",
            "up to 2 devices",
        ):
            self.assertIn(words, page.text)
        self.assertEqual(5, len(page.tree.xpath("//table//tbody/tr")))
        self.assert_harmless(page)

    async def test_its_devices_are_listed_by_state(self) -> None:
        told = await self.begun()
        members = await self.store.members(int_of(told), "", -1, 10)
        failed = replace(members[0], state=MemberState.FAILED, changed=5.0, detail=EVIL)
        await self.store.change_members([failed])
        page = await self.page(f"/campaigns/{told['id']}?state=failed", Role.VIEWER)
        self.assertEqual(1, len(page.tree.xpath("//table//tbody/tr")))
        self.assertIn("failed", page.texts("//tbody//td")[2])
        self.assertIn("1 failed", page.text)
        self.assert_harmless(page)
        none = await self.page(f"/campaigns/{told['id']}?state=confirmed", Role.VIEWER)
        self.assertIn("No device is like that.", none.text)

    async def test_operators_halt_it_and_have_it_go_on(self) -> None:
        told = await self.begun()
        place = f"/campaigns/{told['id']}"
        self.assertEqual(set(), (await self.page(place, Role.SUPPORT)).requests())
        self.assertEqual(
            ["Pause", "End for good"], (await self.page(place, Role.OPERATOR)).texts("//main//button")
        )
        await self.ask("PATCH", path("campaigns", told["id"]), {"state": "paused"})
        self.assertEqual("Begin", (await self.page(place, Role.OPERATOR)).texts("//main//button")[0])
        await self.ask("PATCH", path("campaigns", told["id"]), {"state": "aborted"})
        self.assertEqual([], (await self.page(place, Role.OPERATOR)).texts("//main//button"))

    async def test_one_that_is_not_there_is_404(self) -> None:
        await self.page("/campaigns/06abcdefgh123", status=404)


class NewTests(CampaignPagesCase):
    async def test_whom_it_would_reach_is_told_beforehand(self) -> None:
        page = await self.page("/campaigns/new?manufacturer=Acme&q=", Role.OPERATOR)
        self.assertIn("5 devices: 5 Acme", page.text)
        (body,) = page.tree.xpath("//form[@data-api]/@data-body")
        self.assertEqual({"filter": {"manufacturer": "Acme"}}, json.loads(body))
        self.assertIn("which are all that there are", (await self.page("/campaigns/new")).text)

    async def test_it_does_not_count_for_ever(self) -> None:
        self.patch(reach, "MOST", 2)
        page = await self.page("/campaigns/new?manufacturer=Acme")
        self.assertIn("more than 2 devices", page.text)

    async def test_devices_may_be_listed(self) -> None:
        page = await self.page("/campaigns/new?listed=true", Role.OPERATOR)
        self.assertEqual(1, len(page.tree.xpath("//textarea[@name='devices'][@data-as='list']")))
        self.assertEqual([], page.tree.xpath("//form[@data-api]/@data-body"))


def int_of(campaign: dict[str, Any]) -> int:
    """The number of a campaign."""

    number = ids.from_text(campaign["id"])
    assert number is not None
    return number


class WordsTests(SynchronousTestCase):
    def test_every_state_of_a_device_has_its_words(self) -> None:
        self.assertEqual(set(MemberState), set(WORDS))
        self.assertEqual(set(MemberState), set(OF_ONE))

    def test_a_bar_of_nothing_is_empty(self) -> None:
        self.assertIn('aria-label="no device"', bar(dict.fromkeys(WORDS, 0)))

    def test_waves_that_have_settled_are_over(self) -> None:
        counts = {**dict.fromkeys(WORDS, 0), "confirmed": 8, "failed": 2, "waiting": 90}
        told = plan_of({"plan": {}, "counts": counts, "devices": 100})
        self.assertEqual([(1, True), (10, True), (100, False)], [tuple(wave) for wave in told.waves])
        self.assertEqual("", told.rule)
