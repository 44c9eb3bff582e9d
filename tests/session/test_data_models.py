"""What the data models that were imported are good for in a session."""

from __future__ import annotations

from typing import Any

from acs.configuration.levels import level_at
from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.definitions import Definition, Described
from acs.cwmp.modeltypes import Syntax
from acs.store.records import Configuration, Job, JobState, Parameter
from tests.session.test_jobs import JobCase
from tests.support.world import ROOT, Cpe

NAME = "InternetGatewayDevice:1.4"
COUNT = ROOT + "WANDevice.7.X.Count"
PATTERN = ROOT + "WANDevice.{i}.X.Count"


class DataModelCase(JobCase):
    async def imported(
        self, name: str = NAME, kind: str = "unsignedInt", forced: tuple[str, ...] = ()
    ) -> None:
        """Import a model in which the count is of this type."""
        definitions = [Definition(PATTERN, name, "readWrite", Syntax(kind))]
        definitions += [Definition(path, name, syntax=Syntax(), forced_inform=True) for path in forced]
        await self.world.store.put_data_models([Described(name, False, tuple(definitions))], 1.0, "anna")


class TypeTests(DataModelCase):
    async def asked(self, cpe: Cpe, **said: Any) -> tuple[Any, Job]:
        """What the device is asked first where the count is to be set."""
        value = {"Name": COUNT, "Value": "5", **said}
        job = await self.world.job(cpe.id, "SetParameterValues", {"ParameterList": [value]})
        await cpe.call_in("2 PERIODIC")
        return await cpe.say(None), job

    async def test_a_type_that_the_device_has_not_told_is_the_data_models(self) -> None:
        cpe = await self.known()
        await self.imported()
        request, job = await self.asked(cpe)
        self.assertEqual(
            m.SetParameterValues((v.ParameterValueStruct(COUNT, "5", "xsd:unsignedInt"),)), request
        )
        self.assertIsNone(await cpe.say(m.SetParameterValuesResponse(0)))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_a_type_that_the_device_has_told_stands_before_it(self) -> None:
        cpe = await self.known()
        await self.imported()
        known = await self.world.store.parameters(cpe.id)
        told = Parameter(COUNT, "1", "xsd:int", True)
        await self.world.store.keep_parameters(cpe.id, {**known, COUNT: told}, self.world.clock.seconds())
        request, _ = await self.asked(cpe)
        self.assertEqual("xsd:int", request.ParameterList[0].Type)

    async def test_so_does_one_that_was_given_with_the_value(self) -> None:
        cpe = await self.known()
        await self.imported()
        request, _ = await self.asked(cpe, Type="xsd:string")
        self.assertEqual("xsd:string", request.ParameterList[0].Type)

    async def test_the_devices_own_model_stands_before_others(self) -> None:
        cpe = await self.known()
        await self.imported("InternetGatewayDevice:1.14", "int")
        await self.imported("InternetGatewayDevice:1.4", "boolean")
        request, _ = await self.asked(cpe)
        self.assertEqual("xsd:boolean", request.ParameterList[0].Type)

    async def test_what_no_model_has_is_asked_for(self) -> None:
        cpe = await self.known()
        await self.imported()
        self.assertTrue(await self.world.store.delete_data_model(NAME))
        request, _ = await self.asked(cpe)
        self.assertEqual(m.GetParameterValues((COUNT,)), request)

    async def test_what_is_configured_has_it_too(self) -> None:
        cpe = await self.known()
        await self.imported()
        level = level_at(self.world.clock.seconds())
        await self.world.store.put_configuration(Configuration("device", cpe.id, level, {COUNT: "5"}))
        self.world.store.change_device(cpe.id, full_read_at=None)
        await cpe.call_in("2 PERIODIC")
        self.assertEqual(m.GetParameterValues((COUNT,)), await cpe.say(None))
        told = cpe.dialogue.say(
            m.GetParameterValuesResponse((v.ParameterValueStruct(COUNT, "1", "xsd:int"),))
        )
        self.assertEqual(1, told.count(b' xsi:type="xsd:int"'))
        answer = await cpe.exchange(told.replace(b' xsi:type="xsd:int"', b""))
        request = cpe.dialogue.hear(answer.body).message
        wanted = (v.ParameterValueStruct(COUNT, "5", "xsd:unsignedInt"),)
        self.assertEqual(m.SetParameterValues(wanted, level), request)


class ForcedInformTests(DataModelCase):
    async def remark(self) -> str:
        said = await self.world.conversation()
        return " ".join(exchange.note for exchange in said)

    async def test_an_inform_that_lacks_what_each_has_is_remarked_once(self) -> None:
        forced = (
            ROOT + "DeviceInfo.SoftwareVersion",
            ROOT + "LANDevice.Missing",
            ROOT + "WANDevice.{i}.Address",
        )
        await self.imported(forced=forced)
        cpe = self.world.cpe()
        await cpe.first_contact()
        wanted = f"the Inform lacks {ROOT}LANDevice.Missing, which {NAME} puts in each"
        self.assertIn(wanted, await self.remark())
        await cpe.session()
        self.assertNotIn("lacks", await self.remark())

    async def test_another_model_than_the_devices_says_nothing_of_its_informs(self) -> None:
        await self.imported("InternetGatewayDevice:1.14", forced=(ROOT + "LANDevice.Missing",))
        await self.world.cpe().first_contact()
        self.assertNotIn("lacks", await self.remark())
