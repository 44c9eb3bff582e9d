"""Full reads and tracked parameters, from devices that can and from devices that cannot."""

from __future__ import annotations

from collections.abc import Callable

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.quirks.rules import Rule
from acs.session.procedures.read_all import MAX_FAILURES
from acs.store.records import Parameter
from tests.support.cases import WorldCase
from tests.support.world import ROOT, Cpe

ORDER = ("GetParameterNames", "GetParameterValues", "GetParameterAttributes")
TOO_MUCH = m.Fault(9004, "Resources exceeded")


class Picky(Cpe):
    """Answers as `fault_for` says, which may refuse."""

    fault_for: Callable[[m.Message], m.Message | None] = staticmethod(lambda message: None)

    def reply(self, message: m.Message) -> m.Message:
        refused = self.fault_for(message)
        if refused is not None:
            return refused
        if isinstance(message, m.GetParameterNames) and message.NextLevel:
            return self._level(message.ParameterPath)
        if isinstance(message, (m.GetParameterValues, m.GetParameterAttributes)):
            return self._some(message)
        return super().reply(message)

    def _level(self, path: str) -> m.GetParameterNamesResponse:
        below = [self.root + name for name in self.told if (self.root + name).startswith(path)]
        steps = dict.fromkeys(self._step(path, name) for name in below)
        return m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(step) for step in steps))

    def _step(self, path: str, name: str) -> str:
        first, dot, _ = name.removeprefix(path).partition(".")
        return path + first + dot

    def _some(self, message: m.GetParameterValues | m.GetParameterAttributes) -> m.Message:
        wanted = [
            name
            for path in message.ParameterNames
            for name in self.told
            if self.root + name == path or (path.endswith(".") and (self.root + name).startswith(path))
        ]
        if isinstance(message, m.GetParameterAttributes):
            return m.GetParameterAttributesResponse(
                tuple(v.ParameterAttributeStruct(self.root + name, 0, ("Subscriber",)) for name in wanted)
            )
        return m.GetParameterValuesResponse(
            tuple(v.ParameterValueStruct(self.root + name, self.told[name], "xsd:string") for name in wanted)
        )


class Circular(Picky):
    """Does not list its tree as a whole, and lists each object among what is in it."""

    def reply(self, message: m.Message) -> m.Message:
        if isinstance(message, m.GetParameterNames) and not message.NextLevel:
            return TOO_MUCH
        return super().reply(message)

    def _level(self, path: str) -> m.GetParameterNamesResponse:
        own = v.ParameterInfoStruct(path)
        return m.GetParameterNamesResponse((own, *super()._level(path).ParameterList))


class FullReadTests(WorldCase):
    """Names, values and attributes, merged."""

    async def known(self, cpe: Cpe) -> dict[str, Parameter]:
        await self.world.store.committed()
        return await self.world.store.parameters(cpe.id)

    def picky(self, fault_for: Callable[[m.Message], m.Message | None]) -> Picky:
        cpe = Picky(self.world)
        cpe.fault_for = fault_for  # type: ignore[method-assign]
        return cpe

    async def test_the_three_reads_are_one_record_for_each_parameter(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        code = (await self.known(cpe))[ROOT + "DeviceInfo.ProvisioningCode"]
        self.assertEqual(
            Parameter(code.name, "", "xsd:string", True, 0, ("Subscriber",), self.world.clock.seconds()), code
        )

    async def test_a_parameter_that_vanishes_between_the_reads_is_tolerated(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        names = await cpe.say(None)
        assert names is not None
        values = await cpe.say(cpe.reply(names))
        del cpe.told["DeviceInfo.SpecVersion"]
        assert values is not None
        attributes = await cpe.say(cpe.reply(values))
        cpe.told["Brand.New"] = "1"
        assert attributes is not None
        self.assertIsNone(await cpe.say(cpe.reply(attributes)))
        known = await self.known(cpe)
        self.assertNotIn(ROOT + "Brand.New", known)
        self.assertIsNone(known[ROOT + "DeviceInfo.SpecVersion"].notification)

    async def test_what_is_gone_from_the_device_is_forgotten(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        del cpe.told["DeviceInfo.SpecVersion"]
        self.world.store.change_device(cpe.id, full_read_requested=True)
        await cpe.session()
        self.assertNotIn(ROOT + "DeviceInfo.SpecVersion", await self.known(cpe))

    async def test_a_device_without_get_parameter_attributes_is_read_all_the_same(self) -> None:
        for refusal in (m.Fault(9000), None):
            cpe = self.world.cpe(device=v.DeviceId("A", "00D09E", "C", "fault" if refusal else "silent"))
            await cpe.call_in("1 BOOT")
            message = await cpe.say(None)
            while isinstance(message, (m.GetParameterNames, m.GetParameterValues)):
                message = await cpe.say(cpe.reply(message))
            self.assertIsInstance(message, m.GetParameterAttributes)
            if refusal is not None:
                await cpe.say(refusal)
            else:
                await cpe.exchange(b"")
            device = self.world.store.resident(cpe.id)
            assert device is not None
            self.assertFalse(device.full_read_requested)
            self.assertEqual("1.0", (await self.known(cpe))[ROOT + "DeviceInfo.SpecVersion"].value)

    async def test_too_many_values_are_asked_for_in_parts(self) -> None:
        cpe = self.picky(
            lambda message: (
                TOO_MUCH
                if isinstance(message, m.GetParameterValues)
                and (len(message.ParameterNames) > 4 or message.ParameterNames[0].endswith("."))
                else None
            )
        )
        await cpe.first_contact()
        values = {name: parameter.value for name, parameter in (await self.known(cpe)).items()}
        self.assertEqual({ROOT + name: value for name, value in cpe.told.items()}, values)

    async def test_names_that_are_too_many_are_walked_level_by_level(self) -> None:
        cpe = self.picky(
            lambda message: (
                TOO_MUCH if isinstance(message, m.GetParameterNames) and not message.NextLevel else None
            )
        )
        asked = await cpe.first_contact()
        self.assertGreater(asked.count("GetParameterNames"), 3)
        self.assertLessEqual({ROOT + name for name in cpe.told}, set(await self.known(cpe)))

    async def test_a_listed_name_that_the_device_refuses_is_left_out(self) -> None:
        bad = ROOT + "DeviceInfo.SpecVersion"
        cpe = self.picky(
            lambda message: (
                m.Fault(9005)
                if isinstance(message, m.GetParameterValues)
                and (bad in message.ParameterNames or message.ParameterNames[0].endswith("."))
                else None
            )
        )
        await cpe.first_contact()
        known = await self.known(cpe)
        self.assertEqual(("Subscriber",), known[ROOT + "DeviceInfo.HardwareVersion"].access_list)
        device = self.world.store.resident(cpe.id)
        assert device is not None
        self.assertFalse(device.full_read_requested)

    async def test_a_device_that_does_not_survive_it_is_not_asked_for_ever(self) -> None:
        cpe = self.world.cpe()
        for _ in range(MAX_FAILURES):
            await cpe.call_in("1 BOOT")
            self.assertIsInstance(await cpe.say(None), m.GetParameterNames)
            self.world.pass_time(61)
        self.assertEqual([], await cpe.session("1 BOOT"))

    async def test_each_try_is_counted_on_disk_before_it_is_made(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("2 PERIODIC")
        self.assertIsInstance(await cpe.say(None), m.GetParameterNames)
        self.assertEqual([(1,)], self.world.on_disk("SELECT full_read_failures FROM devices"))

    async def test_one_that_did_not_survive_it_is_asked_again_once_it_is_another(self) -> None:
        for event, version in (("0 BOOTSTRAP", "2.59.1.8"), ("1 BOOT", "3.0")):
            cpe = self.world.cpe(device=v.DeviceId("A", "00D09E", "C", version))
            await cpe.call_in("1 BOOT")
            self.world.store.change_device(cpe.id, full_read_failures=MAX_FAILURES)
            self.assertEqual([], await cpe.serve())
            cpe.told["DeviceInfo.SoftwareVersion"] = version
            self.assertIn("GetParameterNames", await cpe.session(event))

    async def test_of_a_refused_pair_of_names_the_good_one_is_read(self) -> None:
        bad = ROOT + "DeviceInfo.SpecVersion"
        cpe = self.picky(
            lambda message: (
                m.Fault(9005)
                if isinstance(message, m.GetParameterAttributes)
                and (bad in message.ParameterNames or message.ParameterNames[0].endswith("."))
                else None
            )
        )
        await cpe.first_contact()
        without = [name for name, each in (await self.known(cpe)).items() if each.access_list is None]
        self.assertEqual([bad], without)

    async def test_a_level_that_lists_its_own_object_is_walked_once(self) -> None:
        cpe = Circular(self.world)
        await cpe.call_in("1 BOOT")
        asked = []
        message = await cpe.say(None)
        while message is not None and len(asked) < 50:
            asked.append(message)
            message = await cpe.say(cpe.reply(message))
        paths = [each.ParameterPath for each in asked if isinstance(each, m.GetParameterNames)]
        self.assertEqual(len(set(paths)) + 1, len(paths))  # the root, first as a whole and then by itself

    async def test_a_bootstrap_has_everything_read_again(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        self.assertIn("GetParameterValues", await cpe.session("0 BOOTSTRAP"))

    async def test_a_tree_of_two_roots_is_read_at_both(self) -> None:
        cpe = self.world.cpe(
            told={"InternetGatewayDevice.DeviceSummary": "InternetGatewayDevice:1.0[]()", "Device.X": "1"},
            root="",
        )
        await cpe.call_in("1 BOOT")
        paths = []
        message = await cpe.say(None)
        while message is not None:
            if isinstance(message, m.GetParameterNames):
                paths.append(message.ParameterPath)
            message = await cpe.say(cpe.reply(message))
        self.assertEqual(["InternetGatewayDevice.", "Device."], paths)


class InformTests(WorldCase):
    """What an Inform tells is known, without being asked for."""

    async def test_a_changed_value_is_noted_and_in_the_journal(self) -> None:
        from acs.store.interface import Query

        cpe = self.world.cpe()
        await cpe.first_contact()
        cpe.told["DeviceInfo.ProvisioningCode"] = "gold"
        self.assertEqual([], await cpe.session("4 VALUE CHANGE"))
        await self.world.store.committed()
        name = ROOT + "DeviceInfo.ProvisioningCode"
        self.assertEqual("gold", (await self.world.store.parameters(cpe.id))[name].value)
        changes = (await self.world.store.changes(cpe.id, Query({"name": name}))).items
        self.assertEqual((name, "", "gold"), (changes[0][1].name, changes[0][1].old, changes[0][1].new))


class TrackTests(WorldCase):
    """Parameters that are read in every session."""

    how = {"tracked": (".DeviceInfo.UpTime", ".Nowhere.", "InternetGatewayDevice.DeviceInfo.SpecVersion")}

    async def test_they_are_read_relative_to_the_root(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await cpe.call_in("2 PERIODIC")
        asked = await cpe.say(None)
        paths = (ROOT + "DeviceInfo.UpTime", ROOT + "Nowhere.", ROOT + "DeviceInfo.SpecVersion")
        self.assertEqual(m.GetParameterValues(paths), asked)
        told = v.ParameterValueStruct(paths[0], "99", "xsd:unsignedInt")
        self.assertIsNone(await cpe.say(m.GetParameterValuesResponse((told,))))
        self.assertEqual(99, (await self.world.last_session()).device_uptime)

    async def test_one_that_is_refused_does_not_keep_the_others_back(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        first = await cpe.say(m.Fault(9005))
        self.assertEqual(m.GetParameterValues((ROOT + "DeviceInfo.UpTime",)), first)


class ShortSessionTests(WorldCase):
    """A device that takes one RPC in each session, and can tell neither its names nor its values at once."""

    async def test_a_read_that_takes_many_sessions_comes_to_its_end(self) -> None:
        cpe = Circular(self.world)
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.id)])
        cpe.fault_for = lambda message: (
            TOO_MUCH
            if isinstance(message, m.GetParameterValues) and len(message.ParameterNames) > 3
            else None
        )
        asked: list[str] = []
        for _ in range(100):
            in_one = await cpe.session()
            self.assertLessEqual(len(in_one), 1)
            if not in_one:
                break
            asked += in_one
        self.assertEqual(sorted(asked, key=ORDER.index), asked)
        await self.world.store.committed()
        known = await self.world.store.parameters(cpe.id)
        for name, value in cpe.told.items():
            self.assertEqual(value, known[ROOT + name].value)
            self.assertEqual(0, known[ROOT + name].notification)
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual((False, 0), (device.full_read_requested, device.full_read_failures))
