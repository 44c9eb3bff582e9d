"""Vendors, models and categories over the API."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.records import Role, SessionResult
from tests.web.cases import AIRTIES, ROUTER, ApiCase, path


class PopulationTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.store.add_device(replace(ROUTER, category="dsl"))
        await self.store.add_device(
            replace(ROUTER, id="00D09E-Router-S2", serial_number="S2", software_version="9")
        )

    async def test_vendors_are_listed_with_their_devices(self) -> None:
        first, second = (await self.get("vendors"))["items"]
        self.assertEqual(
            {
                "name": "2Wire",
                "devices": 2,
                "ouis": ["00D09E"],
                "models": ["Router"],
                "quirks": {},
                "desired_config_level": None,
                "parameter_map": {},
                "tracked": [],
                "vendor_file": None,
                "desired_software_version": None,
            },
            first,
        )
        self.assertEqual(("AirTies", 1), (second["name"], second["devices"]))

    async def test_models_are_listed_with_their_versions(self) -> None:
        first, second = (await self.get("models"))["items"]
        self.assertEqual(("2Wire/Router", 2), (first["name"], first["devices"]))
        self.assertEqual({"": 1, "9": 1}, first["software_versions"])
        self.assertEqual("AirTies/Air4920DK-WA", second["name"])
        self.assertEqual({AIRTIES.root_data_model: 1}, second["root_data_models"])

    async def test_each_is_shown_by_itself_with_what_was_said_of_it(self) -> None:
        vendor, model = path("vendors", "AirTies"), path("models", "AirTies/Air4920DK-WA")
        for place, quirks in ((vendor, {"no-attributes": False}), (model, {"null-words": True})):
            tag = (await self.ask("GET", place)).headers["ETag"]
            wished = {"quirks": quirks, "desired_config_level": "2026-11-25T12:00:00Z"}
            changed = await self.ask("PATCH", place, wished, headers={"If-Match": tag})
            self.assertEqual(204, changed.status)
            shown = (await self.ask("GET", place)).json
            self.assertEqual(
                (quirks, "2026-11-25T12:00:00.000000Z"), (shown["quirks"], shown["desired_config_level"])
            )
        self.assertEqual({"no-attributes": False}, (await self.ask("GET", vendor)).json["quirks"])
        (said, *_) = (await self.get("audit"))["items"]
        self.assertEqual({"null-words": True}, said["after"]["quirks"])
        for kind in ("vendors", "models", "categories"):
            await self.assert_refused(404, "GET", path(kind, "nobody"))

    async def test_categories_are_listed(self) -> None:
        nothing = {"desired_config_level": None, "desired_software_version": None}
        dsl = {"name": "dsl", "devices": 1, **nothing}
        self.assertEqual([dsl], (await self.get("categories"))["items"])

    async def test_they_come_in_pieces(self) -> None:
        for kind in ("vendors", "models"):
            piece = await self.get(kind, query="?limit=1")
            rest = await self.get(kind, query=f"?cursor={piece['next']}")
            self.assertEqual((1, 1, None), (len(piece["items"]), len(rest["items"]), rest["next"]))

    async def test_one_is_read_by_its_name(self) -> None:
        for kind, name in (("vendors", "2Wire"), ("models", "2Wire/Router"), ("categories", "dsl")):
            (listed, *_) = (await self.get(kind))["items"]
            self.assertEqual(listed, await self.get(kind, name, role=Role.VIEWER))
            await self.assert_refused(404, "GET", path(kind, "nobody"))

    async def test_quirks_that_are_forced_are_told(self) -> None:
        for kind, name in (("vendors", "2Wire"), ("models", "2Wire/Router")):
            for said in ({"no-attributes": True, "boolean-digits": False}, {"no-attributes": None}):
                response = await self.ask("PATCH", path(kind, name), {"quirks": said})
                self.assertEqual(204, response.status, response.body)
            self.assertEqual({"boolean-digits": False}, (await self.get(kind, name))["quirks"])
        self.assertEqual({}, (await self.get("models", "AirTies/Air4920DK-WA"))["quirks"])

    async def test_what_fails_on_which_version_is_told(self) -> None:
        self.session(device="00D09E-Router-S2", result=SessionResult.FAILED)
        self.store.change_device("00D09E-Router-S2", config_problems=("Device.X is read-only",))
        found = (await self.get("models", "2Wire/Router", "versions", role=Role.VIEWER))["items"]
        self.assertEqual(
            [
                {"name": "", "devices": 1, "failed": 0, "stopped": 0},
                {"name": "9", "devices": 1, "failed": 1, "stopped": 1},
            ],
            found,
        )
        await self.assert_refused(404, "GET", path("models", "2Wire/Chair", "versions"))

    async def test_tags_are_listed_with_their_devices(self) -> None:
        self.assertEqual(
            [{"name": "field-test", "devices": 1}], (await self.get("tags", role=Role.VIEWER))["items"]
        )
