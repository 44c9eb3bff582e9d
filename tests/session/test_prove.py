"""Devices that are verified by what they tell themselves, such as the number of their SIM."""

from __future__ import annotations

from typing import Any

from acs.hooks import Related, Subject
from acs.hooks.verifying import Verifier
from acs.quirks.rules import Rule
from acs.session.verification import Asked
from acs.simulate.cpe import SimulatedCPE
from tests.session.test_configure import PASSPHRASE, ConfigureCase
from tests.support.world import World

NUMBER = "Device.WiFi.SSID.1.BSSID"
"""What stands for the SIM's number in a device that has no SIM."""
HUSH = b"hush-hush"


class Sims:
    """Knows SIMs."""

    name = "sims"

    def __init__(self) -> None:
        self.number: str | None = ""
        self.left_alone: str | None = "none"
        self.asked: list[dict[str, str | None]] = []

    def is_configurable(self, subject: Subject, related: Related | None) -> bool:
        return subject.parameters.get("iccid") != self.left_alone

    def verify(self, subject: Subject, related: Related | None) -> bool:
        self.asked.append(dict(subject.parameters))
        return subject.parameters.get("iccid") == self.number


class ProveCase(ConfigureCase):
    path = ".WiFi.SSID.1.BSSID"

    def setUp(self) -> Any:
        self.sims = Sims()

        def policy(world: World) -> Asked:
            return Asked("python", Verifier(world.hooks.verify, world.clock, 60.0), {"iccid": self.path})

        self.how = {"hooks": [self.sims], "policy": policy}
        return super().setUp()

    async def known_sim(self) -> SimulatedCPE:
        """A device whose SIM is the one that is known, with a secret for it."""
        cpe = self.device()
        self.sims.number = cpe.tree.value(NUMBER)
        await self.put("all", "default", {PASSPHRASE: {"value": HUSH.decode(), "secret": True}})
        return cpe

    async def wire(self) -> list[tuple[str, bool]]:
        """What was said to the device in the last session, and whether the secret was in it."""
        said = [each for each in await self.world.conversation() if each.direction == "out"]
        return [(each.rpc, HUSH in each.body) for each in said]


class ProveTests(ProveCase):
    async def test_it_is_asked_first_and_gets_secrets_only_then(self) -> None:
        cpe = await self.known_sim()
        asked = await self.session(cpe)
        self.assertEqual("GetParameterValues", asked[0])
        wire = await self.wire()
        first = next(at for at, (_, secret) in enumerate(wire) if secret)
        self.assertEqual(["InformResponse", "GetParameterValues"], [rpc for rpc, _ in wire[:2]])
        self.assertGreater(first, 1)
        self.assertEqual(HUSH.decode(), self.value(cpe, PASSPHRASE))
        session = await self.world.last_session()
        self.assertEqual((True, "python"), (session.client_ip_verified, session.verified_by))
        self.assertTrue((await self.known(cpe)).client_ip_verified)

    async def test_one_with_another_gets_none(self) -> None:
        cpe = await self.known_sim()
        self.sims.number = "another"
        for _ in range(2):
            await self.session(cpe)
            self.assertNotIn(True, [secret for _, secret in await self.wire()])
            self.assertFalse((await self.world.last_session()).client_ip_verified)
        self.assertEqual({"iccid": cpe.tree.value(NUMBER)}, self.sims.asked[0])

    async def test_whether_it_may_be_configured_can_go_by_that_too(self) -> None:
        cpe = await self.known_sim()
        self.sims.left_alone = self.sims.number
        await self.session(cpe)
        self.assertTrue((await self.known(cpe)).client_ip_verified)
        self.assertNotEqual(HUSH.decode(), self.value(cpe, PASSPHRASE))

    async def test_it_is_asked_in_each_session_as_another_sim_may_be_in_it(self) -> None:
        cpe = await self.known_sim()
        await self.session(cpe)
        self.assertEqual(["GetParameterValues"], await self.session(cpe))
        cpe.tree.write(NUMBER, "another")
        await self.session(cpe)
        self.assertFalse((await self.world.last_session()).client_ip_verified)

    async def test_one_that_takes_one_rpc_in_a_session_is_taken_at_its_last_word(self) -> None:
        cpe = await self.known_sim()
        await self.session(cpe)
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        self.assertEqual([], await self.session(cpe))
        self.assertTrue((await self.world.last_session()).client_ip_verified)


class ToldTests(ProveCase):
    path = ".DeviceInfo.HardwareVersion"

    async def test_what_the_inform_tells_is_not_asked_for(self) -> None:
        cpe = await self.met()
        self.sims.number = self.value(cpe, self.path)
        self.world.clock.advance(120)
        self.assertEqual([], await self.session(cpe))
        self.assertTrue((await self.world.last_session()).client_ip_verified)


class LackingTests(ProveCase):
    path = ".Cellular.Interface.1.USIM.ICCID"

    async def test_one_that_does_not_have_it_is_not_verified(self) -> None:
        cpe = await self.known_sim()
        await self.session(cpe)
        self.assertEqual([{"iccid": None}], self.sims.asked[:1])
        self.assertNotIn(True, [secret for _, secret in await self.wire()])
        self.assertFalse((await self.known(cpe)).client_ip_verified)
