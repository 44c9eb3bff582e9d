"""The pages about quirks."""

from __future__ import annotations

from typing import Any

from acs.quirks.catalogue import QUIRKS
from acs.store.records import Device, Role
from tests.web.cases import NOON, path
from tests.web.console.cases import EVIL, PageCase

NAME = "no-parameter-key"
RULES = path("quirks", NAME, "rules")


class QuirkPageTests(PageCase):
    async def add(self, **rule: Any) -> str:
        """The API's path of a rule that is added."""
        response = await self.ask("POST", RULES, rule)
        self.assertEqual(201, response.status, response.body)
        return f"{RULES}/{response.json['id']}"

    async def test_all_are_listed_with_what_they_are_for(self) -> None:
        await self.add(manufacturer="AirTies")
        page = await self.page("/quirks", Role.VIEWER)
        self.assertEqual(len(QUIRKS), len(page.tree.xpath("//tbody/tr")))
        self.assertIn(f"/quirks/{NAME}", page.links())
        self.assertIn(QUIRKS[NAME].symptom, page.text)
        self.assertEqual(["1"], [text for text in page.texts("//td[5]") if text])

    async def test_one_tells_symptom_remedy_source_and_rules(self) -> None:
        await self.add(manufacturer="AirTies", note="the customer told us")
        page = await self.page(f"/quirks/{NAME}", Role.VIEWER)
        for words in (QUIRKS[NAME].symptom, QUIRKS[NAME].remedy, QUIRKS[NAME].source, "THOMSON*", "shipped"):
            self.assertIn(words, page.text)
        self.assertIn("the customer told us", page.text)
        self.assertEqual(set(), page.requests())

    async def test_an_operator_adds_and_removes_rules(self) -> None:
        mine = await self.add(manufacturer="AirTies")
        page = await self.page(f"/quirks/{NAME}", Role.OPERATOR)
        self.assertEqual({f"POST {RULES}", f"DELETE {mine}"}, page.requests())
        self.assertEqual(set(), (await self.page(f"/quirks/{NAME}", Role.SUPPORT)).requests())

    async def test_a_shipped_rule_is_switched_off_by_one_with_its_patterns(self) -> None:
        page = await self.page(f"/quirks/{NAME}")
        buttons = page.tree.xpath("//button[normalize-space()='Switch off']")
        self.assertTrue(buttons)
        off = buttons[0]
        self.assertEqual(201, (await self.ask("POST", off.get("data-target"), off_body(off))).status)
        rules = (await self.page(f"/quirks/{NAME}")).texts("//tbody/tr")
        self.assertIn("off THOMSON* SpeedTouch 780* switched off you Remove", rules)

    async def test_what_a_device_says_of_its_make_is_text(self) -> None:
        await self.add(manufacturer=EVIL, product_class=EVIL, note=EVIL)
        await self.store.add_device(Device("001122-X", EVIL, "001122", EVIL, "X", first_seen=NOON))
        self.assert_harmless(await self.page(f"/quirks/{NAME}"))

    async def test_one_that_is_not_there_is_a_page_that_says_so(self) -> None:
        self.assertIn("no quirk", (await self.page("/quirks/nonsense", status=404)).text)


def off_body(button: Any) -> bytes:
    """What a button sends."""
    return str(button.get("data-body")).encode()
