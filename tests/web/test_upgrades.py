"""Firmware that is wanted of devices, over the API."""

from __future__ import annotations

from typing import Any

from acs.store.records import Role
from tests.web.cases import AIRTIES, ApiCase, path

MODEL = "AirTies/Air4920DK-WA"
DEVICE = path("devices", AIRTIES.id)
PATHS = [{"from": "1.*", "through": "2.0", "to": "3.*"}, {"from": "2.0", "through": "2.5", "to": "*"}]


class WishTests(ApiCase):
    async def wanted(self) -> dict[str, Any]:
        shown = (await self.get("devices", AIRTIES.id))["desired_software_version"]
        return dict(shown)

    async def test_what_is_wanted_is_shown_with_who_wants_it(self) -> None:
        self.assertEqual({"value": None, "source": None}, await self.wanted())
        await self.ask("PATCH", DEVICE, {"category": "gold"})
        await self.ask("PUT", path("profiles", "category", "gold"), {"desired_software_version": "1"})
        self.assertEqual({"value": "1", "source": "category"}, await self.wanted())
        for kind, name, version in (("vendors", "AirTies", "2"), ("models", MODEL, "3")):
            response = await self.ask("PATCH", path(kind, name), {"desired_software_version": version})
            self.assertEqual(204, response.status)
            self.assertEqual({"value": version, "source": kind[:-1]}, await self.wanted())
        await self.ask("PUT", path("profiles", "tag", "field-test"), {"desired_software_version": "4"})
        self.assertEqual({"value": "4", "source": "tag"}, await self.wanted())
        await self.ask("PATCH", DEVICE, {"desired_software_version": "5"})
        self.assertEqual({"value": "5", "source": "device"}, await self.wanted())
        await self.ask("PATCH", DEVICE, {"desired_software_version": None})
        self.assertEqual({"value": "4", "source": "tag"}, await self.wanted())
        await self.ask("DELETE", path("profiles", "tag", "field-test"))
        self.assertEqual({"value": "3", "source": "model"}, await self.wanted())

    async def test_categories_models_and_vendors_show_theirs(self) -> None:
        await self.ask("PATCH", DEVICE, {"category": "gold"})
        for kind, name in (("categories", "gold"), ("models", MODEL), ("vendors", "AirTies")):
            body = {"desired_software_version": "2.0"}
            self.assertEqual(204, (await self.ask("PATCH", path(kind, name), body)).status)
            (found,) = (await self.get(kind))["items"]
            self.assertEqual("2.0", found["desired_software_version"])
            await self.ask("PATCH", path(kind, name), {"desired_software_version": None})
            (found,) = (await self.get(kind))["items"]
            self.assertIsNone(found["desired_software_version"])

    async def test_a_model_has_upgrade_paths(self) -> None:
        body = {"upgrade_paths": [PATHS[0], {"from": "2.0", "through": "2.5"}]}
        self.assertEqual(204, (await self.ask("PATCH", path("models", MODEL), body)).status)
        (model,) = (await self.get("models"))["items"]
        self.assertEqual(PATHS, model["upgrade_paths"])
        self.assertEqual(PATHS, (await self.get("profiles", "model", MODEL))["upgrade_paths"])

    async def test_what_belongs_to_others_is_refused(self) -> None:
        for kind, name, body in (
            ("all", "default", {"desired_software_version": "1"}),
            ("data_model", "Device.", {"desired_software_version": "1"}),
            ("vendor", "AirTies", {"upgrade_paths": PATHS}),
            ("tag", "x", {"vendor_file": "http://192.0.2.1/x"}),
            ("category", "x", {"tracked": [{"path": ".A"}]}),
            ("tag", "x", {"category": "gold"}),
            ("vendor", "AirTies", {"vendor_file": "acs:/etc/passwd"}),
        ):
            response = await self.assert_refused(422, "PUT", path("profiles", kind, name), body)
            self.assertEqual(list(body), list(response.wrong))
        for wrong in (
            [{"from": "1"}],
            [{"from": "1", "through": "2", "at": "3"}],
            [{"from": "", "through": "2"}],
        ):
            await self.assert_refused(400, "PATCH", path("models", MODEL), {"upgrade_paths": wrong})
        body = {"vendor_file": "acs:config/box.cfg"}
        self.assertEqual(200, (await self.ask("PUT", path("profiles", "vendor", "A"), body)).status)


class UpgradeTests(ApiCase):
    async def given(self, **changes: Any) -> None:
        await self.store.device(AIRTIES.id)
        self.store.change_device(AIRTIES.id, **changes)

    async def test_a_device_is_brought_to_a_version(self) -> None:
        await self.given(firmware_tried="9", firmware_tries=3, firmware_problem="given up")
        response = await self.ask("POST", f"{DEVICE}/upgrade", {"version": "9"})
        self.assertEqual(202, response.status)
        told = response.json
        self.assertEqual({"value": "9", "source": "device"}, told["desired_software_version"])
        self.assertEqual(
            ("9", 0, None),
            (told["firmware_tried"], told["firmware_tries"], told["firmware_problem"]),
        )

    async def test_what_is_wanted_of_it_is_tried_anew(self) -> None:
        await self.assert_refused(409, "POST", f"{DEVICE}/upgrade")
        await self.ask("PATCH", path("models", MODEL), {"desired_software_version": "9"})
        await self.given(firmware_tried="9", firmware_tries=3)
        response = await self.ask("POST", f"{DEVICE}/upgrade")
        self.assertEqual((202, 0), (response.status, response.json["firmware_tries"]))
        wanted = {"value": "9", "source": "model"}
        self.assertEqual(wanted, response.json["desired_software_version"])

    async def test_the_same_wish_said_again_is_tried_anew(self) -> None:
        await self.given(desired_software_version="9", firmware_tried="9", firmware_tries=3)
        told = (await self.ask("PATCH", DEVICE, {"desired_software_version": "9"})).json
        self.assertEqual(0, told["firmware_tries"])

    async def test_a_device_is_brought_back_to_the_version_before(self) -> None:
        await self.assert_refused(409, "POST", f"{DEVICE}/rollback")
        await self.given(previous_software_version="2.0", software_changed_at=1764000000.0)
        told = (await self.ask("POST", f"{DEVICE}/rollback")).json
        self.assertEqual({"value": "2.0", "source": "device"}, told["desired_software_version"])
        self.assertEqual(
            ("2.0", "2025-11-24T16:00:00.000Z"),
            (told["previous_software_version"], told["software_changed_at"]),
        )

    async def test_that_is_for_operators(self) -> None:
        for what in ("upgrade", "rollback"):
            await self.assert_refused(403, "POST", f"{DEVICE}/{what}", role=Role.SUPPORT)
            await self.assert_refused(404, "POST", path("devices", "nobody", what))
        await self.assert_refused(400, "POST", f"{DEVICE}/upgrade", {"version": ""})
        await self.assert_refused(400, "POST", f"{DEVICE}/upgrade", {"version": "x" * 65})
