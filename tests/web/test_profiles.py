"""Profiles, and the history of what they have tracked, over the API."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.configuration.levels import level_at
from acs.store.records import Parameter, Role
from tests.web.cases import AIRTIES, ROUTER, ApiCase, path

MODEL = "AirTies/Air4920DK-WA"
SSID = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"
NAMES = {"wifi.2g.ssid": ".LANDevice.1.WLANConfiguration.1.SSID", "code.a": "Device.A.[camera].B"}
TRACKED = [
    {"path": ".DeviceInfo.UpTime", "every": 0, "history": True},
    {"path": "wifi.2g.channel", "every": 60},
]
WHOLE = [TRACKED[0], {**TRACKED[1], "history": False}]


class ProfileTests(ApiCase):
    async def put(self, kind: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.ask("PUT", path("profiles", kind, name), body)
        self.assertEqual(200, response.status, response.body)
        written: dict[str, Any] = response.json
        return written

    async def patch(self, kind: str, name: str, body: dict[str, Any]) -> None:
        response = await self.ask("PATCH", path(kind, name), body)
        self.assertEqual(204, response.status, response.body)

    async def listed(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [each for each in (await self.get(kind))["items"] if each["name"] == name]
        return dict(found)

    async def test_one_is_written_read_and_deleted(self) -> None:
        place = path("profiles", "model", MODEL)
        await self.assert_refused(404, "GET", place)
        said = {"category": "extender", "parameter_map": NAMES, "tracked": TRACKED}
        written = await self.put("model", MODEL, said)
        unsaid = {"vendor_file": None, "desired_software_version": None, "upgrade_paths": []}
        wanted = {"scope": "model", "name": MODEL, **said, "tracked": WHOLE, **unsaid}
        self.assertEqual({**wanted, "level": level_at(self.clock.seconds())}, written)
        self.assertEqual(written, await self.get("profiles", "model", MODEL))
        other = await self.put("all", "default", {})
        self.assertEqual(
            {"category": None, "parameter_map": {}, "tracked": [], "level": None},
            {name: other[name] for name in ("category", "parameter_map", "tracked", "level")},
        )
        self.assertEqual([other, written], (await self.get("profiles"))["items"])
        self.assertEqual([other], (await self.get("profiles", query="?scope=all"))["items"])
        first = await self.get("profiles", query="?limit=1")
        rest = await self.get("profiles", query=f"?cursor={first['next']}")
        self.assertEqual([other, written], first["items"] + rest["items"])
        self.assertEqual(204, (await self.ask("DELETE", place)).status)
        await self.assert_refused(404, "DELETE", place)

    async def test_its_level_is_that_of_what_may_change_devices(self) -> None:
        first = await self.put("vendor", "AirTies", {"parameter_map": NAMES})
        self.clock.advance(60)
        for said in ({"parameter_map": NAMES}, {"parameter_map": NAMES, "tracked": TRACKED}):
            self.assertEqual(first["level"], (await self.put("vendor", "AirTies", said))["level"])
        self.assertGreater((await self.put("vendor", "AirTies", {}))["level"], first["level"])

    async def test_a_new_map_raises_the_level_of_devices_of_which_something_is_wanted(self) -> None:
        await self.put("vendor", "AirTies", {"parameter_map": NAMES})
        nothing = {"value": None, "source": None}
        self.assertEqual(nothing, (await self.get("devices", AIRTIES.id))["desired_config_level"])
        body = {"parameters": {"code.a": "x"}}
        self.clock.advance(60)
        await self.ask("PUT", path("configurations", "device", AIRTIES.id), body)
        own = {"value": level_at(self.clock.seconds()), "source": "device"}
        self.assertEqual(own, (await self.get("devices", AIRTIES.id))["desired_config_level"])
        self.clock.advance(60)
        level = (await self.put("model", MODEL, {"parameter_map": NAMES}))["level"]
        shown = (await self.get("devices", AIRTIES.id))["desired_config_level"]
        self.assertEqual({"value": level, "source": "model"}, shown)

    async def test_models_and_vendors_show_theirs_and_are_changed_in_part(self) -> None:
        await self.patch("models", MODEL, {"parameter_map": NAMES})
        await self.patch("models", MODEL, {"tracked": TRACKED, "category": "extender"})
        await self.patch("vendors", "AirTies", {"tracked": TRACKED[:1]})
        model, vendor = await self.listed("models", MODEL), await self.listed("vendors", "AirTies")
        self.assertEqual(
            ("extender", NAMES, WHOLE), (model["category"], model["parameter_map"], model["tracked"])
        )
        self.assertEqual(({}, WHOLE[:1]), (vendor["parameter_map"], vendor["tracked"]))
        self.assertEqual(NAMES, (await self.get("profiles", "model", MODEL))["parameter_map"])
        await self.patch("models", MODEL, {"category": None, "tracked": []})
        model = await self.listed("models", MODEL)
        self.assertEqual((None, NAMES, []), (model["category"], model["parameter_map"], model["tracked"]))

    async def test_the_devices_of_a_model_are_of_its_category(self) -> None:
        own = await self.store.add_device(replace(ROUTER, category="dsl"))
        await self.patch("models", MODEL, {"category": "extender"})
        await self.patch("models", "2Wire/Router", {"category": "extender"})
        found = (await self.get("devices", query="?category=extender"))["items"]
        self.assertEqual([(AIRTIES.id, None)], [(each["id"], each["category"]) for each in found])
        found = (await self.get("devices", query="?category=dsl"))["items"]
        self.assertEqual([own.id], [each["id"] for each in found])
        counts = {each["name"]: each["devices"] for each in (await self.get("categories"))["items"]}
        self.assertEqual({"dsl": 1, "extender": 1}, counts)

    async def test_all_that_is_wrong_is_told(self) -> None:
        body = {
            "parameter_map": {
                "Device.A": ".B",
                "wifi.a": 1,
                "wifi.b": "wifi.a",
                "wifi.c": ".A.",
                "wifi.d": "nonsense",
            },
            "tracked": [
                {"path": path}
                for path in (".A", ".A", ".A.*.", ".", "Device.", "Device", "No.A", ".A.[camera].B")
            ],
        }
        for method, place in (
            ("PUT", path("profiles", "vendor", "AirTies")),
            ("PATCH", path("vendors", "AirTies")),
        ):
            response = await self.assert_refused(422, method, place, body)
            wanted = {f"parameter_map.{name}" for name in body["parameter_map"]}
            wanted |= {f"tracked[{number}].path" for number in (1, 2, 3, 4, 5, 6)}
            self.assertEqual(wanted, set(response.wrong))
        self.assertEqual([], (await self.get("profiles"))["items"])
        response = await self.assert_refused(422, "PUT", path("profiles", "vendor", "A"), {"category": "x"})
        self.assertEqual({"category"}, set(response.wrong))
        await self.assert_refused(400, "PATCH", path("vendors", "AirTies"), {"category": "x"})
        for tracked in ([{}], [{"path": ".A", "every": -1}], [{"path": ".A", "more": 1}], [1], {}):
            await self.assert_refused(400, "PUT", path("profiles", "vendor", "A"), {"tracked": tracked})
        many = {f"a.b{number}": ".A" for number in range(1001)}
        response = await self.assert_refused(
            422, "PUT", path("profiles", "vendor", "A"), {"parameter_map": many}
        )
        self.assertEqual({"parameter_map"}, set(response.wrong))

    async def test_a_password_is_called_one_lest_it_be_shown(self) -> None:
        place = path("profiles", "all", "default")
        key = ".WiFi.AccessPoint.1.Security.KeyPassphrase"
        response = await self.assert_refused(422, "PUT", place, {"parameter_map": {"wifi.key": key}})
        self.assertEqual({"parameter_map.wifi.key"}, set(response.wrong))
        await self.put("all", "default", {"parameter_map": {"wifi.guest_passphrase": key}})

    async def test_there_are_so_many_kinds_and_names(self) -> None:
        for kind, name in (("device", "x"), ("all", "x"), ("data_model", "Device"), ("data_model", "")):
            await self.assert_refused(404, "PUT", path("profiles", kind, name), {})
        for name in ("Device.", "InternetGatewayDevice."):
            await self.put("data_model", name, {"parameter_map": NAMES})
        await self.assert_refused(404, "PATCH", path("models", "nobody"), {"tracked": []})

    async def test_a_name_that_no_map_has_is_shown_with_what_is_wanted(self) -> None:
        await self.store.device(AIRTIES.id)
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.")
        await self.store.keep_parameters(AIRTIES.id, {SSID: Parameter(SSID, "x", "xsd:string", True)}, 1.0)
        body = {"parameters": {"wifi.2g.ssid": "x", "wifi.6g.ssid": "y", "wifi.2g.passphrase": "hush5678"}}
        shown = await self.ask("PUT", path("configurations", "all", "default"), body)
        self.assertEqual("********", shown.json["parameters"]["wifi.2g.passphrase"])
        items = (await self.get("devices", AIRTIES.id, "configuration"))["items"]
        told = {each["name"]: (each["value"], each["problem"]) for each in items}
        key = SSID.replace("SSID", "KeyPassphrase")
        no_map = "no map has wifi.6g.ssid for this device"
        wanted = {SSID: ("x", None), key: ("********", None), "wifi.6g.ssid": (None, no_map)}
        self.assertEqual(wanted, told)
        items = (await self.get("devices", AIRTIES.id, "configuration", query="?diff=true"))["items"]
        self.assertEqual(["wifi.6g.ssid"], [each["name"] for each in items])


class HistoryTests(ApiCase):
    async def history(self, query: str = "", **how: Any) -> Any:
        return await self.get("devices", AIRTIES.id, "history", query=query, **how)

    async def test_the_newest_is_first_and_pieces_make_the_whole(self) -> None:
        for value in ("1", "2", "3"):
            self.store.keep_readings(
                AIRTIES.id, [("Device.A", value), ("Device.B", value)], self.clock.seconds()
            )
            self.clock.advance(60)
        whole = await self.history()
        self.assertEqual(
            {"name": "Device.B", "value": "3", "time": "2026-11-25T12:02:00.000Z"}, whole["items"][0]
        )
        first = await self.history("?limit=4")
        rest = await self.history(f"?limit=4&cursor={first['next']}")
        self.assertEqual(whole["items"], first["items"] + rest["items"])
        found = await self.history("?name=Device.A&since=2026-11-25T12:00:30Z&until=2026-11-25T12:01:30Z")
        self.assertEqual(["2"], [each["value"] for each in found["items"]])
        found = await self.history("?sort=id&name=Device.")
        self.assertEqual(whole["items"][::-1], found["items"])

    async def test_secrets_are_hidden(self) -> None:
        self.store.keep_readings(AIRTIES.id, [("Device.X.KeyPassphrase", "hush")], self.clock.seconds())
        self.assertEqual("********", (await self.history())["items"][0]["value"])
        shown = await self.history("?secrets=true", role=Role.OPERATOR)
        self.assertEqual("hush", shown["items"][0]["value"])
        place = path("devices", AIRTIES.id, "history") + "?secrets=true"
        await self.assert_refused(403, "GET", place, role=Role.VIEWER)

    async def test_what_is_asked_wrongly_is_refused(self) -> None:
        place = path("devices", AIRTIES.id, "history")
        for query in ("?since=noon", "?device=x", "?sort=name"):
            await self.assert_refused(400, "GET", place + query)
        await self.assert_refused(404, "GET", path("devices", "nobody", "history"))


class ChangesTests(ApiCase):
    async def test_what_has_changed_is_listed_the_newest_first(self) -> None:
        for value in ("1", "2"):
            known = {name: Parameter(name, value) for name in ("Device.A", "Device.B.Password")}
            await self.store.keep_parameters(AIRTIES.id, known, self.clock.seconds())
            self.clock.advance(60)
        await self.store.keep_parameters(AIRTIES.id, {}, self.clock.seconds())
        whole = await self.get("devices", AIRTIES.id, "changes")
        told = [(each["name"], each["old"], each["new"]) for each in whole["items"]]
        self.assertEqual(
            [("Device.A", "1", "2"), ("Device.A", "2", None)],
            sorted(each for each in told if each[0] == "Device.A"),
        )
        self.assertEqual("2026-11-25T12:02:00.000Z", whole["items"][0]["time"])
        secret = next(each for each in told if each[0] == "Device.B.Password")
        self.assertEqual(("Device.B.Password", "********", None), secret)
        found = await self.get("devices", AIRTIES.id, "changes", query="?name=Device.A")
        self.assertEqual({"Device.A"}, {each["name"] for each in found["items"]})

    async def test_what_is_asked_wrongly_is_refused(self) -> None:
        await self.assert_refused(404, "GET", path("devices", "nobody", "changes"))
        await self.assert_refused(400, "GET", path("devices", AIRTIES.id, "changes") + "?device=x")
