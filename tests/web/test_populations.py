"""Vendors, models and categories over the API."""

from __future__ import annotations

from msgspec.structs import replace

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
                "desired_config_level": None,
                "quirks": {},
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
