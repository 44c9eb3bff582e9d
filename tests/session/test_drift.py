"""What others have changed on a device is learnt, put back, or seen, as its owner would have it."""

from __future__ import annotations

from typing import Any

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.simulate.parameters import set_key
from acs.store.records import Scope
from tests.session.test_configure import CODE, INTERVAL, PASSPHRASE, SSID, ConfigureCase

PUT_BACK = ["GetParameterValues", "SetParameterValues", "GetParameterValues"]


class DriftCase(ConfigureCase):
    async def configured(self, parameters: dict[str, Any]) -> SimulatedCPE:
        """A device at its level, which tells of changes of its network's name."""
        cpe = await self.met()
        await self.put("all", "default", parameters)
        await self.session(cpe)
        self.assertEqual([], await self.session(cpe))
        return cpe

    def entry(self, owner: str = "", value: str = "ours") -> dict[str, Any]:
        return {SSID: {"value": value, "notify": "active", "owner": owner}, INTERVAL: 900}

    async def changed(self, cpe: SimulatedCPE, value: str = "theirs") -> list[str]:
        """The subscriber changes the name, and the device tells."""
        cpe.tree.write(SSID, value)
        cpe.events.changed[SSID] = True
        return await self.session(cpe)

    async def own(self, cpe: SimulatedCPE) -> Any:
        found = await self.world.store.configuration(Scope.DEVICE, cpe.device_id.key)
        return None if found is None else found.parameters


class OwnerTests(DriftCase):
    async def test_the_subscriber_s_change_is_learnt(self) -> None:
        cpe = await self.configured(self.entry("subscriber"))
        level = (await self.known(cpe)).current_config_level
        self.assertEqual([], await self.changed(cpe))
        self.assertEqual({SSID: "theirs"}, await self.own(cpe))
        self.assertEqual("theirs", self.value(cpe, SSID))
        device = await self.known(cpe)
        self.assertEqual((level, 0), (device.current_config_level, device.config_drift))
        self.assertEqual([], await self.session(cpe))

    async def test_what_was_learnt_outlives_a_reset(self) -> None:
        cpe = await self.configured(self.entry("subscriber"))
        await self.changed(cpe)
        cpe.factory_reset()
        await self.session(cpe)
        self.assertEqual("theirs", self.value(cpe, SSID))

    async def test_what_a_reset_device_has_is_not_the_subscriber_s_wish(self) -> None:
        cpe = await self.configured(self.entry("subscriber"))
        cpe.factory_reset()
        await self.session(cpe)
        self.assertEqual(("ours", None), (self.value(cpe, SSID), await self.own(cpe)))

    async def test_a_change_that_nobody_told_of_is_learnt_before_another_level_is_set(self) -> None:
        cpe = await self.configured(self.entry("subscriber"))
        cpe.tree.write(SSID, "quietly")
        await self.put("all", "default", self.entry("subscriber") | {CODE: "x"})
        await self.session(cpe)
        self.assertEqual(["quietly", "x"], self.values(cpe, SSID, CODE))
        self.assertEqual({SSID: "quietly"}, await self.own(cpe))

    async def test_another_wish_of_the_operator_for_what_is_the_subscriber_s_is_set(self) -> None:
        cpe = await self.configured(self.entry("subscriber"))
        await self.put("all", "default", self.entry("subscriber", "newer"))
        await self.session(cpe)
        self.assertEqual("newer", self.value(cpe, SSID))

    async def test_the_operator_s_is_put_back_at_once(self) -> None:
        cpe = await self.configured(self.entry("operator"))
        self.assertEqual(PUT_BACK, await self.changed(cpe))
        self.assertEqual("ours", self.value(cpe, SSID))
        self.assertEqual([], await self.session(cpe))
        self.assertEqual(0, (await self.known(cpe)).config_drift)

    async def test_nothing_but_the_operator_s_is_put_back_with_it(self) -> None:
        cpe = await self.configured(self.entry("operator"))
        cpe.tree.write(cpe.model.root + INTERVAL[1:], "901")
        await self.changed(cpe)
        self.assertEqual(["ours", "901"], self.values(cpe, SSID, INTERVAL))

    async def test_what_nobody_owns_is_seen_and_left_alone(self) -> None:
        cpe = await self.configured(self.entry())
        self.assertEqual([], await self.changed(cpe))
        self.assertEqual("theirs", self.value(cpe, SSID))
        self.assertEqual(1, (await self.known(cpe)).config_drift)
        page = await self.world.store.devices(self.query(drift="true"))
        self.assertEqual([cpe.device_id.key], [device.id for device in page.items])
        page = await self.world.store.devices(self.query(drift="false"))
        self.assertEqual((), page.items)
        await self.changed(cpe, "ours")
        self.assertEqual(0, (await self.known(cpe)).config_drift)

    async def test_a_change_is_found_by_reading_too(self) -> None:
        cpe = await self.configured(self.entry("operator"))
        cpe.tree.write(SSID, "quietly")
        self.world.store.change_device(cpe.device_id.key, full_read_requested=True)
        asked = await self.session(cpe)
        self.assertEqual(PUT_BACK, asked[-3:])
        self.assertEqual("ours", self.value(cpe, SSID))

    async def test_a_device_that_changes_it_each_time_is_not_fought_for_ever(self) -> None:
        cpe = await self.configured(self.entry("operator"))
        sessions = [await self.changed(cpe, f"theirs {number}") for number in range(12)]
        self.assertLess(sum(map(bool, sessions)), 4)

    async def test_what_other_firmware_has_made_of_it_is_put_back_whoever_owns_it(self) -> None:
        for owner in ("", "operator", "subscriber"):
            cpe = await self.configured(self.entry(owner))
            cpe.tree.write(SSID, "default")
            cpe.tree.write("Device.DeviceInfo.SoftwareVersion", "9.9.9")
            await self.session(cpe, "1 BOOT")
            self.assertEqual(("ours", None), (self.value(cpe, SSID), await self.own(cpe)), owner)
            await self.world.store.delete_device(cpe.device_id.key)


class Lying(Habit):
    """Says that it has set these, and has not; ``times`` times."""

    def __init__(self, name: str, times: int) -> None:
        self.name = name
        self.times = times

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.SetParameterValues) or not self.times:
            return None
        for value in request.ParameterList:
            if value.Name != self.name:
                cpe.tree.write(value.Name, value.Value)
        if any(value.Name == self.name for value in request.ParameterList):
            self.times -= 1
        cpe.tree.write(cpe.model.root + "ManagementServer.ParameterKey", request.ParameterKey)
        return m.SetParameterValuesResponse(0)


class LyingTests(ConfigureCase):
    async def test_what_a_device_has_not_set_although_it_says_so_is_told(self) -> None:
        cpe = await self.met()
        self.habits = [Lying(SSID, 99)]
        await self.put("all", "default", {SSID: "ours", INTERVAL: 900})
        await self.session(cpe)
        device = await self.known(cpe)
        problem = f"{SSID}: the device says that it has set it, and has kept what it had"
        self.assertEqual(((problem,), ""), (device.config_problems, device.current_config_level))
        self.assertEqual(["", "900"], self.values(cpe, ".ManagementServer.ParameterKey", INTERVAL))

    async def test_one_that_needs_a_moment_is_at_its_level_the_next_time(self) -> None:
        cpe = await self.met()
        self.habits = [Lying(SSID, 1)]
        level = await self.put("all", "default", {SSID: "ours"})
        await self.session(cpe)
        self.world.clock.advance(3600)
        await self.session(cpe)
        self.assertEqual(["ours", level], self.values(cpe, SSID, ".ManagementServer.ParameterKey"))
        self.assertEqual((), (await self.known(cpe)).config_problems)


class Forgetting(Habit):
    """Keeps no ParameterKey."""

    def posts(self, cpe: Simulated, message: Message | None, body: bytes) -> bytes:
        if isinstance(message, m.SetParameterValuesResponse):
            set_key(cpe.tree, "")
        return body


class ForgettingTests(ConfigureCase):
    async def test_one_that_loses_its_key_is_named_and_stopped(self) -> None:
        cpe = await self.met()
        self.habits = [Forgetting()]
        await self.put("all", "default", {CODE: "x"})
        await self.session(cpe)
        asked = 0
        for _ in range(60):
            self.world.clock.advance(3600)
            asked += bool(await self.session(cpe))
        self.assertLessEqual(asked, 8)
        (problem,) = (await self.known(cpe)).config_problems
        self.assertIn("no-parameter-key", problem)
        page = await self.world.store.devices(self.query(problems="true"))
        self.assertEqual([cpe.device_id.key], [device.id for device in page.items])


class SecretTests(DriftCase):
    async def test_one_that_cannot_be_read_back_is_not_learnt_as_empty(self) -> None:
        entry = {"value": "a secret phrase", "notify": "active", "owner": "subscriber"}
        cpe = await self.configured({PASSPHRASE: entry})
        cpe.tree.write(PASSPHRASE, "another phrase")
        cpe.events.changed[PASSPHRASE] = True
        await self.session(cpe)
        self.assertIsNone(await self.own(cpe))

    async def test_a_secret_that_cannot_be_read_back_is_no_drift(self) -> None:
        cpe = await self.configured({PASSPHRASE: "a secret phrase"})
        self.world.store.change_device(cpe.device_id.key, full_read_requested=True)
        await self.session(cpe)
        self.assertEqual(0, (await self.known(cpe)).config_drift)
