"""Logical names stand for paths by what holds for the kind of a device, and so does the category."""

from __future__ import annotations

from typing import Any

from acs.configuration.levels import level_at
from acs.store.records import Profile
from tests.session.test_configure import CODE, INTERVAL, SETTING, SSID, ConfigureCase


class NameTests(ConfigureCase):
    """Logical names, and what else holds for the kind of a device."""

    async def profile(self, scope: str, name: str, **said: Any) -> str:
        """Keep a profile; its level."""
        self.world.clock.advance(1)
        level = level_at(self.world.clock.seconds())
        await self.world.store.put_profile(Profile(scope, name, level=level, **said))
        return level

    async def test_a_name_stands_for_a_path_of_either_data_model(self) -> None:
        await self.put("all", "default", {"wifi.2g.ssid": "Café", "management.inform_interval": 900})
        for name, path in (
            ("tr098-router", ".LANDevice.1.WLANConfiguration.1.SSID"),
            ("tr181-router", ".WiFi.SSID.1.SSID"),
        ):
            cpe = await self.met(name)
            self.assertEqual(["Café", "900"], self.values(cpe, path, INTERVAL))
            self.assertEqual(((), []), ((await self.known(cpe)).config_problems, await self.session(cpe)))

    async def test_a_narrower_map_says_otherwise(self) -> None:
        cpe = await self.met()
        who = cpe.device_id
        second = ".WiFi.SSID.2.SSID"
        await self.put("all", "default", {"wifi.2g.ssid": "x", "code.one": "one", "code.two": "two"})
        await self.profile("all", "default", parameter_map={"code.one": CODE, "code.two": ".Nowhere.A"})
        await self.profile("data_model", "InternetGatewayDevice.", parameter_map={"wifi.2g.ssid": CODE})
        await self.profile("data_model", "Device.", parameter_map={"wifi.2g.ssid": ".Nowhere.B"})
        await self.profile("vendor", who.Manufacturer, parameter_map={"wifi.2g.ssid": second})
        kind = f"{who.Manufacturer}/{who.ProductClass}"
        await self.profile("model", kind, parameter_map={"code.two": "Device.WiFi.SSID.1.SSID"})
        await self.session(cpe)
        self.assertEqual(["x", "one", "two"], self.values(cpe, second, CODE, SSID))
        self.assertEqual((), (await self.known(cpe)).config_problems)

    async def test_a_later_scope_wins_whichever_way_it_is_written(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "by path", "pppoe.username": "by name"})
        await self.put("vendor", cpe.device_id.Manufacturer, {"wifi.2g.ssid": "by name"})
        await self.session(cpe)
        self.assertEqual("by name", self.value(cpe, SSID))
        await self.put("device", cpe.device_id.key, {".WiFi.SSID.1.SSID": "by path"})
        await self.session(cpe)
        self.assertEqual("by path", self.value(cpe, SSID))

    async def test_a_name_that_no_map_has_is_named_and_keeps_no_other_back(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {"wifi.6g.ssid": "x", CODE: "y"})
        await self.session(cpe)
        device = await self.known(cpe)
        self.assertEqual(("wifi.6g.ssid: no map has wifi.6g.ssid for this device",), device.config_problems)
        self.assertEqual(("y", ""), (self.value(cpe, CODE), device.current_config_level))
        self.assertEqual("", self.value(cpe, ".ManagementServer.ParameterKey"))

    async def test_a_name_alone_that_no_map_has_is_named_too(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {"wifi.6g.ssid": "x"})
        self.assertEqual([], await self.session(cpe))
        self.assertEqual(1, len((await self.known(cpe)).config_problems))

    async def test_once_a_map_has_it_the_device_is_configured_with_it(self) -> None:
        cpe = await self.met()
        await self.put("device", cpe.device_id.key, {"wifi.6g.ssid": "x"})
        await self.session(cpe)
        level = await self.profile("all", "default", parameter_map={"wifi.6g.ssid": SSID})
        self.assertEqual(SETTING, await self.session(cpe))
        self.assertEqual(["x", level], self.values(cpe, SSID, ".ManagementServer.ParameterKey"))
        self.assertEqual([], await self.session(cpe))

    async def test_where_nothing_is_wanted_a_map_changes_nothing(self) -> None:
        cpe = await self.met()
        await self.profile("all", "default", parameter_map={"wifi.6g.ssid": SSID})
        self.assertEqual([], await self.session(cpe))
        self.assertEqual("", (await self.known(cpe)).config_tried)

    async def test_the_category_of_the_model_counts_unless_the_device_has_its_own(self) -> None:
        cpe = await self.met()
        who = cpe.device_id
        await self.put("category", "gold", {CODE: "gold"})
        await self.put("category", "silver", {CODE: "silver"})
        await self.profile("model", f"{who.Manufacturer}/{who.ProductClass}", category="gold")
        await self.session(cpe)
        self.assertEqual("gold", self.value(cpe, CODE))
        self.assertEqual("", (await self.known(cpe)).category)
        self.world.store.change_device(who.key, category="silver")
        await self.put("category", "silver", {CODE: "more silver"})
        await self.session(cpe)
        self.assertEqual("more silver", self.value(cpe, CODE))
