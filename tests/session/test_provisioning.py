"""Devices of several vendors and data models, from their factory to what the operator wants, and back there
after whatever befalls them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.session.procedures.configure import KEY_LOST
from acs.session.sessions import Limits
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.simulate.parameters import set_values
from acs.simulate.placeholders import Identity
from acs.store.records import Device
from tests.session.test_configure import INTERVAL, ConfigureCase, Refusing
from tests.simulate.worlds import model

IGD = "InternetGatewayDevice."
PPP = f"{IGD}WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1."
LINE = "Device.Services.VoiceService.1.VoiceProfile.1.Line."
VLAN = "Device.Ethernet.VLANTermination.1."
KEY = ".ManagementServer.ParameterKey"
FOR_ALL = {INTERVAL: 900, ".ManagementServer.ConnectionRequestUsername": "{{ device.serial_number }}"}

PPPOE = {
    f"{IGD}LANDevice.1.WLANConfiguration.1.SSID": "Café",
    f"{IGD}LANDevice.1.WLANConfiguration.1.KeyPassphrase": {"value": "correct horse", "secret": True},
    f"{IGD}LANDevice.1.WLANConfiguration.1.Channel": 11,
    f"{PPP}Enable": True,
    f"{PPP}Username": "{{ device.serial_number }}@isp.example",
    f"{PPP}Password": "pppoe password",
    f"{PPP}NATEnabled": True,
}
IPOE = {
    "Device.WiFi.SSID.1.SSID": {"value": "Café", "notify": "active"},
    "Device.WiFi.SSID.2.SSID": "Café 5",
    "Device.WiFi.AccessPoint.1.Security.KeyPassphrase": {"value": "correct horse", "secret": True},
    f"{VLAN}Enable": True,
    f"{VLAN}VLANID": 35,
    "Device.DHCPv4.Client.1.Enable": True,
    "Device.DHCPv4.Client.1.Interface": VLAN,
}
MIXED = {
    f"{IGD}LANDevice.1.WLANConfiguration.1.SSID": "Café",
    f"{IGD}LANDevice.1.WLANConfiguration.5.SSID": "Café 5",
    f"{IGD}LANDevice.1.WLANConfiguration.5.KeyPassphrase": "correct horse",
    "Device.XMPP.Connection.1.Enable": True,
    "Device.XMPP.Connection.1.Domain": "xmpp.isp.example",
}
VOIP = {
    f"{LINE}{number}.{name}": value
    for number in (1, 2, 3)
    for name, value in (
        ("Enable", "Enabled"),
        ("DirectoryNumber", f"555 010{number}"),
        ("SIP.AuthUserName", f"line{number}"),
        ("SIP.AuthPassword", f"sip password {number}"),
    )
}
NAMES, VALUES, ADD, SET = "GetParameterNames", "GetParameterValues", "AddObject", "SetParameterValues"
CASES: Mapping[str, tuple[Mapping[str, Any], list[str]]] = {
    # What is wanted, and what is asked of each for that: its names, what it has, the set, whether it has it.
    "tr098-router": (PPPOE, [NAMES, VALUES, ADD, VALUES, SET, VALUES]),
    "tr181-router": (IPOE, [NAMES, VALUES, ADD, VALUES, "SetParameterAttributes", SET, VALUES]),
    "airties-air4920": (MIXED, [NAMES, NAMES, VALUES, SET, VALUES]),
    "voip-phone": (VOIP, [NAMES, VALUES, ADD, ADD, VALUES, SET, VALUES]),
}


class FactoryTests(ConfigureCase):
    async def provisioned(self, name: str) -> tuple[SimulatedCPE, str, list[str]]:
        """A device out of its box, after its first two sessions: that in which it is met, and another."""
        cpe = self.device(name)
        who, parameters = cpe.device_id, CASES[name][0]
        await self.put("all", "default", FOR_ALL)
        level = await self.put("model", f"{who.Manufacturer}/{who.ProductClass}", dict(parameters))
        return cpe, level, await self.session(cpe)

    def differing(self, cpe: SimulatedCPE, parameters: Mapping[str, Any]) -> set[str]:
        """The parameters that are not as they are to be, whatever else says so."""
        found = set()
        for path, given in parameters.items():
            value, held = given["value"] if isinstance(given, dict) else given, self.value(cpe, path)
            if isinstance(value, bool):
                right = held in ("1", "true") if value else held in ("0", "false")
            else:
                right = held == str(value).replace("{{ device.serial_number }}", cpe.device_id.SerialNumber)
            found |= set() if right else {path}
        return found

    async def test_from_the_factory_to_what_is_wanted(self) -> None:
        for name, (parameters, _) in CASES.items():
            with self.subTest(name):
                cpe, level, _ = await self.provisioned(name)
                everything = {**FOR_ALL, **parameters}
                self.assertEqual(set(), self.differing(cpe, everything))
                self.assertEqual(level, self.value(cpe, KEY))
                device = await self.known(cpe)
                self.assertEqual(
                    (level, (), 0), (device.current_config_level, device.config_problems, device.config_drift)
                )
                self.assertEqual([], await self.session(cpe), "the next session is the steady one")

    async def test_with_no_more_rpcs_than_it_takes(self) -> None:
        for name, (_, wanted) in CASES.items():
            with self.subTest(name):
                _, _, asked = await self.provisioned(name)
                self.assertEqual(wanted, asked[: len(wanted)])
                # What follows is the reading of all that it has, which a new device is due.
                self.assertEqual({NAMES, VALUES, "GetParameterAttributes"}, set(asked[len(wanted) :]))

    async def test_a_reset_in_mid_life(self) -> None:
        for name, (parameters, _) in CASES.items():
            with self.subTest(name):
                cpe, level, _ = await self.provisioned(name)
                cpe.factory_reset()
                self.assertEqual(set(FOR_ALL), self.differing(cpe, FOR_ALL))
                await self.session(cpe)
                everything = {**FOR_ALL, **parameters}
                self.assertEqual(set(), self.differing(cpe, everything))
                self.assertEqual(level, self.value(cpe, KEY))
                self.assertEqual([], await self.session(cpe))

    async def test_one_fault_on_the_way_keeps_nothing_else_back(self) -> None:
        for name, wrong in (("tr098-router", f"{PPP}Username"), ("voip-phone", f"{LINE}2.SIP.AuthUserName")):
            with self.subTest(name):
                self.habits = [Refusing(wrong)]
                cpe, _, _ = await self.provisioned(name)
                everything = {**FOR_ALL, **CASES[name][0]}
                self.assertEqual({wrong}, self.differing(cpe, everything))
                self.assertEqual(
                    (f"{wrong}: fault 9007 Invalid value",), (await self.known(cpe)).config_problems
                )
                self.habits = []
                self.world.clock.advance(3600)
                await self.session(cpe)
                self.assertEqual(set(), self.differing(cpe, everything))


class Deferring(Habit):
    """Says that what it was told will be in force when it has started again (Status 1)."""

    def __init__(self) -> None:
        self.waiting: list[m.SetParameterValues] = []

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.SetParameterValues):
            return None
        self.waiting.append(request)
        return m.SetParameterValuesResponse(1)

    def started(self, cpe: Simulated) -> None:
        """It has started again."""
        for request in self.waiting:
            set_values(cpe.tree, request.ParameterList, request.ParameterKey)
        self.waiting = []


class LaterTests(ConfigureCase):
    """Devices that do not apply at once what they are told."""

    async def test_what_is_in_force_after_a_restart_is_not_asked_for_before(self) -> None:
        cpe, deferring = await self.met(), Deferring()
        self.habits = [deferring]
        level = await self.put("all", "default", FOR_ALL)
        self.assertEqual(["GetParameterValues", "SetParameterValues"], await self.session(cpe))
        cpe.reboot()
        deferring.started(cpe)
        self.assertEqual([], await self.session(cpe))
        device = await self.known(cpe)
        self.assertEqual((level, ()), (device.current_config_level, device.config_problems))

    async def test_one_that_never_applies_it_is_named_and_stopped(self) -> None:
        cpe = await self.met()
        self.habits = [Deferring()]
        await self.put("all", "default", FOR_ALL)
        asked = 0
        for _ in range(60):
            self.world.clock.advance(3600)
            asked += bool(await self.session(cpe))
        self.assertEqual(9, asked)
        self.assertEqual((KEY_LOST,), (await self.known(cpe)).config_problems)


class ManyTests(ConfigureCase):
    timeout = 120
    how: ClassVar[dict[str, Any]] = {"limits": Limits(sessions_per_address=10_000)}

    async def test_a_thousand_devices_of_a_model_are_brought_to_its_level(self) -> None:
        kind = model("voip-phone")
        phones = [
            SimulatedCPE(kind, Identity(kind.oui, f"TV{number:06}"), self.world.clock, random.Random(number))
            for number in range(1000)
        ]
        for phone in phones:
            who = phone.device_id
            identity = (who.key, who.Manufacturer, who.OUI, who.ProductClass, who.SerialNumber)
            await self.world.store.add_device(Device(*identity, full_read_requested=False))
            phone.events.delivered(phone.events.to_tell(), ())  # it was here before
        level = await self.put("model", f"{kind.manufacturer}/{kind.product_class}", {INTERVAL: 900})
        answers = [await self.hold(phone) for phone in phones]
        # InformResponse, what it has, the set, whether it has it, nothing more.
        self.assertEqual({5}, set(map(len, answers)))
        self.assertEqual(1000, sum(b"SetParameterValues" in each[2] for each in answers))
        self.assertEqual({("900", level)}, {tuple(self.values(phone, INTERVAL, KEY)) for phone in phones})
        self.assertEqual({2}, {len(await self.hold(phone)) for phone in phones[:50]})
        await self.world.store.committed()
        self.assertEqual((), (await self.world.store.devices(self.query(level="behind"))).items)
