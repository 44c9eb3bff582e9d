"""The list of devices, with its columns and views."""

from __future__ import annotations

import json

from acs.store.records import Role
from acs.web.console.devices import COLUMNS
from tests.web.cases import AIRTIES, ROUTER, path
from tests.web.console.cases import EVIL, PageCase

HEADS = "//thead//th"


class ListTests(PageCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.store.add_device(ROUTER)

    async def test_it_lists_devices_with_the_usual_columns(self) -> None:
        page = await self.page("/devices", Role.VIEWER)
        self.assertEqual(["Device", "Model", "Software"], page.texts(HEADS)[:3])
        self.assertEqual(2, len(page.tree.xpath("//tbody/tr")))
        self.assertIn("AirTies Air4920DK-WA", page.text)

    async def test_columns_are_those_that_are_chosen(self) -> None:
        page = await self.page("/devices?columns=oui,category,nonsense", Role.VIEWER)
        self.assertEqual(["Device", "OUI", "Category"], page.texts(HEADS))
        self.assertIn("001CA8", page.texts("//tbody/tr/td"))

    async def test_every_column_can_be_shown(self) -> None:
        self.store.change_device(AIRTIES.id, config_problems=("a problem",), quirks=("no-key",))
        every = ",".join(each.name for each in COLUMNS)
        page = await self.page(f"/devices?columns={every}", Role.VIEWER)
        self.assertEqual(len(COLUMNS) + 1, len(page.texts(HEADS)))
        self.assertIn("a problem", page.text)

    async def test_heads_sort_and_turn_around(self) -> None:
        page = await self.page("/devices?manufacturer=AirTies&cursor=")
        self.assertIn("/devices?manufacturer=AirTies&sort=last_inform&cursor=", page.links())
        page = await self.page("/devices?sort=last_inform")
        self.assertEqual(["ascending"], page.tree.xpath("//th/@aria-sort"))
        self.assertIn("/devices?sort=-last_inform&cursor=", page.links())
        page = await self.page("/devices?sort=-last_inform")
        self.assertEqual(["descending"], page.tree.xpath("//th/@aria-sort"))

    async def test_filters_stay_filled_in_and_go_into_what_is_done_to_all(self) -> None:
        page = await self.page("/devices?manufacturer=AirTies&online=false&q=", Role.OPERATOR)
        (told,) = page.tree.xpath("//section[@id='bulk']/@data-filter")
        self.assertEqual({"manufacturer": "AirTies", "online": "false"}, json.loads(told))
        self.assertEqual(["AirTies"], page.tree.xpath("//input[@name='manufacturer']/@value"))

    async def test_only_operators_choose_devices(self) -> None:
        for role, count in ((Role.VIEWER, 0), (Role.SUPPORT, 0), (Role.OPERATOR, 2)):
            page = await self.page("/devices", role)
            self.assertEqual(count, len(page.tree.xpath("//input[@data-device]")))
            self.assertEqual(bool(count), bool(page.tree.xpath("//section[@id='bulk']")))

    async def test_it_says_so_where_there_is_none(self) -> None:
        self.assertIn("No device is like that.", (await self.page("/devices?tag=none")).text)

    async def test_a_filter_that_cannot_be_is_told(self) -> None:
        self.assertIn("level", (await self.page("/devices?level=odd", status=400)).text)

    async def test_what_a_device_says_is_text(self) -> None:
        self.store.change_device(
            AIRTIES.id, software_version=EVIL, tags=(EVIL,), notes=EVIL, related_device=EVIL
        )
        every = ",".join(each.name for each in COLUMNS)
        self.assert_harmless(await self.page(f"/devices?columns={every}"))
        self.assert_harmless(await self.page("/devices"))

    async def test_views_are_those_of_who_looks(self) -> None:
        place = path("views", f"behind {EVIL[:80]}")
        await self.ask("PUT", place, {"query": "level=behind&columns=oui"}, role=Role.VIEWER)
        page = await self.page("/devices?level=behind&columns=oui", Role.VIEWER)
        self.assertEqual(
            ["/devices?level=behind&columns=oui"], page.tree.xpath("//a[@aria-current='true']/@href")
        )
        self.assert_harmless(page, EVIL[:80])
        self.assertNotIn("level=behind", (await self.page("/devices", Role.ADMIN)).source)
