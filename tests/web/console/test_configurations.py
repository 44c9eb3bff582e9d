"""The pages about configurations."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from acs.store.records import Device, Role
from acs.web.console.configurations import MOST_ROWS
from tests.web.cases import AIRTIES, NOON, path
from tests.web.console.cases import EVIL, PageCase

KEY = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"
PAGE = "/configurations/model/AirTies%2FAir4920DK-WA"
SAVES, DELETES = f"PUT /api/v1{PAGE}?force={{force}}", f"DELETE /api/v1{PAGE}"


class ConfigurationPagesCase(PageCase):
    async def put(self, target: str, **parameters: Any) -> None:
        """Write one; ``target`` is its page's path."""
        response = await self.ask("PUT", "/api/v1" + target, {"parameters": parameters})
        self.assertEqual(200, response.status, response.body)


class ListTests(ConfigurationPagesCase):
    async def test_it_lists_them_with_whom_they_are_for(self) -> None:
        await self.put("/configurations/all/default", **{".Time.Enable": True})
        await self.put(PAGE, **{".Time.Enable": True, ".Time.NTPServer1": "a"})
        await self.put("/configurations/tag/field-test", **{".Time.Enable": True})
        await self.put("/configurations/tag/nobody", **{".Time.Enable": True})
        await self.put(f"/configurations/device/{quote(AIRTIES.id)}", **{".Time.Enable": True})
        page = await self.page("/configurations", Role.VIEWER)
        rows = [row.split(" 2026")[0] for row in page.texts("//tbody/tr")]
        self.assertEqual(
            [
                "everything default 1 1",
                f"device {AIRTIES.id} 1 1",
                "model AirTies/Air4920DK-WA 1 2",
                "tag field-test 1 1",
                "tag nobody 0 1",
            ],
            rows,
        )
        self.assertIn("token:a admin", page.text)
        self.assertIn(PAGE, page.links())
        narrowed = await self.page("/configurations?scope=tag")
        self.assertEqual(2, len(narrowed.tree.xpath("//tbody/tr")))

    async def test_names_of_new_ones_are_suggested(self) -> None:
        page = await self.page("/configurations")
        names = page.tree.xpath("//datalist[@id='names-model']/option/@value")
        self.assertEqual(["AirTies/Air4920DK-WA"], names)
        self.assertEqual(["field-test"], page.tree.xpath("//datalist[@id='names-tag']/option/@value"))

    async def test_it_says_so_where_there_is_none(self) -> None:
        self.assertIn("Nothing is wanted of any device yet.", (await self.page("/configurations")).text)
        self.assertIn("Nothing is wanted there yet.", (await self.page("/configurations?scope=tag")).text)


class EditorTests(ConfigurationPagesCase):
    async def test_an_operator_edits_each_entry_in_a_row(self) -> None:
        await self.put(
            PAGE,
            **{
                ".Time.NTPServer1": {"value": "a", "notify": "active", "owner": "subscriber"},
                ".Time.Zone": {"value": "", "bootstrap_only": False, "secret": True, "type": "xsd:string"},
                ".NAT.PortMapping.": {"others": "remove"},
                ".Time.Status": {"notify": "passive"},
            },
        )
        page = await self.page(PAGE, Role.OPERATOR)
        rows = page.tree.xpath("//*[@data-list]/*")
        self.assertEqual(
            [
                {"name": ".Time.NTPServer1", "value": "a", "notify": "active", "owner": "subscriber"},
                {"name": ".Time.Zone", "value": "", "bootstrap_only": "false", "type": "xsd:string",
                 "secret": True},
                {"name": ".NAT.PortMapping.", "value": "", "others": "remove"},
                {"name": ".Time.Status", "value": "", "notify": "passive", "no_value": True},
            ],
            [said(row) for row in rows],
        )  # fmt: skip
        self.assertEqual({SAVES, DELETES}, page.requests())
        self.assertIn("by token:a admin", page.text)

    async def test_very_many_entries_are_edited_as_json(self) -> None:
        said = {f".X_A.{number}.B": "<b>" for number in range(1, MOST_ROWS + 2)}
        await self.put(PAGE, **said)
        page = await self.page(PAGE)
        self.assertEqual([], page.tree.xpath("//*[@data-list]/*"))
        (text,) = page.tree.xpath("//*[@data-raw][not(@hidden)]//textarea")
        self.assertEqual(said, json.loads(text.text_content()))
        del said[".X_A.1.B"]
        await self.put(PAGE, **said)
        self.assertEqual(MOST_ROWS, len((await self.page(PAGE)).tree.xpath("//*[@data-list]/*")))

    async def test_it_says_how_many_devices_it_is_for(self) -> None:
        for target, words in (
            (PAGE, "1 device"),
            ("/configurations/all/default", "1 device"),
            ("/configurations/vendor/AirTies", "1 device"),
            ("/configurations/tag/field-test", "1 device"),
            ("/configurations/category/wifi", "no device yet"),
        ):
            page = await self.page(target)
            self.assertIn(f"For {words}", " ".join(page.texts("//dl")))
            (asked,) = page.tree.xpath("//form[@id='editor']/@data-confirm")
            self.assertTrue(asked.startswith(words.replace("no device yet", "0 devices")))
            self.assertIn("it was never written", page.text)
        self.assertIn("/devices?tag=field-test", (await self.page("/configurations/tag/field-test")).links())

    async def test_a_device_of_those_that_are_meant_is_there_to_be_looked_at(self) -> None:
        (device,) = (await self.page(PAGE)).tree.xpath("//form[@data-preview]//input/@value")
        self.assertEqual(AIRTIES.id, device)

    async def test_a_model_whose_vendor_has_a_slash_in_its_name_is_meant_as_it_is(self) -> None:
        await self.store.add_device(Device("001122-X", "A/" + "b" * 60, "001122", "C/D", "X", NOON))
        name = quote("A/" + "b" * 60 + "/C/D", safe="")
        page = await self.page("/configurations/model/" + name)
        self.assertEqual(["001122-X"], page.tree.xpath("//form[@data-preview]//input/@value"))

    async def test_others_see_what_is_wanted_and_no_form(self) -> None:
        await self.put(PAGE, **{".Time.NTPServer1": {"value": "a", "bootstrap_only": True}})
        for role in (Role.VIEWER, Role.SUPPORT):
            page = await self.page(PAGE, role)
            self.assertEqual([".Time.NTPServer1 a after a factory reset only"], page.texts("//tbody/tr"))
            self.assertEqual(set(), page.requests())
            self.assertEqual([], page.tree.xpath("//main//form"))
        self.assertIn("Nothing is wanted here.", (await self.page("/configurations/tag/x", Role.VIEWER)).text)

    async def test_secrets_are_hidden_unless_an_operator_asks(self) -> None:
        await self.put(PAGE, **{KEY: "hush hush"})
        page = await self.page(PAGE)
        self.assertNotIn("hush hush", page.source)
        self.assertIn(PAGE + "?secrets=true", page.links())
        self.assertIn("hush hush", (await self.page(PAGE + "?secrets=true", Role.OPERATOR)).source)
        await self.page(PAGE + "?secrets=true", Role.SUPPORT, status=403)

    async def test_logical_names_are_suggested(self) -> None:
        profile = {"parameter_map": {"tv.channel": ".X_TV.Channel"}}
        self.assertEqual(
            204, (await self.ask("PATCH", path("models", "AirTies/Air4920DK-WA"), profile)).status
        )
        names = (await self.page(PAGE)).tree.xpath("//datalist[@id='logical']/option/@value")
        self.assertLessEqual({"tv.channel", "wifi.2g.ssid"}, set(names))

    async def test_values_are_text(self) -> None:
        target = f"/configurations/tag/{quote(EVIL, safe='')}"
        await self.put(target, **{".Time.NTPServer1": EVIL + "</textarea>"})
        for role in (Role.ADMIN, Role.VIEWER):
            self.assert_harmless(await self.page(target, role), EVIL, EVIL + "</textarea>")
        self.assert_harmless(await self.page("/configurations"))

    async def test_a_place_that_there_is_not_is_a_page_that_says_so(self) -> None:
        for target, words in (
            ("/configurations/planet/earth", "no such scope"),
            ("/configurations/all/some", "called default"),
            ("/configurations/device/nobody", "no device"),
        ):
            self.assertIn(words, (await self.page(target, status=404)).text)


def said(row: Any) -> dict[str, Any]:
    """What the fields of a row say, but for those that say nothing."""
    found: dict[str, Any] = {}
    for cell in row.xpath(".//*[@data-cell]"):
        name = cell.get("data-cell")
        if cell.tag == "textarea":
            found[name] = cell.text_content().removeprefix("\n")
        elif cell.tag == "select":
            found.update((name, option.text) for option in cell if option.get("selected") is not None)
        elif cell.get("type") == "checkbox":
            found |= {name: True} if cell.get("checked") is not None else {}
        elif cell.get("value"):
            found[name] = cell.get("value")
    return found
