"""Devices that take one RPC in a session come to their level all the same, a step each time."""

from __future__ import annotations

from typing import Any

from acs.quirks.rules import Rule
from acs.simulate.cpe import SimulatedCPE
from tests.session.test_configure import CODE, INTERVAL, PASSPHRASE, SSID, ConfigureCase

MAPPING = "Device.NAT.PortMapping."


class ShortSessionTests(ConfigureCase):
    async def device_of_one_rpc(self) -> SimulatedCPE:
        cpe = await self.met()
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        return cpe

    async def sessions(self, cpe: SimulatedCPE, most: int = 20) -> list[str]:
        """Sessions until one has nothing to do; what was asked."""
        asked: list[str] = []
        for _ in range(most):
            self.world.clock.advance(60)
            now = await self.session(cpe)
            self.assertLessEqual(len(now), 1)
            if not now:
                break
            asked += now
        return asked

    async def reached(self, parameters: dict[str, Any]) -> tuple[SimulatedCPE, list[str]]:
        cpe = await self.device_of_one_rpc()
        level = await self.put("all", "default", parameters)
        asked = await self.sessions(cpe)
        device = await self.known(cpe)
        self.assertEqual(
            (level, (), 0), (device.current_config_level, device.config_problems, device.config_tries)
        )
        return cpe, asked

    async def test_one_reads_and_one_sets(self) -> None:
        cpe, asked = await self.reached({INTERVAL: 900, CODE: "x", PASSPHRASE: "a secret phrase"})
        self.assertEqual(["GetParameterValues", "SetParameterValues"], asked)
        self.assertEqual(["900", "x"], self.values(cpe, INTERVAL, CODE))

    async def test_each_thing_that_has_to_be_done_takes_one(self) -> None:
        wanted = {f"{MAPPING}[camera].ExternalPort": 8080, SSID: {"value": "x", "notify": "active"}}
        cpe, asked = await self.reached(wanted)
        self.assertEqual(
            [
                "GetParameterNames",
                "GetParameterValues",
                "AddObject",
                "GetParameterValues",
                "GetParameterValues",
                "SetParameterAttributes",
                "SetParameterValues",
            ],
            asked,
        )
        self.assertEqual("x", self.value(cpe, SSID))
        self.assertEqual("8080", cpe.tree.value(cpe.tree.children(MAPPING)[-1] + "ExternalPort"))

    async def test_it_begins_anew_where_something_else_is_wanted_meanwhile(self) -> None:
        cpe = await self.device_of_one_rpc()
        await self.put("all", "default", {INTERVAL: 900})
        await self.session(cpe)
        await self.put("all", "default", {INTERVAL: 901, CODE: "x"})
        self.assertEqual(["GetParameterValues", "SetParameterValues"], await self.sessions(cpe))
        self.assertEqual(["901", "x"], self.values(cpe, INTERVAL, CODE))

    async def test_it_begins_anew_after_a_reset(self) -> None:
        cpe = await self.device_of_one_rpc()
        level = await self.put("all", "default", {INTERVAL: 900})
        await self.session(cpe)
        cpe.factory_reset()
        await self.sessions(cpe)
        self.assertEqual(["900", level], self.values(cpe, INTERVAL, ".ManagementServer.ParameterKey"))
