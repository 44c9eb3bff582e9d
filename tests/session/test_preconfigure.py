"""What devices get of which nobody knows whether they are what they say: what is no secret, and is for
them."""

from __future__ import annotations

from typing import Any

from acs.quirks.rules import Rule
from acs.session.verification import Never
from acs.simulate.cpe import SimulatedCPE
from tests.session.test_configure import CODE, INTERVAL, PASSPHRASE, SETTING, SSID, ConfigureCase, Refusing

SECRETS = ("hunter2 and more", "sesame street")


class UnverifiedTests(ConfigureCase):
    how = {"policy": Never()}

    async def test_no_byte_of_a_secret_goes_to_one_through_its_whole_life(self) -> None:
        cpe = self.device()
        await self.put("all", "default", {CODE: "for all", INTERVAL: {"value": 900, "unverified": True}})
        secrets = {PASSPHRASE: SECRETS[0], SSID: {"value": SECRETS[1], "secret": True}}
        await self.put("vendor", cpe.device_id.Manufacturer, secrets)
        sent: list[bytes] = []
        for happens in (None, cpe.reboot, None, cpe.factory_reset, None):
            if happens is not None:
                happens()
            await self.lives(cpe, sent)
        values = [{"Name": PASSPHRASE, "Value": SECRETS[0], "Type": "xsd:string"}]
        await self.world.job(cpe.device_id.key, "SetParameterValues", {"ParameterList": values})
        await self.put("device", cpe.device_id.key, secrets)
        await self.lives(cpe, sent)
        everything = b"".join(sent)
        self.assertIn(b">900<", everything)
        for secret in (*SECRETS, "for all"):
            self.assertNotIn(secret.encode(), everything)
        self.assertEqual("900", self.value(cpe, INTERVAL))

    async def lives(self, cpe: SimulatedCPE, sent: list[bytes]) -> None:
        """Another session; what was sent in it, heads and bodies."""
        await self.session(cpe)
        said = [each for each in await self.world.conversation() if each.direction == "out"]
        sent += [each.head + each.body for each in said]

    async def preconfigured(self, parameters: dict[str, Any]) -> tuple[SimulatedCPE, list[str]]:
        cpe = await self.met()
        await self.put("all", "default", parameters)
        return cpe, await self.session(cpe)

    async def test_what_is_for_them_is_set_once_and_the_key_stays(self) -> None:
        cpe, asked = await self.preconfigured({INTERVAL: {"value": 900, "unverified": True}, CODE: "x"})
        self.assertEqual((SETTING[:2], []), (asked, await self.session(cpe)))
        self.assertEqual(["900", "", ""], self.values(cpe, INTERVAL, CODE, ".ManagementServer.ParameterKey"))
        self.assertEqual("", (await self.known(cpe)).current_config_level)

    async def test_it_is_set_again_after_a_reset_and_at_another_level(self) -> None:
        cpe, _ = await self.preconfigured({INTERVAL: {"value": 900, "unverified": True}})
        cpe.factory_reset()
        await self.session(cpe)
        self.assertEqual("900", self.value(cpe, INTERVAL))
        await self.put("all", "default", {INTERVAL: {"value": 901, "unverified": True}})
        await self.session(cpe)
        self.assertEqual("901", self.value(cpe, INTERVAL))

    async def test_no_instance_is_added_for_one(self) -> None:
        place = "Device.NAT.PortMapping.[camera].Description"
        cpe, asked = await self.preconfigured({place: {"value": "x", "unverified": True}})
        self.assertEqual([], asked)

    async def test_what_it_refuses_is_told_in_its_session(self) -> None:
        self.habits = [Refusing("Device.DeviceInfo.ProvisioningCode")]
        cpe, asked = await self.preconfigured({CODE: {"value": "x", "unverified": True}})
        self.assertEqual((SETTING[:2], []), (asked, await self.session(cpe)))

    async def test_one_that_takes_one_rpc_in_a_session_is_told_by_that(self) -> None:
        cpe = await self.met()
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        await self.put("all", "default", {INTERVAL: {"value": 900, "unverified": True}})
        self.assertEqual((SETTING[1:2], []), (await self.session(cpe), await self.session(cpe)))
        self.assertEqual("900", self.value(cpe, INTERVAL))

    async def test_what_is_not_for_them_is_not_set(self) -> None:
        cpe, asked = await self.preconfigured({CODE: "x", PASSPHRASE: "a secret phrase"})
        self.assertEqual(([], ""), (asked, self.value(cpe, CODE)))


class VerifiedTests(ConfigureCase):
    async def test_a_verified_device_gets_it_with_all_else(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {INTERVAL: {"value": 900, "unverified": True}, CODE: "x"})
        asked = await self.session(cpe)
        self.assertEqual(1, asked.count("SetParameterValues"))
        self.assertEqual(["900", "x"], self.values(cpe, INTERVAL, CODE))
