"""The pages about models, vendors and categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from acs.firmware.contents import Entry
from acs.firmware.image import Image
from acs.store.records import Device, Role, SessionResult
from acs.web.appliance import NoFolder
from tests.web.cases import AIRTIES, NOON
from tests.web.console.cases import EVIL, PageCase

PAGE = "/models/AirTies%2FAir4920DK-WA"
VENDOR, CATEGORY = "/vendors/AirTies", "/categories/wifi"


class KindPagesCase(PageCase):
    async def say(self, target: str, **said: Any) -> None:
        """Change what holds for a kind."""
        response = await self.ask("PATCH", "/api/v1" + target, said)
        self.assertEqual(204, response.status, response.body)


class ListTests(KindPagesCase):
    async def test_it_lists_all_three_with_what_is_wanted_of_them(self) -> None:
        await self.say(PAGE, category="wifi", desired_software_version="3.0", quirks={"no-attributes": True})
        page = await self.page("/models", Role.VIEWER)
        self.assertLessEqual({PAGE, VENDOR, CATEGORY}, page.links())
        self.assertIn("/devices?manufacturer=AirTies&product_class=Air4920DK-WA", page.links())
        (row,) = page.texts("//section[@id='models']//tbody/tr")
        for words in ("2.59.1.8 100%", "3.0 0% run it", "wifi", "no-attributes"):
            self.assertIn(words, row)
        self.assertIn("001CA8", page.texts("//section[@id='vendors']//tbody/tr")[0])
        self.assertEqual(["wifi 1"], page.texts("//section[@id='categories']//tbody/tr"))

    async def test_it_says_so_where_there_is_none(self) -> None:
        await self.store.delete_device(AIRTIES.id)
        self.assertIn("No model and no device is in one", (await self.page("/models")).text)

    async def test_what_a_device_calls_itself_is_text(self) -> None:
        device = Device("001122-X", EVIL, "001122", EVIL, "X", first_seen=NOON, software_version=EVIL)
        await self.store.add_device(replace(device, category=EVIL, root_data_model=EVIL))
        page = await self.page("/models")
        self.assert_harmless(page)
        links = sorted(link for link in page.links() if "script" in link and not link.startswith("/devices"))
        self.assertEqual(3, len(links))
        for link in links:
            self.assert_harmless(await self.page(link))


class ModelTests(KindPagesCase):
    async def test_it_tells_what_works_on_which_version(self) -> None:
        other = replace(AIRTIES, id="001CA8-Air4920DK%2DWA-2", serial_number="2", software_version="9")
        await self.store.add_device(other)
        self.session(device=other.id, result=SessionResult.FAILED)
        await self.say(PAGE, desired_software_version="9")
        page = await self.page(PAGE, Role.VIEWER)
        rows = page.texts("//section[@id='versions']//tbody/tr")
        self.assertEqual(["2.59.1.8 1 50% 0 0", "9 wanted 1 50% 1 100% 0"], sorted(rows))
        of = "/devices?manufacturer=AirTies&product_class=Air4920DK-WA&software_version=9"
        self.assertLessEqual({of, of + "&last_session=failed"}, page.links())

    async def test_nothing_is_marked_as_wanted_where_nothing_is(self) -> None:
        self.assertNotIn("wanted", " ".join((await self.page(PAGE)).texts("//section[@id='versions']//td")))

    async def test_it_shows_what_holds_for_it(self) -> None:
        await self.say(
            PAGE,
            category="wifi",
            vendor_file="acs:config/air.cfg",
            parameter_map={"wifi.2g.ssid": ".X_AIRTIES.SSID"},
            tracked=[{"path": ".DeviceInfo.UpTime", "every": 3600, "history": True}],
            upgrade_paths=[{"from": "1.*", "through": "2.0"}],
        )
        page = await self.page(PAGE, Role.VIEWER)
        for words in ("wifi.2g.ssid", ".X_AIRTIES.SSID", "acs:config/air.cfg", "1.* → 2.0 → *"):
            self.assertIn(words, page.text)
        self.assertIn("every 1 h, kept", page.text)

    async def test_an_operator_may_change_it(self) -> None:
        for place in (PAGE, VENDOR):
            page = await self.page(place, Role.OPERATOR)
            self.assertEqual({f"PATCH /api/v1{place}"}, page.requests())
            self.assertEqual(set(), (await self.page(place, Role.SUPPORT)).requests())
            names = set(page.tree.xpath("//main//@name"))
            self.assertLessEqual(
                {"desired_software_version", "vendor_file", "tracked", "parameter_map"}, names
            )
            self.assertIn("quirks.no-attributes", names)

    async def test_forced_quirks_are_chosen_in_the_form(self) -> None:
        await self.say(PAGE, quirks={"no-attributes": False, "boolean-digits": True})
        page = await self.page(PAGE)
        chosen = "//select[@name='quirks.{}']/option[@selected]/@value"
        for name, value in (("no-attributes", "false"), ("boolean-digits", "true"), ("null-words", "")):
            self.assertEqual([value], page.tree.xpath(chosen.format(name)))

    async def test_its_configuration_is_a_link_away(self) -> None:
        place = "/configurations/model/AirTies%2FAir4920DK-WA"
        page = await self.page(PAGE)
        self.assertIn("None yet", page.text)
        self.assertIn(place, page.links())
        body = {"parameters": {".Time.Enable": True}}
        self.assertEqual(200, (await self.ask("PUT", "/api/v1" + place, body)).status)
        self.assertIn("Its own", (await self.page(PAGE)).text)

    async def test_one_that_is_not_there_is_a_page_that_says_so(self) -> None:
        for kind in ("model", "vendor"):
            self.assertIn(f"no {kind}", (await self.page(f"/{kind}s/nobody", status=404)).text)
        self.assertIn("no category", (await self.page("/categories/nothing", status=404)).text)


class Folder(NoFolder):
    """A folder with an image whose devices call it by another name than its folder has."""

    def entries(self) -> Sequence[Entry]:
        made = {
            "vendor": "AirTies",
            "product_class": "Air4920DK-WA",
            "version": "2.59",
            "reported": "2.59.1.8",
        }
        return [Entry(Image("AirTies/Air4920DK-WA/2.59/a.bin", 5, NOON, **made))]


class ImageTests(KindPagesCase):
    how = {"firmware": Folder()}

    async def test_versions_whose_images_are_here_are_suggested_as_devices_report_them(self) -> None:
        for place in (PAGE, VENDOR):
            page = await self.page(place)
            self.assertEqual(["2.59.1.8"], page.tree.xpath("//datalist[@id='images']/option/@value"))

    async def test_devices_that_report_the_wanted_version_by_another_name_run_it(self) -> None:
        await self.say(PAGE, desired_software_version="2.59")
        page = await self.page(PAGE)
        self.assertEqual(
            ["2.59.1.8 wanted 1 100% 0 0 here"], page.texts("//section[@id='versions']//tbody/tr")
        )


class OthersTests(KindPagesCase):
    async def test_a_vendor_names_its_models(self) -> None:
        page = await self.page(VENDOR, Role.VIEWER)
        self.assertIn(PAGE, page.links())
        self.assertIn("/devices?manufacturer=AirTies", page.links())

    async def test_a_category_names_its_models_and_wants_a_version_alone(self) -> None:
        await self.say(PAGE, category="wifi")
        page = await self.page(CATEGORY)
        self.assertLessEqual({PAGE, "/devices?category=wifi"}, page.links())
        self.assertEqual({f"PATCH /api/v1{CATEGORY}"}, page.requests())
        self.assertEqual(["desired_software_version"], page.tree.xpath("//main//form[@data-api]//@name"))
