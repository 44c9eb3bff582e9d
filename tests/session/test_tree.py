"""What is learnt of a device's parameters."""

from __future__ import annotations

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
