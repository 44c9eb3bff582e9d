"""Quirks over the API."""

from __future__ import annotations

from typing import Any

from acs.cwmp.values import DeviceId
from acs.quirks.catalogue import QUIRKS
from acs.store.records import Device, Role
from tests.web.cases import AIRTIES, ApiCase, path

OWN = {"manufacturer": "AirTies", "product_class": "Air49*", "note": "the customer told us"}


class QuirkTests(ApiCase):
    async def in_force(self, device: str = AIRTIES.id) -> list[str]:
        items = (await self.get("devices", device, "quirks"))["items"]
        return [item["name"] for item in items if item["enabled"]]

    async def add(self, name: str = "no-attributes", **rule: Any) -> dict[str, Any]:
        response = await self.ask("POST", path("quirks", name, "rules"), rule or OWN)
        self.assertEqual(201, response.status, response.body)
        added: dict[str, Any] = response.json
        return added

    async def test_each_is_explained(self) -> None:
        items = (await self.get("quirks"))["items"]
        self.assertEqual(sorted(QUIRKS), [item["name"] for item in items])
        one = await self.get("quirks", "no-parameter-key")
        self.assertEqual("FreeACS, quirk parameterkey (SpeedTouch 780, ZyXEL P-2602HW)", one["source"])
        self.assertIn("never comes back", one["symptom"])
        self.assertEqual(0, one["devices"])
        self.assertEqual(
            {
                "id": None,
                "enabled": True,
                "manufacturer": "THOMSON*",
                "oui": None,
                "product_class": "SpeedTouch 780*",
                "software_version": None,
                "device": None,
                "note": "",
            },
            one["rules"][0],
        )

    async def test_a_rule_is_added_and_removed(self) -> None:
        self.assertEqual([], await self.in_force())
        rule = await self.add()
        self.assertEqual(OWN["note"], rule["note"])
        self.assertEqual([rule], (await self.get("quirks", "no-attributes"))["rules"][1:])
        self.assertEqual(["no-attributes"], await self.in_force())
        (found,) = (await self.get("devices", AIRTIES.id, "quirks"))["items"]
        self.assertEqual({"name": "no-attributes", "enabled": True, "rule": rule}, found)
        place = path("quirks", "no-attributes", "rules", rule["id"])
        self.assertEqual(204, (await self.ask("DELETE", place)).status)
        self.assertEqual([], await self.in_force())
        await self.assert_refused(404, "DELETE", place)

    async def test_one_that_says_no_overrules_a_wider_one(self) -> None:
        await self.add()
        await self.add(enabled=False, software_version="2.*", manufacturer="AirTies", product_class="Air49*")
        self.assertEqual([], await self.in_force())

    async def test_a_device_is_forced_and_released(self) -> None:
        await self.add()
        wished = {"quirks": {"no-attributes": False, "close-connection": True}}
        self.assertEqual(200, (await self.ask("PATCH", path("devices", AIRTIES.id), wished)).status)
        self.assertEqual(["close-connection"], await self.in_force())
        wished = {"quirks": {"no-attributes": True}}
        await self.ask("PATCH", path("devices", AIRTIES.id), wished)
        self.assertEqual(["close-connection", "no-attributes"], await self.in_force())
        await self.ask("PATCH", path("devices", AIRTIES.id), {"quirks": dict.fromkeys(QUIRKS)})
        self.assertEqual(["no-attributes"], await self.in_force())
        self.assertEqual(1, len(self.store.quirk_rules()))

    async def test_a_model_and_a_vendor_are_forced(self) -> None:
        for place, name in (
            (("models", "AirTies/Air4920DK-WA"), "no-attributes"),
            (("vendors", "AirTies"), "null-words"),
        ):
            response = await self.ask("PATCH", path(*place), {"quirks": {name: True}})
            self.assertEqual(204, response.status)
            self.assertIn(name, await self.in_force())
            await self.assert_refused(404, "PATCH", path(place[0], "Nobody/X"), {"quirks": {name: True}})
        await self.ask("PATCH", path("models", "AirTies/Air4920DK-WA"), {"quirks": {"null-words": False}})
        self.assertEqual(["no-attributes"], await self.in_force())

    async def test_names_with_pattern_characters_are_taken_to_the_letter(self) -> None:
        await self.store.add_device(a_device("A[b]*", "C?", "1"))
        await self.store.add_device(a_device("Ab", "Cx", "2"))
        await self.ask("PATCH", path("models", "A[b]*/C?"), {"quirks": {"no-attributes": True}})
        self.assertEqual(["no-attributes"], await self.in_force("00D09E-C%3F-1"))
        self.assertEqual([], await self.in_force("00D09E-Cx-2"))

    async def test_a_model_without_a_product_class_cannot_be_told_by_one(self) -> None:
        await self.store.add_device(a_device("A", "", "1"))
        await self.assert_refused(409, "PATCH", path("models", "A/"), {"quirks": {"no-attributes": True}})

    async def test_what_is_wrong_is_refused(self) -> None:
        for status, target, body, field in (
            (404, path("quirks", "nonsense", "rules"), OWN, None),
            (400, path("quirks", "no-attributes", "rules"), {"note": "everybody"}, "manufacturer"),
            (400, path("quirks", "no-attributes", "rules"), {}, ""),
            (400, path("quirks", "no-attributes", "rules"), {"manufacturer": "a\nb"}, "manufacturer"),
            (400, path("quirks", "no-attributes", "rules"), {**OWN, "enabled": 1}, "enabled"),
        ):
            response = await self.assert_refused(status, "POST", target, body)
            if field is not None:
                self.assertEqual([field], list(response.wrong))
        for quirks in ({}, {"nonsense": True}, {"no-attributes": "yes"}):
            await self.assert_refused(400, "PATCH", path("devices", AIRTIES.id), {"quirks": quirks})
        await self.assert_refused(404, "GET", path("quirks", "nonsense"))
        await self.assert_refused(404, "DELETE", path("quirks", "no-attributes", "rules", "x"))
        self.assertEqual((), tuple(self.store.quirk_rules()))

    async def test_a_viewer_may_look_and_no_more(self) -> None:
        self.assertEqual(200, (await self.ask("GET", path("quirks"), role=Role.VIEWER)).status)
        await self.assert_refused(
            403, "POST", path("quirks", "no-attributes", "rules"), OWN, role=Role.SUPPORT
        )


def a_device(manufacturer: str, product_class: str, serial: str) -> Device:
    """A device of that model."""
    who = DeviceId(manufacturer, "00D09E", product_class, serial)
    return Device(who.key, manufacturer, "00D09E", product_class, serial)
