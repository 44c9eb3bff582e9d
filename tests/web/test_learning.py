"""What a device has is taken for what is wanted of it, over the API."""

from __future__ import annotations

from typing import Any

from acs.store.records import Parameter, Role
from tests.web.cases import AIRTIES, ApiCase, path

SSID = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"
KEY = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase"
TIME = "InternetGatewayDevice.Time.Enable"
PLACE = path("devices", AIRTIES.id, "configuration", "learn")


class LearningTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        wanted = {SSID: "of all", KEY: "12345678", TIME: True}
        await self.ask("PUT", path("configurations", "all", "default"), {"parameters": wanted})
        await self.store.device(AIRTIES.id)
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.")
        await self.keep(
            Parameter(SSID, "the user's", "xsd:string", True),
            Parameter(KEY, "", "xsd:string", True),
            Parameter(TIME, "1", "xsd:boolean", True),
        )

    async def entries(self) -> dict[str, Any]:
        items = (await self.get("devices", AIRTIES.id, "configuration"))["items"]
        return {each["name"]: each for each in items}

    async def test_it_is_the_devices_own_from_then_on(self) -> None:
        before = await self.entries()
        self.assertEqual([True, False], [before[name]["differs"] for name in (SSID, TIME)])
        response = await self.ask("POST", PLACE, {"names": [SSID]}, role=Role.OPERATOR)
        self.assertEqual((200, {SSID: "the user's"}), (response.status, response.json["parameters"]))
        learnt = (await self.entries())[SSID]
        self.assertEqual(("the user's", False), (learnt["value"], learnt["differs"]))
        self.assertEqual({"scope": "device", "name": AIRTIES.id}, learnt["source"])

    async def test_the_devices_own_configuration_keeps_the_rest_and_its_level(self) -> None:
        own = path("configurations", "device", AIRTIES.id)
        level = (await self.ask("PUT", own, {"parameters": {KEY: "abcdefgh"}})).json["level"]
        self.clock.advance(60)
        learnt = (await self.ask("POST", PLACE, {"names": [SSID]})).json
        self.assertEqual(level, learnt["level"])
        self.assertEqual({KEY: "********", SSID: "the user's"}, learnt["parameters"])
        kept = await self.store.configuration("device", AIRTIES.id)
        assert kept is not None
        self.assertEqual("abcdefgh", kept.parameters[KEY])

    async def test_what_cannot_be_learnt_is_named(self) -> None:
        response = await self.assert_refused(422, "POST", PLACE, {"names": [SSID, KEY, "Device.Other"]})
        self.assertEqual(["names[1]", "names[2]"], list(response.wrong))
        await self.assert_refused(422, "POST", PLACE, {"names": []})
        await self.assert_refused(403, "POST", PLACE, {"names": [SSID]}, role=Role.SUPPORT)
        self.assertIsNone(await self.store.configuration("device", AIRTIES.id))
