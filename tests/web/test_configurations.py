"""Configurations over the API."""

from __future__ import annotations

from threading import get_ident
from typing import Any

from twisted.internet.task import Clock

from acs.configuration.levels import level_at
from acs.hooks import Related, Subject
from acs.hooks.asking import Hooks
from acs.store.records import Parameter, Role
from acs.web.api import configurations
from tests.web.cases import AIRTIES, ApiCase, path

SSID = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"
KEY = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase"


class ConfigurationTests(ApiCase):
    async def put(self, scope: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        body = {"parameters": parameters}
        response = await self.ask("PUT", path("configurations", scope, name), body)
        self.assertEqual(200, response.status, response.body)
        written: dict[str, Any] = response.json
        return written

    async def test_one_is_written_read_and_deleted(self) -> None:
        place = path("configurations", "model", "AirTies/Air 4920")
        await self.assert_refused(404, "GET", place)
        parameters = {".Time.Enable": True, SSID: {"value": "Café", "notify": "active"}}
        written = await self.put("model", "AirTies/Air 4920", parameters)
        wanted = {".Time.Enable": "true", SSID: {"value": "Café", "notify": "active"}}
        self.assertEqual(
            {
                "scope": "model",
                "name": "AirTies/Air 4920",
                "level": level_at(self.clock.seconds()),
                "changed_by": written["changed_by"],
                "parameters": wanted,
            },
            written,
        )
        self.assertTrue(written["changed_by"])
        self.assertEqual(written, await self.get("configurations", "model", "AirTies/Air 4920"))
        self.assertEqual([written], (await self.get("configurations"))["items"])
        self.assertEqual(204, (await self.ask("DELETE", place)).status)
        await self.assert_refused(404, "DELETE", place)
        self.assertEqual([], (await self.get("configurations"))["items"])

    async def test_none_keeps_the_reactor_however_long_it_is(self) -> None:
        threads = set()

        def noting(function: Any) -> Any:
            def noted(*arguments: Any) -> Any:
                threads.add(get_ident())
                return function(*arguments)

            return noted

        for name in ("show_configuration", "entries_of", "write_document"):
            self.patch(configurations, name, noting(getattr(configurations, name)))
        await self.put("all", "default", {SSID: "x"})
        await self.get("configurations", "all", "default")
        self.assertTrue(threads)
        self.assertNotIn(get_ident(), threads)

    async def test_what_says_the_same_keeps_its_level(self) -> None:
        first = await self.put("all", "default", {".Time.Enable": True})
        self.clock.advance(60)
        self.assertEqual(first, await self.put("all", "default", {".Time.Enable": "true"}))
        other = await self.put("all", "default", {".Time.Enable": False})
        self.assertGreater(other["level"], first["level"])

    async def test_a_device_shows_the_level_that_it_is_to_reach(self) -> None:
        nothing = {"value": None, "source": None}
        self.assertEqual(nothing, (await self.get("devices", AIRTIES.id))["desired_config_level"])
        first = await self.put("vendor", AIRTIES.manufacturer, {".Time.Enable": True})
        shown = (await self.get("devices", AIRTIES.id))["desired_config_level"]
        self.assertEqual({"value": first["level"], "source": "vendor"}, shown)
        self.clock.advance(60)
        own = await self.put("device", AIRTIES.id, {".Time.Enable": True})
        shown = (await self.get("devices", AIRTIES.id))["desired_config_level"]
        self.assertEqual({"value": own["level"], "source": "device"}, shown)

    async def test_what_is_wanted_of_a_device_tells_where_it_is_from(self) -> None:
        await self.put("all", "default", {SSID: "for all", KEY: "12345678"})
        await self.put("tag", "vip", {SSID: {"notify": "passive"}})
        await self.put("device", AIRTIES.id, {SSID: "its own"})
        await self.store.device(AIRTIES.id)
        self.store.change_device(AIRTIES.id, tags=("vip",), root="InternetGatewayDevice.")
        key, ssid = (await self.get("devices", AIRTIES.id, "configuration"))["items"]
        self.assertEqual((KEY, "********"), (key["name"], key["value"]))
        self.assertEqual({"scope": "all", "name": "default"}, key["source"])
        self.assertEqual(("its own", "passive"), (ssid["value"], ssid["notify"]))
        self.assertEqual({"scope": "device", "name": AIRTIES.id}, ssid["source"])
        self.assertEqual({"scope": "tag", "name": "vip"}, ssid["notify_source"])

    async def test_what_differs_from_the_device_is_told(self) -> None:
        await self.store.device(AIRTIES.id)
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.")
        root = "InternetGatewayDevice.Time."
        known = {
            root + "Enable": Parameter(root + "Enable", "1", "xsd:boolean", True),
            root + "NTPServer1": Parameter(root + "NTPServer1", "old", "xsd:string", True),
            KEY: Parameter(KEY, "", "xsd:string", True),
        }
        await self.store.keep_parameters(AIRTIES.id, known, self.clock.seconds(), None)
        wanted = {
            ".Time.Enable": True,
            ".Time.NTPServer1": "{{ device.oui }}",
            ".Time.No": 1,
            KEY: "12345678",
        }
        await self.put("all", "default", wanted)
        items = (await self.get("devices", AIRTIES.id, "configuration", query="?diff=true"))["items"]
        told = [(item["name"], item["value"], item["held"]) for item in items]
        self.assertEqual([(root + "NTPServer1", AIRTIES.oui, "old"), (root + "No", "1", None)], told)

    async def test_secrets_are_hidden_and_are_not_overwritten_by_what_hides_them(self) -> None:
        secret = {"value": "open sesame", "secret": True}
        written = await self.put("all", "default", {SSID: secret, KEY: "12345678"})
        self.assertEqual("********", written["parameters"][SSID]["value"])
        self.assertEqual("********", written["parameters"][KEY])
        place = path("configurations", "all", "default")
        shown = await self.ask("GET", place + "?secrets=true", role=Role.OPERATOR)
        self.assertEqual("open sesame", shown.json["parameters"][SSID]["value"])
        await self.assert_refused(403, "GET", place + "?secrets=true", role=Role.VIEWER)
        self.assertEqual(written, await self.put("all", "default", written["parameters"]))
        self.clock.advance(60)
        other = {**written["parameters"], ".Time.Enable": True}
        self.assertGreater((await self.put("all", "default", other))["level"], written["level"])
        shown = await self.ask("GET", place + "?secrets=true", role=Role.OPERATOR)
        self.assertEqual("open sesame", shown.json["parameters"][SSID]["value"])
        self.assertEqual("12345678", shown.json["parameters"][KEY])

    async def test_what_hides_a_secret_is_no_value_of_anything_else(self) -> None:
        await self.put("all", "default", {SSID: {"value": "open sesame", "secret": True}, ".Time.A": "x"})
        for parameters in ({SSID: "********"}, {".Time.A": "********"}, {KEY: "********"}):
            place = path("configurations", "all", "default")
            response = await self.assert_refused(422, "PUT", place, {"parameters": parameters})
            self.assertEqual({f"parameters.{each}" for each in parameters}, set(response.wrong))

    async def test_all_that_is_wrong_is_told(self) -> None:
        place = path("configurations", "all", "default")
        body = {"parameters": {"nonsense": 1, ".Time.Enable": {"notify": "loud"}, ".Time.": 1}}
        response = await self.assert_refused(422, "PUT", place, body)
        self.assertEqual(
            {"parameters.nonsense", "parameters..Time.Enable", "parameters..Time."}, set(response.wrong)
        )
        self.assertEqual([], (await self.get("configurations"))["items"])

    async def test_a_name_that_nobody_will_ever_tell_is_refused(self) -> None:
        place = path("configurations", "all", "default")
        body = {"parameters": {".A.B": "{{ device.colour }} {{ weather.today }}", ".A.C": "{{ device.oui }}"}}
        response = await self.assert_refused(422, "PUT", place, body)
        self.assertEqual({"parameters..A.B"}, set(response.wrong))
        await self.put("all", "default", {".A.B": "{{ related.wifi_ssid }}", ".A.C": "{{ not a name }}"})

    async def test_there_are_so_many_scopes_and_one_name_of_all(self) -> None:
        body = {"parameters": {".Time.Enable": True}}
        await self.assert_refused(404, "PUT", path("configurations", "planet", "earth"), body)
        await self.assert_refused(404, "PUT", path("configurations", "all", "others"), body)
        await self.assert_refused(404, "PUT", path("configurations", "device", "nobody"), body)

    async def test_the_level_of_a_model_is_raised_and_its_parameters_stay(self) -> None:
        (model,) = (await self.get("models"))["items"]
        self.assertIsNone(model["desired_config_level"])
        before = await self.put("model", model["name"], {".Time.Enable": True})
        for kind, name in (("models", model["name"]), ("vendors", AIRTIES.manufacturer)):
            wish = {"desired_config_level": "2030-01-02T03:04:05+01:00"}
            response = await self.ask("PATCH", path(kind, name), wish)
            self.assertEqual(204, response.status, response.body)
            (item,) = (await self.get(kind))["items"]
            self.assertEqual("2030-01-02T02:04:05.000000Z", item["desired_config_level"])
        after = await self.get("configurations", "model", model["name"])
        self.assertEqual(before["parameters"], after["parameters"])
        wish = {"desired_config_level": after["level"]}
        await self.assert_refused(404, "PATCH", path("models", "nobody"), wish)
        await self.assert_refused(404, "PATCH", path("categories", "nobody"), wish)

    async def test_the_list_is_filtered_by_scope(self) -> None:
        await self.put("all", "default", {".Time.Enable": True})
        await self.put("tag", "vip", {".Time.Enable": True})
        items = (await self.ask("GET", path("configurations") + "?scope=tag")).json["items"]
        self.assertEqual(["vip"], [item["name"] for item in items])


class Crm:
    """The operator's systems, which know one device."""

    name = "crm"
    down = False

    def find_related(self, subject: Subject) -> Related:
        if self.down:
            raise OSError("gone")
        return Related("17", {"wifi_ssid": "Café"})

    def get_configuration(self, subject: Subject, related: Related | None) -> dict[str, Any]:
        return {".Time.Enable": True, KEY: {"value": "hush", "secret": True}}


class RelatedTests(ApiCase):
    def setUp(self) -> Any:
        self.crm = Crm()
        self.how = {"hooks": Hooks(Clock(), [self.crm])}
        return super().setUp()

    async def test_what_the_operators_systems_want_is_shown_with_their_scope(self) -> None:
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.")
        body = {"parameters": {SSID: "{{ related.wifi_ssid }}", ".Time.Enable": False}}
        self.assertEqual(200, (await self.ask("PUT", path("configurations", "all", "default"), body)).status)
        items = (await self.get("devices", AIRTIES.id, "configuration"))["items"]
        shown = {each["name"]: (each["value"], each["source"]) for each in items}
        related = {"scope": "related", "name": "17"}
        self.assertEqual(
            {
                SSID: ("Café", {"scope": "all", "name": "default"}),
                "InternetGatewayDevice.Time.Enable": ("true", related),
                KEY: ("********", related),
            },
            shown,
        )

    async def test_nothing_is_shown_where_they_do_not_answer(self) -> None:
        self.crm.down = True
        place = path("devices", AIRTIES.id, "configuration")
        refused = await self.assert_refused(503, "GET", place)
        self.assertIn("do not answer: find_related: OSError: gone", refused.json["detail"])

    async def test_their_scope_is_not_to_be_written(self) -> None:
        place = path("configurations", "related", "17")
        await self.assert_refused(404, "PUT", place, {"parameters": {".Time.Enable": True}})
