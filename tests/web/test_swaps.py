"""Backups and swaps over the API."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from acs.configuration.levels import level_at
from acs.hooks import Related, Subject
from acs.hooks.asking import Hooks
from acs.store.records import Check, Device, Parameter, Role, Scope
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase, path

WLAN = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1."
SSID, KEY, ISP = f"{WLAN}SSID", f"{WLAN}KeyPassphrase", "InternetGatewayDevice.UserInterface.ISPName"
TWIN = Device("001CA8-Air4920DK%2DWA-2", "AirTies", "001CA8", "Air4920DK-WA", "2", first_seen=NOON)


class SwapCase(ApiCase):
    async def setUp(self) -> None:
        """Have a device with settings, one of its model, and one of another."""
        await super().setUp()
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.", notes="call before noon")
        await self.keep(
            Parameter(SSID, "Café", "xsd:string", True),
            Parameter(KEY, "", "xsd:string", True),
            Parameter(ISP, "x", "xsd:string", True),
        )
        for device in (TWIN, ROUTER):
            await self.store.add_device(device)

    async def configure(self, device: Device, parameters: dict[str, Any]) -> None:
        """Say what one device is to have."""
        body = {"parameters": parameters}
        response = await self.ask("PUT", path("configurations", "device", device.id), body)
        self.assertEqual(200, response.status, response.body)

    async def swap(self, replacement: Device, **more: Any) -> Any:
        """The answer to a swap that is done."""
        body = {"replacement": replacement.id, **more}
        response = await self.ask("POST", path("devices", AIRTIES.id, "swap"), body, role=Role.OPERATOR)
        self.assertEqual(200, response.status, response.body)
        return response.json

    async def own(self, device: Device) -> Any:
        """What is wanted of one device alone."""
        found = await self.store.configuration(Scope.DEVICE, device.id)
        return None if found is None else found.parameters


class BackupTests(SwapCase):
    async def test_a_backup_tells_what_goes_along_and_what_does_not(self) -> None:
        await self.configure(AIRTIES, {".UserInterface.ISPName": "ISP"})
        self.assertEqual(
            {
                "parameters": {"wifi.2g.ssid": "Café", ".UserInterface.ISPName": "ISP"},
                "left_out": [
                    {"name": "wifi.2g.passphrase", "reason": "is a secret that the device does not tell"}
                ],
            },
            await self.get("devices", AIRTIES.id, "backup"),
        )

    async def test_what_all_have_by_their_scopes_is_no_part_of_it(self) -> None:
        body = {"parameters": {"wifi.2g.ssid": "Café", KEY: "12345678"}}
        self.assertEqual(200, (await self.ask("PUT", path("configurations", "all", "default"), body)).status)
        self.assertEqual({"parameters": {}, "left_out": []}, await self.get("devices", AIRTIES.id, "backup"))

    async def test_secrets_are_hidden_from_all_but_an_operator_who_asks(self) -> None:
        await self.configure(AIRTIES, {KEY: "open sesame", ISP: {"value": "hush", "secret": True}})
        hidden = (await self.get("devices", AIRTIES.id, "backup"))["parameters"]
        self.assertEqual("********", hidden["wifi.2g.passphrase"])
        self.assertEqual({"value": "********", "secret": True}, hidden[".UserInterface.ISPName"])
        place = ("devices", AIRTIES.id, "backup")
        told = (await self.get(*place, query="?secrets=true", role=Role.OPERATOR))["parameters"]
        self.assertEqual("open sesame", told["wifi.2g.passphrase"])
        await self.assert_refused(403, "GET", path(*place) + "?secrets=true", role=Role.SUPPORT)
        refused = await self.assert_refused(
            422, "PUT", path("configurations", "device", TWIN.id), {"parameters": hidden}
        )
        self.assertIn("parameters.wifi.2g.passphrase", refused.wrong)

    async def test_a_device_that_is_not_there_has_none(self) -> None:
        await self.assert_refused(404, "GET", path("devices", "X-1", "backup"))


class SwapTests(SwapCase):
    async def test_the_replacement_is_what_the_old_one_was_and_that_is_on_disk(self) -> None:
        self.store.change_device(AIRTIES.id, category="gold")
        await self.configure(AIRTIES, {KEY: "open sesame", ISP: "ISP"})
        self.clock.advance(60)
        device = await self.swap(TWIN)
        level = level_at(self.clock.seconds())
        self.assertEqual({"value": level, "source": "device"}, device["desired_config_level"])
        self.assertEqual(
            (TWIN.id, ["field-test"], "gold", f"call before noon\nreplaces {AIRTIES.id}", []),
            tuple(device[name] for name in ("id", "tags", "category", "notes", "left_out")),
        )
        wanted = {
            "wifi.2g.ssid": "Café",
            "wifi.2g.passphrase": "open sesame",
            ".UserInterface.ISPName": "ISP",
        }
        found = await self.store.configuration(Scope.DEVICE, TWIN.id)
        assert found is not None
        self.assertEqual((wanted, level), (found.parameters, found.level))
        self.assertEqual("token:a operator", found.changed_by)
        kept = await self.store.device(TWIN.id)
        assert kept is not None
        self.assertEqual((level, Check.ALL), (kept.own_config_level, kept.config_check))
        self.assertEqual({KEY: "open sesame", ISP: "ISP"}, await self.own(AIRTIES))

    async def test_another_model_gets_what_has_a_logical_name(self) -> None:
        await self.configure(AIRTIES, {KEY: "open sesame", ISP: "ISP"})
        device = await self.swap(ROUTER)
        self.assertEqual(
            {"wifi.2g.ssid": "Café", "wifi.2g.passphrase": "open sesame"}, await self.own(ROUTER)
        )
        reason = "no logical name stands for it, and the models differ"
        self.assertEqual([{"name": ISP, "reason": reason}], device["left_out"])

    async def test_the_old_one_is_forgotten_if_that_is_asked_for(self) -> None:
        await self.swap(TWIN, delete=True)
        await self.assert_refused(404, "GET", path("devices", AIRTIES.id))
        self.assertEqual("Café", (await self.own(TWIN))["wifi.2g.ssid"])

    async def test_the_tags_and_the_category_decide_what_its_scopes_say(self) -> None:
        body = {"parameters": {"wifi.2g.ssid": "Café"}}
        self.assertEqual(
            200, (await self.ask("PUT", path("configurations", "tag", "field-test"), body)).status
        )
        self.store.change_device(TWIN.id, root="InternetGatewayDevice.")
        await self.swap(TWIN)
        self.assertIsNone(await self.own(TWIN))

    async def test_settings_of_its_own_are_lost_with_force_alone(self) -> None:
        await self.configure(TWIN, {ISP: "precious"})
        place, body = path("devices", AIRTIES.id, "swap"), {"replacement": TWIN.id, "delete": True}
        refused = await self.assert_refused(409, "POST", place, body)
        self.assertEqual({"replacement": "has a configuration of its own"}, refused.wrong)
        self.assertEqual({ISP: "precious"}, await self.own(TWIN))
        self.assertIsNotNone(await self.store.device(AIRTIES.id))
        for _ in range(2):  # what it has of its own by then is no reason to leave it out
            await self.swap(TWIN, force=True)
            self.assertEqual({"wifi.2g.ssid": "Café"}, await self.own(TWIN))
            self.store.change_device(TWIN.id, root="InternetGatewayDevice.")

    async def test_who_takes_the_place_has_to_be_another_device_that_is_known(self) -> None:
        place = path("devices", AIRTIES.id, "swap")
        for status, replacement, reason in (
            (404, "X-1", "is not registered"),
            (422, AIRTIES.id, "is the device itself"),
        ):
            refused = await self.assert_refused(status, "POST", place, {"replacement": replacement})
            self.assertEqual({"replacement": reason}, refused.wrong)
        await self.assert_refused(404, "POST", path("devices", "X-1", "swap"), {"replacement": TWIN.id})
        await self.assert_refused(400, "POST", place, {})
        await self.assert_refused(403, "POST", place, {"replacement": TWIN.id}, role=Role.SUPPORT)
        self.assertIsNone(await self.own(TWIN))

    async def test_one_that_never_called_is_registered_first(self) -> None:
        identity = {"manufacturer": "Acme", "oui": "00D09E", "product_class": "Box", "serial_number": "7"}
        self.assertEqual(201, (await self.ask("PUT", path("devices", "00D09E-Box-7"), identity)).status)
        body = {"replacement": "00D09E-Box-7"}
        response = await self.ask("POST", path("devices", AIRTIES.id, "swap"), body)
        self.assertEqual(200, response.status, response.body)


class Crm:
    """The operator's systems, which know the old device alone."""

    name = "crm"
    down = False

    def find_related(self, subject: Subject) -> Related | None:
        if self.down:
            raise OSError("gone")
        return Related("17", {"word": "hush"}) if subject.id == AIRTIES.id else None


class RelatedTests(SwapCase):
    def setUp(self) -> Any:
        self.crm = Crm()
        self.how = {"hooks": Hooks(Clock(), [self.crm])}
        return super().setUp()

    async def test_what_is_filled_in_from_them_is_filled_in_anew(self) -> None:
        body = {"parameters": {KEY: "{{ related.word }}", SSID: "{{ related.word }}"}}
        self.assertEqual(200, (await self.ask("PUT", path("configurations", "all", "default"), body)).status)
        await self.keep(Parameter(KEY, "", "xsd:string", True), Parameter(SSID, "hush", "xsd:string", True))
        self.store.change_device(AIRTIES.id, current_config_level=level_at(self.clock.seconds()))
        device = await self.swap(TWIN)
        self.assertEqual((None, []), (await self.own(TWIN), device["left_out"]))

    async def test_nothing_is_done_where_they_do_not_answer(self) -> None:
        self.crm.down = True
        await self.assert_refused(503, "GET", path("devices", AIRTIES.id, "backup"))
        body = {"replacement": TWIN.id, "delete": True}
        await self.assert_refused(503, "POST", path("devices", AIRTIES.id, "swap"), body)
        self.assertIsNone(await self.own(TWIN))
        self.assertIsNotNone(await self.store.device(AIRTIES.id))
