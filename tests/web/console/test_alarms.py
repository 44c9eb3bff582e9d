"""The page about alarms."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.records.alarms import AlarmKind
from tests.web.cases import AIRTIES
from tests.web.console.cases import EVIL, PageCase

FAILED, MISSING = AlarmKind.FIRMWARE_FAILED, AlarmKind.FIRMWARE_MISSING


class AlarmPageTests(PageCase):
    async def alarms(self) -> None:
        """One that is open, of a device; one of a campaign; one that is over."""
        self.store.raise_alarm(FAILED, "given up", AIRTIES.id)
        self.store.raise_alarm(AlarmKind.CAMPAIGN_STOPPED, "too many failed", campaign=1 << 45)
        self.store.raise_alarm(MISSING, "no image", AIRTIES.id)
        self.store.end_alarm(MISSING, AIRTIES.id)
        await self.store.committed()

    async def test_it_shows_the_open_ones_first_of_all(self) -> None:
        await self.alarms()
        page = await self.page("/alarms", Role.VIEWER)
        self.assertEqual(["too many failed", "given up"], page.texts("//td[3]"))
        self.assertIn(f"/devices/{AIRTIES.id.replace('%', '%25')}", page.links())
        self.assertTrue(any(link.startswith("/campaigns/") for link in page.links()))
        self.assertEqual(["no image"], (await self.page("/alarms?open=false")).texts("//td[3]"))
        self.assertEqual(3, len((await self.page("/alarms?open=&kind=")).texts("//td[3]")))

    async def test_support_acknowledges_what_is_open(self) -> None:
        await self.alarms()
        self.assertEqual(set(), (await self.page("/alarms?open=", Role.VIEWER)).requests())
        requests = (await self.page("/alarms?open=", Role.SUPPORT)).requests()
        self.assertEqual(2, len(requests))
        for each in requests:
            method, target = each.split(" ")
            self.assertEqual(200, (await self.ask(method, target, {"acknowledged": True})).status)
        page = await self.page("/alarms", Role.SUPPORT)
        self.assertIn("by token:a admin", page.text)
        self.assertIn("Look again", page.text)

    async def test_nothing_is_said_where_nothing_is_wrong(self) -> None:
        self.assertIn("Nothing is wrong.", (await self.page("/alarms")).text)
        self.assertIn("No alarm is like that.", (await self.page("/alarms?kind=firmware_failed")).text)

    async def test_what_it_is_about_is_text(self) -> None:
        self.store.raise_alarm(FAILED, EVIL, AIRTIES.id)
        await self.store.committed()
        self.assert_harmless(await self.page("/alarms"))
