"""What is learnt of a device's parameters."""

from __future__ import annotations

import itertools

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.values import ParameterValueStruct
from acs.session.tree import LONGEST_INTERVAL, ParameterTree, interval_in
from acs.store.interface import Query
from acs.store.records import Parameter
from tests.support.cases import WorldCase

ROOT = "Device."
INTERVAL, ENABLE = (f"{ROOT}ManagementServer.PeriodicInform{name}" for name in ("Interval", "Enable"))


class IntervalTests(SynchronousTestCase):
    def interval(self, value: str | None, enabled: str | None = None) -> int:
        known = {INTERVAL: Parameter(INTERVAL, value)}
        if enabled is not None:
            known[ENABLE] = Parameter(ENABLE, enabled)
        return interval_in(known, ROOT)

    def test_it_is_what_the_device_tells(self) -> None:
        for value, seconds in (("900", 900), (" 3600 ", 3600), ("4294967295", LONGEST_INTERVAL)):
            self.assertEqual(seconds, self.interval(value))
            self.assertEqual(seconds, self.interval(value, "1"))
            self.assertEqual(seconds, self.interval(value, "true"))

    def test_there_is_none_where_the_device_does_not_call_by_itself(self) -> None:
        for enabled in ("0", "false", "False"):
            self.assertEqual(0, self.interval("900", enabled))

    def test_what_is_no_number_is_none(self) -> None:
        for value in (None, "", "-1", "9" * 11, "15 min", "٣"):
            self.assertEqual(0, self.interval(value), value)
        self.assertEqual(0, interval_in({}, ROOT))
        self.assertEqual(0, interval_in({INTERVAL: Parameter(INTERVAL, "900")}, "InternetGatewayDevice."))


class LearningTests(WorldCase):
    async def test_the_device_keeps_the_interval_that_it_was_last_heard_to_have(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        store = self.world.store
        (device,) = (await store.devices(Query())).items
        for value in ("900", "300"):
            tree = ParameterTree(store, device.id, 1)
            name = f"{device.root}ManagementServer.PeriodicInformInterval"
            await tree.learn_values([ParameterValueStruct(name, value, "xsd:unsignedInt")], 5.0)
            await tree.keep(5.0)
            known = await store.device(device.id)
            assert known is not None
            self.assertEqual(int(value), known.inform_interval)

    async def test_what_we_have_set_is_kept_whether_the_rest_was_read_or_not(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        store = self.world.store
        (device,) = (await store.devices(Query())).items
        interval, code = (
            f"{device.root}{each}" for each in ("ManagementServer.PeriodicInformInterval", "Code")
        )
        ways = itertools.product((False, True), (False, True), (interval, code))
        for number, (before, after, name) in enumerate(ways):
            tree, value = ParameterTree(store, device.id, 1), str(700 + number)
            if before:
                await tree.load()
            await tree.learn_values([ParameterValueStruct(name, "1", "xsd:unsignedInt")], 5.0, ours=True)
            await tree.learn_values([ParameterValueStruct(name, value, "")], 6.0, ours=True)
            if after:
                self.assertEqual(value, (await tree.load())[name].value)
            self.assertEqual([(name, value)], [(each.name, each.new) for each in await tree.keep(7.0)])
            self.assertEqual((), await tree.keep(8.0))
            self.assertEqual({}, tree.changed)
            known = (await store.parameters(device.id))[name]
            self.assertEqual((value, "xsd:unsignedInt", 6.0), (known.value, known.type, known.updated))
            if name == interval:
                self.assertEqual(int(value), (await store.device(device.id) or device).inform_interval)
