"""Instances of objects: those that are wanted are added, named ones found, those that are too many
removed."""

from __future__ import annotations

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.cwmp.values import ParameterInfoStruct
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from tests.session.test_configure import INTERVAL, SETTING, ConfigureCase


class InstanceTests(ConfigureCase):
    MAPPING = "Device.NAT.PortMapping."

    async def test_instances_that_are_missing_are_added_one_by_one(self) -> None:
        cpe = await self.met()
        last = max(int(path.split(".")[-2]) for path in cpe.tree.children(self.MAPPING))
        wanted = {
            f"{self.MAPPING}{last + n}.{name}": value
            for n, name, value in (
                (1, "Description", "camera"),
                (1, "ExternalPort", 8080),
                (2, "Description", "door"),
            )
        }
        await self.put("all", "default", wanted)
        asked = ["GetParameterNames", "AddObject", "AddObject", *SETTING]
        self.assertEqual(asked, await self.session(cpe))
        self.assertEqual(["camera", "8080", "door"], self.values(cpe, *wanted))
        self.assertEqual(((), []), ((await self.known(cpe)).config_problems, await self.session(cpe)))

    async def test_one_that_the_subscriber_has_made_is_not_made_again(self) -> None:
        cpe = await self.met()
        number = cpe.tree.create(self.MAPPING)
        await self.put("all", "default", {f"{self.MAPPING}{number}.Description": "camera"})
        asked = ["GetParameterNames", *SETTING]
        self.assertEqual(asked, await self.session(cpe))
        self.assertEqual("camera", self.value(cpe, f"{self.MAPPING}{number}.Description"))

    async def test_what_cannot_be_added_is_named_once(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {f"Device.Ethernet.Interface.77.{n}": 1 for n in ("Enable", "X")})
        await self.session(cpe)
        (problem,) = (await self.known(cpe)).config_problems
        self.assertRegex(problem, r"\ADevice\.Ethernet\.Interface\.77\.: cannot be added: fault 900")


class Listing(Habit):
    """Lists an instance whose number is no number of an instance's."""

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not (isinstance(request, m.GetParameterNames) and request.NextLevel):
            return None
        return m.GetParameterNamesResponse((ParameterInfoStruct(f"{request.ParameterPath}77777."),))

    def posts(self, cpe: Simulated, message: Message | None, body: bytes) -> bytes:
        return body.replace(b"77777", b"9" * 5000)


class NumberTests(ConfigureCase):
    """A device that numbers its instances in its own way."""

    async def test_one_that_is_no_number_is_passed_over(self) -> None:
        cpe = await self.met()
        number = cpe.tree.create(InstanceTests.MAPPING) + 1
        self.habits = [Listing()]
        await self.put("all", "default", {f"{InstanceTests.MAPPING}{number}.Description": "camera"})
        await self.session(cpe)
        self.assertEqual("camera", self.value(cpe, f"{InstanceTests.MAPPING}{number}.Description"))

    async def test_a_number_that_is_passed_over_is_named_and_not_sought_for_ever(self) -> None:
        cpe = await self.met()
        made = [cpe.tree.create(InstanceTests.MAPPING) for _ in range(2)]
        cpe.tree.remove(f"{InstanceTests.MAPPING}{made[0]}.")
        await self.put("all", "default", {f"{InstanceTests.MAPPING}{made[0]}.Description": "camera"})
        asked = await self.session(cpe)
        self.assertEqual(1, asked.count("AddObject"))
        (problem,) = (await self.known(cpe)).config_problems
        self.assertIn(f"PortMapping.{made[0]}.: the device has made {made[1] + 1} instead", problem)


class NamedTests(ConfigureCase):
    """Instances that are named by what they are."""

    CAMERA = f"{InstanceTests.MAPPING}[camera]."

    async def test_one_that_the_device_lacks_is_added_and_given_its_name(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {f"{self.CAMERA}ExternalPort": 8080})
        asked = await self.session(cpe)
        self.assertEqual(["GetParameterNames", "GetParameterValues", "AddObject", *SETTING], asked)
        number = self.numbers(cpe)[-1]
        self.assertEqual(["camera", "8080"], self.of(cpe, number, "Alias", "ExternalPort"))
        self.assertEqual([], await self.session(cpe))

    async def test_one_that_is_there_is_found_wherever_it_stands(self) -> None:
        cpe = await self.met()
        numbers = [cpe.tree.create(InstanceTests.MAPPING) for _ in range(2)]
        cpe.tree.write(f"{InstanceTests.MAPPING}{numbers[1]}.Description", "camera")
        place = f"{InstanceTests.MAPPING}[Description:camera]."
        await self.put("all", "default", {f"{place}ExternalPort": 8080, f"{place}InternalPort": 80})
        asked = await self.session(cpe)
        self.assertEqual(0, asked.count("AddObject"))
        self.assertEqual(["8080", "80"], self.of(cpe, numbers[1], "ExternalPort", "InternalPort"))

    async def test_it_is_found_again_at_the_next_level(self) -> None:
        cpe = await self.met()
        before = len(self.numbers(cpe))
        for port in (8080, 8081):
            await self.put("all", "default", {f"{self.CAMERA}ExternalPort": port})
            await self.session(cpe)
        self.assertEqual(before + 1, len(self.numbers(cpe)))
        self.assertEqual(["8081"], self.of(cpe, self.numbers(cpe)[-1], "ExternalPort"))

    async def test_what_is_said_of_its_number_stands_before_what_is_said_of_its_name(self) -> None:
        cpe = await self.met()
        number = cpe.tree.create(InstanceTests.MAPPING)
        cpe.tree.write(f"{InstanceTests.MAPPING}{number}.Alias", "camera")
        plain = f"{InstanceTests.MAPPING}{number}.ExternalPort"
        await self.put("all", "default", {f"{self.CAMERA}ExternalPort": 8080, plain: 9090})
        await self.session(cpe)
        self.assertEqual(["9090"], self.of(cpe, number, "ExternalPort"))

    async def test_of_a_table_that_there_is_not_it_is_named(self) -> None:
        cpe = await self.met()
        await self.put(
            "all", "default", {"Device.No.Such.[x].Y": 1, "Device.No.Such.[x].Z": 1, INTERVAL: 900}
        )
        await self.session(cpe)
        (problem,) = (await self.known(cpe)).config_problems
        self.assertEqual("Device.No.Such.[Alias:x].: the device has no such table", problem)
        self.assertEqual("900", self.value(cpe, INTERVAL))

    def numbers(self, cpe: SimulatedCPE) -> list[int]:
        return [int(path.split(".")[-2]) for path in cpe.tree.children(InstanceTests.MAPPING)]

    def of(self, cpe: SimulatedCPE, number: int, *names: str) -> list[str]:
        """What an instance has."""
        return [cpe.tree.value(f"{InstanceTests.MAPPING}{number}.{name}") for name in names]


class OthersTests(ConfigureCase):
    MAPPING = InstanceTests.MAPPING

    async def test_those_that_no_entry_speaks_of_are_removed_where_that_is_said(self) -> None:
        cpe = await self.met()
        numbers = [cpe.tree.create(self.MAPPING) for _ in range(3)]
        kept = f"{self.MAPPING}{numbers[1]}."
        await self.put("all", "default", {f"{kept}Description": "camera", self.MAPPING: {"others": "remove"}})
        asked = await self.session(cpe)
        self.assertEqual((kept,), cpe.tree.children(self.MAPPING))
        self.assertEqual(3, asked.count("DeleteObject"))
        known = await self.world.store.parameters(cpe.device_id.key)
        below = {name.removeprefix(self.MAPPING).partition(".")[0] for name in known if self.MAPPING in name}
        self.assertEqual({"", str(numbers[1])}, below)
        self.assertEqual([], await self.session(cpe))

    async def test_a_narrower_scope_may_keep_them(self) -> None:
        cpe = await self.met()
        number = cpe.tree.create(self.MAPPING)
        await self.put("all", "default", {INTERVAL: 900, self.MAPPING: {"others": "remove"}})
        await self.put("vendor", cpe.device_id.Manufacturer, {self.MAPPING: {"others": "keep"}})
        await self.session(cpe)
        self.assertIn(f"{self.MAPPING}{number}.", cpe.tree.children(self.MAPPING))

    async def test_one_that_cannot_be_removed_is_named(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {INTERVAL: 900, "Device.WiFi.Radio.": {"others": "remove"}})
        await self.session(cpe)
        problems = (await self.known(cpe)).config_problems
        self.assertEqual(2, len(problems))
        self.assertRegex(problems[0], r"\ADevice\.WiFi\.Radio\.1\.: cannot be removed: fault 900")
        self.assertEqual("900", self.value(cpe, INTERVAL))
