"""What another system knew of a device, told before it calls."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.store.records import Parameter
from acs.web.api.known import MOST
from tests.web.cases import AIRTIES, NOON, ApiCase, path

PLACE = path("devices", AIRTIES.id, "known")
SSID = "Device.WiFi.SSID.1.SSID"


class KnownTests(ApiCase):
    async def test_what_is_told_is_shown_and_found(self) -> None:
        told = {
            "software_version": "1.2",
            "hardware_version": "A",
            "first_seen": "2025-01-01T00:00:00Z",
            "last_inform": "2026-11-24T12:00:00+00:00",
            "parameters": [
                {"name": "Device.WiFi.SSID.1.", "writable": False},
                {
                    "name": SSID,
                    "value": "Home",
                    "type": "xsd:string",
                    "writable": True,
                    "updated": "2026-11-24T12:00:00Z",
                },
            ],
        }
        response = await self.ask("POST", PLACE, told)
        self.assertEqual(200, response.status, response.body)
        shown = response.json
        self.assertEqual(("1.2", "A"), (shown["software_version"], shown["hardware_version"]))
        self.assertEqual("2026-11-24T12:00:00.000Z", shown["last_inform"])
        known = await self.store.parameters(AIRTIES.id)
        self.assertEqual(Parameter(SSID, "Home", "xsd:string", True, updated=NOON - 86400), known[SSID])
        self.assertEqual(
            Parameter("Device.WiFi.SSID.1.", writable=False, updated=NOON), known["Device.WiFi.SSID.1."]
        )
        found = await self.get("devices", query="?q=home")
        self.assertEqual([AIRTIES.id], [each["id"] for each in found["items"]])
        device = await self.store.device(AIRTIES.id)
        assert device is not None
        self.assertEqual(("Device.", True), (device.root, device.full_read_requested))

    async def test_more_is_added_to_what_is_known(self) -> None:
        for name in ("Device.A", "Device.B"):
            body = {"parameters": [{"name": name, "value": name}]}
            self.assertEqual(200, (await self.ask("POST", PLACE, body)).status)
        self.assertEqual({"Device.A", "Device.B"}, set(await self.store.parameters(AIRTIES.id)))

    async def test_a_device_that_has_called_is_believed_itself(self) -> None:
        self.session()
        await self.store.committed()
        problem = await self.assert_refused(409, "POST", PLACE, {"software_version": "9"})
        self.assertIn("has called here", problem.json["detail"])
        device = await self.store.device(AIRTIES.id)
        assert device is not None
        self.assertEqual(replace(AIRTIES).software_version, device.software_version)

    async def test_what_nobody_can_know_is_refused(self) -> None:
        bad: list[Any] = [
            {},
            {"last_inform": "yesterday"},
            {"parameters": [{"value": "x"}]},
            {"parameters": [{"name": "Device.A", "value": 5}]},
            {"parameters": [{"name": "Device.A\nB"}]},
            {"parameters": [{"name": "Device.A"}] * (MOST + 1)},
            {"tags": []},
        ]
        for body in bad:
            await self.assert_refused(400, "POST", PLACE, body)
        await self.assert_refused(404, "POST", path("devices", "nobody", "known"), {"software_version": "1"})
