"""Devices are brought to the configuration that is wanted of them, and left alone when they are there."""

from __future__ import annotations

import random
from typing import Any

from acs.configuration.levels import level_at
from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.cwmp.values import SetParameterValuesFault
from acs.session.problems import LONGEST_LINE
from acs.session.procedures.configure import FIRST_WAIT, MAX_TRIES
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.simulate.identity import Identity
from acs.store.interface import Query
from acs.store.records import Configuration, Device
from tests.simulate.worlds import model
from tests.support.cases import WorldCase

INTERVAL = ".ManagementServer.PeriodicInformInterval"
CODE = ".DeviceInfo.ProvisioningCode"
REFUSED = "Device.DeviceInfo.ProvisioningCode"
SSID = "Device.WiFi.SSID.1.SSID"
PASSPHRASE = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"
SETTING = ["GetParameterValues", "SetParameterValues", "GetParameterValues"]
"""What is asked of a device that holds something else: to tell, to change it, to show it."""


class Refusing(Habit):
    """Has something against these parameters."""

    def __init__(self, *names: str, says_which: bool = True) -> None:
        self.names = names
        self.words = "Invalid value"
        self.says_which = says_which

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.SetParameterValues):
            return None
        wrong = [value.Name for value in request.ParameterList if value.Name in self.names]
        if not wrong:
            return None
        told = tuple(SetParameterValuesFault(name, 9007, self.words) for name in wrong)
        return Fault(9003, "Invalid arguments", told if self.says_which else ())


class ConfigureCase(WorldCase):
    """A device of a TR-181 model, and one of a TR-098 one, in a world with an operator."""

    address = "192.0.2.7"

    def setUp(self) -> Any:
        self.habits: list[Habit] = []
        return super().setUp()

    def device(self, name: str = "tr181-router") -> SimulatedCPE:
        kind = model(name)
        return SimulatedCPE(kind, Identity(kind.oui, kind.serial), self.world.clock, random.Random(1))

    async def put(self, scope: str, name: str, parameters: dict[str, Any]) -> str:
        """Keep a configuration; its level."""
        self.world.clock.advance(1)
        level = level_at(self.world.clock.seconds())
        await self.world.store.put_configuration(Configuration(scope, name, level, parameters))
        return level

    async def session(self, cpe: SimulatedCPE, *events: str) -> list[str]:
        """A session; the RPCs that were asked for in it."""
        for event in events:
            cpe.events.add(event)
        await self.hold(cpe)
        said = await self.world.conversation()
        return [
            each.rpc for each in said if each.direction == "out" and each.rpc not in ("", "InformResponse")
        ]

    async def hold(self, cpe: SimulatedCPE) -> list[bytes]:
        """A session; what was answered in it."""
        line = self.world.cpe(device=cpe.device_id, address=self.address)
        answers = []

        async def exchange(body: bytes) -> tuple[int, bytes]:
            answer = await line.exchange(body)
            answers.append(answer.body)
            return answer.status, answer.body

        await cpe.session(exchange, self.habits)
        line.line.drop()
        return answers

    async def met(self, name: str = "tr181-router") -> SimulatedCPE:
        """A device that has been read."""
        cpe = self.device(name)
        await self.session(cpe)
        return cpe

    async def known(self, cpe: SimulatedCPE) -> Device:
        found = await self.world.store.device(cpe.device_id.key)
        assert found is not None
        return found

    def query(self, **filters: str) -> Query:
        """A list of devices."""
        return Query(filters)

    def values(self, cpe: SimulatedCPE, *paths: str) -> list[str]:
        """What the device has of several."""
        return [self.value(cpe, path) for path in paths]

    def value(self, cpe: SimulatedCPE, path: str) -> str:
        """What the device has."""
        return cpe.tree.value(path.replace(".", cpe.model.root, 1) if path.startswith(".") else path)


class ConfigureTests(ConfigureCase):
    async def test_a_device_becomes_what_all_its_scopes_say_together(self) -> None:
        cpe = await self.met()
        who = cpe.device_id
        await self.put("all", "default", {INTERVAL: 900, CODE: "all"})
        await self.put("vendor", who.Manufacturer, {CODE: "vendor"})
        await self.put("model", f"{who.Manufacturer}/{who.ProductClass}", {SSID: "Café"})
        level = await self.put("device", who.key, {PASSPHRASE: {"value": "a secret", "secret": True}})
        asked = await self.session(cpe)
        self.assertEqual(SETTING, asked)
        self.assertEqual(["900", "vendor", "Café"], self.values(cpe, INTERVAL, CODE, SSID))
        self.assertEqual(level, self.value(cpe, ".ManagementServer.ParameterKey"))
        device = await self.known(cpe)
        self.assertEqual(
            (level, level, ()), (device.current_config_level, device.config_tried, device.config_problems)
        )
        self.assertEqual([], await self.session(cpe))

    async def test_only_what_differs_is_set(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {INTERVAL: 900, CODE: "x"})
        await self.session(cpe)
        await self.put("all", "default", {INTERVAL: 900, CODE: "y"})
        await self.session(cpe)
        said = await self.world.conversation()
        (body,) = [each.body for each in said if each.rpc == "SetParameterValues"]
        self.assertEqual((1, 0), (body.count(b"ProvisioningCode"), body.count(b"PeriodicInformInterval")))

    async def test_where_nothing_differs_the_level_is_set_all_the_same(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {CODE: "x"})
        await self.session(cpe)
        level = await self.put("vendor", cpe.device_id.Manufacturer, {CODE: "x"})
        self.assertEqual(["GetParameterValues", "SetParameterValues"], await self.session(cpe))
        self.assertEqual(level, self.value(cpe, ".ManagementServer.ParameterKey"))

    async def test_a_relative_path_serves_either_data_model(self) -> None:
        await self.put("all", "default", {INTERVAL: 900})
        for name in ("tr098-router", "tr181-router"):
            cpe = self.device(name)
            await self.session(cpe)
            self.assertEqual("900", self.value(cpe, INTERVAL), name)

    async def test_the_tags_and_the_category_count(self) -> None:
        cpe = await self.met()
        device = await self.known(cpe)
        await self.put("category", "gold", {CODE: "gold"})
        await self.put("tag", "vip", {SSID: "vip"})
        self.assertEqual([], await self.session(cpe))
        self.world.store.change_device(device.id, category="gold", tags=("vip",))
        await self.session(cpe)
        self.assertEqual(["gold", "vip"], self.values(cpe, CODE, SSID))

    async def test_notification_is_set_where_it_differs(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: {"value": "x", "notify": "active"}})
        self.assertEqual(
            ["GetParameterValues", "SetParameterAttributes", "SetParameterValues", "GetParameterValues"],
            await self.session(cpe),
        )
        known = await self.world.store.parameters(cpe.device_id.key)
        self.assertEqual(2, known[SSID].notification)

    async def test_names_in_values_are_filled_in(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "ISP {{ device.serial_number }}"})
        await self.session(cpe)
        self.assertEqual(f"ISP {cpe.device_id.SerialNumber}", self.value(cpe, SSID))

    async def test_a_reset_device_is_configured_again(self) -> None:
        cpe = await self.met()
        level = await self.put("all", "default", {CODE: "x"})
        await self.session(cpe)
        cpe.factory_reset()
        self.assertNotEqual("x", self.value(cpe, CODE))
        await self.session(cpe)
        self.assertEqual(["x", level], self.values(cpe, CODE, ".ManagementServer.ParameterKey"))

    async def test_a_level_that_is_set_for_the_device_wins(self) -> None:
        cpe = await self.met()
        device = await self.known(cpe)
        level = await self.put("all", "default", {CODE: "x"})
        self.world.store.change_device(device.id, desired_config_level="2020-01-01T00:00:00.000000Z")
        await self.session(cpe)
        self.world.clock.advance(60)
        later = level_at(self.world.clock.seconds())
        self.assertGreater(later, level)
        self.world.store.change_device(device.id, desired_config_level=later)
        await self.session(cpe)
        self.assertEqual(later, self.value(cpe, ".ManagementServer.ParameterKey"))
        self.assertEqual("", (await self.known(cpe)).desired_config_level)
        newest = await self.put("all", "default", {CODE: "y"})
        await self.session(cpe)
        self.assertEqual(["y", newest], self.values(cpe, CODE, ".ManagementServer.ParameterKey"))

    async def test_what_is_for_the_first_contact_alone_is_not_said_later(self) -> None:
        await self.put("all", "default", {CODE: {"value": "first", "bootstrap_only": True}, INTERVAL: 900})
        cpe = await self.met()
        self.assertEqual(["first", "900"], self.values(cpe, CODE, INTERVAL))
        await self.put("all", "default", {CODE: {"value": "late", "bootstrap_only": True}, INTERVAL: 901})
        await self.session(cpe)
        self.assertEqual(["first", "901"], self.values(cpe, CODE, INTERVAL))


class RefusalTests(ConfigureCase):
    async def refused(self, refusing: Refusing) -> tuple[SimulatedCPE, Device]:
        """A device that will not have its code, after its session."""
        cpe = await self.met()
        self.habits = [refusing]
        await self.put("all", "default", {INTERVAL: 900, CODE: "x", SSID: "y"})
        await self.session(cpe)
        self.assertEqual(["900", "y"], self.values(cpe, INTERVAL, SSID))
        return cpe, await self.known(cpe)

    async def test_one_bad_value_is_named_and_keeps_no_other_back(self) -> None:
        for says_which, fault in (
            (True, "fault 9007 Invalid value"),
            (False, "fault 9003 Invalid arguments"),
        ):
            cpe, device = await self.refused(Refusing(REFUSED, says_which=says_which))
            self.assertEqual((f"{REFUSED}: {fault}",), device.config_problems)
            self.assertEqual(("", 1), (device.current_config_level, device.config_tries))
            self.assertEqual("", self.value(cpe, ".ManagementServer.ParameterKey"))
            await self.world.store.delete_device(device.id)

    async def test_it_is_tried_again_after_ever_longer_and_then_no_more(self) -> None:
        cpe, device = await self.refused(Refusing(REFUSED))
        self.assertEqual([], await self.session(cpe))
        for tries in range(1, MAX_TRIES):
            self.world.clock.advance(FIRST_WAIT * 2 ** (tries - 1) - 10)
            self.assertEqual([], await self.session(cpe))
            self.world.clock.advance(10)
            self.assertEqual(["GetParameterValues", "SetParameterValues"], await self.session(cpe))
        self.world.clock.advance(1e6)
        self.assertEqual([], await self.session(cpe))
        self.assertEqual(MAX_TRIES, (await self.known(cpe)).config_tries)
        (alarm,) = (await self.world.store.alarms(Query({"open": "true"}))).items
        self.assertEqual(("configuration_failed", cpe.device_id.key), (alarm.kind.value, alarm.device))
        self.assertIn("is not reached in 8 tries: Device.DeviceInfo.ProvisioningCode", alarm.text)
        await self.put("all", "default", {INTERVAL: 901})
        self.assertEqual(SETTING, await self.session(cpe))
        self.assertEqual((), (await self.world.store.alarms(Query({"open": "true"}))).items)
        self.assertEqual(
            ((), 0), ((await self.known(cpe)).config_problems, (await self.known(cpe)).config_tries)
        )

    async def test_what_the_device_does_not_have_is_named(self) -> None:
        cpe = await self.met()
        await self.put(
            "all", "default", {"Device.No.Such": 1, ".DeviceInfo.SerialNumber": "1", INTERVAL: 900}
        )
        await self.session(cpe)
        self.assertEqual("900", self.value(cpe, INTERVAL))
        self.assertEqual(
            (
                "Device.No.Such: the device has no such parameter",
                "Device.DeviceInfo.SerialNumber: the device does not let it be set",
            ),
            (await self.known(cpe)).config_problems,
        )

    async def test_a_name_that_nobody_knows_is_named(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "{{ related.ssid }}", INTERVAL: 900})
        await self.session(cpe)
        self.assertEqual("900", self.value(cpe, INTERVAL))
        problems = (await self.known(cpe)).config_problems
        self.assertEqual((f"{SSID}: nobody tells what related.ssid is",), problems)
        self.assertEqual("", self.value(cpe, ".ManagementServer.ParameterKey"))

    async def test_what_the_device_says_of_it_is_kept_in_part(self) -> None:
        cpe = await self.met()
        refusing = Refusing(REFUSED)
        refusing.words = "no" * 10_000
        self.habits = [refusing]
        await self.put("all", "default", {CODE: "x"})
        await self.session(cpe)
        (problem,) = (await self.known(cpe)).config_problems
        self.assertEqual(f"{REFUSED}: fault 9007 {refusing.words}"[:LONGEST_LINE], problem)
