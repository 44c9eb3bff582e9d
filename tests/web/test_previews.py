"""What a device would get by a configuration, over the API."""

from __future__ import annotations

from typing import Any

from acs.store.records import Parameter, Role
from tests.web.cases import AIRTIES, ApiCase, path

ROOT = "InternetGatewayDevice."
TIME = ROOT + "Time."
KEY = ROOT + "LANDevice.1.WLANConfiguration.1.KeyPassphrase"
PLACE = path("devices", AIRTIES.id, "configuration", "preview")
MODEL = f"{AIRTIES.manufacturer}/{AIRTIES.product_class}"


class PreviewTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.store.change_device(AIRTIES.id, root=ROOT, tags=("vip",))
        await self.keep(
            Parameter(TIME + "Enable", "1", "xsd:boolean", True, notification=0),
            Parameter(TIME + "NTPServer1", "old", "xsd:string", True),
            Parameter(TIME + "Status", "up", "xsd:string", False),
            Parameter(KEY, "", "xsd:string", True),
        )

    async def preview(self, scope: str, name: str, query: str = "", **parameters: Any) -> Any:
        body = {"scope": scope, "name": name, "parameters": parameters}
        response = await self.ask("POST", PLACE + query, body, Role.OPERATOR)
        self.assertEqual(200, response.status, response.body)
        return response.json

    async def put(self, scope: str, name: str, **parameters: Any) -> None:
        response = await self.ask("PUT", path("configurations", scope, name), {"parameters": parameters})
        self.assertEqual(200, response.status, response.body)

    def by_name(self, found: Any) -> dict[str, tuple[Any, ...]]:
        members = ("before", "value", "held", "changed", "due")
        return {each["name"]: tuple(each[name] for name in members) for each in found["entries"]}

    async def test_what_would_change_is_told_with_what_the_device_has(self) -> None:
        await self.put("model", MODEL, **{".Time.NTPServer1": "old", ".Time.Enable": True})
        wanted = {".Time.NTPServer1": "{{ device.oui }}", ".Time.Zone": "x", ".Time.Status": "down"}
        found = await self.preview("model", MODEL, **wanted)
        self.assertEqual((True, 0), (found["applies"], found["same"]))
        self.assertEqual(
            {
                TIME + "NTPServer1": ("old", AIRTIES.oui, "old", True, "set"),
                TIME + "Zone": (None, "x", None, True, "missing"),
                TIME + "Status": (None, "down", "up", True, "read_only"),
                TIME + "Enable": ("true", None, "1", True, None),
            },
            self.by_name(found),
        )
        self.assertEqual({"scope": "model", "name": MODEL}, found["entries"][1]["source"])

    async def test_nothing_is_written(self) -> None:
        await self.preview("tag", "vip", **{".Time.Enable": False})
        await self.assert_refused(404, "GET", path("configurations", "tag", "vip"))
        device = await self.get("devices", AIRTIES.id)
        self.assertEqual({"value": None, "source": None}, device["desired_config_level"])

    async def test_what_a_narrower_scope_says_stays(self) -> None:
        await self.put("device", AIRTIES.id, **{".Time.Enable": True})
        found = await self.preview("tag", "vip", **{".Time.Enable": False})
        self.assertEqual({"applies": True, "same": 1, "entries": []}, found)
        own = await self.preview("device", AIRTIES.id, **{".Time.Enable": False})
        self.assertEqual(
            {TIME + "Enable": ("true", "false", "1", True, "set")},
            self.by_name(own),
        )

    async def test_a_device_that_is_not_meant_is_shown_as_if_it_were(self) -> None:
        found = await self.preview("tag", "other", **{".Time.Enable": {"value": True, "notify": "active"}})
        self.assertFalse(found["applies"])
        self.assertEqual({TIME + "Enable": (None, "true", "1", True, "notify")}, self.by_name(found))

    async def test_what_comes_to_nothing_is_told(self) -> None:
        found = await self.preview(
            "all", "default", **{"wifi.ssid": "x", ".Time.NTPServer1": "{{ related.a }}"}
        )
        problems = {each["name"]: each["problem"] for each in found["entries"]}
        self.assertIn("wifi.ssid", problems)
        self.assertTrue(problems["wifi.ssid"])
        self.assertEqual("nobody tells what related.a is", problems[TIME + "NTPServer1"])

    async def test_secrets_are_hidden_and_stay_what_they_are(self) -> None:
        await self.put("model", MODEL, **{KEY: "12345678"})
        hidden = await self.preview("model", MODEL, **{KEY: "********"})
        self.assertEqual((1, []), (hidden["same"], hidden["entries"]))
        other = await self.preview("model", MODEL, **{KEY: "87654321"})
        self.assertEqual(("********", "********", "", True, "set"), self.by_name(other)[KEY])
        shown = await self.preview("model", MODEL, "?secrets=true", **{KEY: "87654321"})
        self.assertEqual(("12345678", "87654321"), self.by_name(shown)[KEY][:2])

    async def test_what_is_wrong_is_told_as_when_it_is_written(self) -> None:
        body = {"scope": "tag", "name": "vip", "parameters": {"nonsense": 1, ".Time.A": "{{ x.y }}"}}
        response = await self.assert_refused(422, "POST", PLACE, body)
        self.assertEqual({"parameters.nonsense"}, set(response.wrong))
        response = await self.assert_refused(422, "POST", PLACE, {**body, "scope": "all"})
        self.assertEqual({"name"}, set(response.wrong))
        await self.assert_refused(400, "POST", PLACE, {**body, "scope": "planet"})
        nobody = path("devices", "nobody", "configuration", "preview")
        await self.assert_refused(404, "POST", nobody, body)
        await self.assert_refused(403, "POST", PLACE, body, role=Role.SUPPORT)
