"""What is learnt of a device's parameters."""

from __future__ import annotations

import itertools
from random import Random

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.comparing import same
from acs.cwmp.values import ParameterInfoStruct, ParameterValueStruct
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


def learn_one_by_one(
    known: dict[str, Parameter], told: list[ParameterValueStruct], now: float
) -> dict[str, str | None]:
    """The values and types as they are told, each looked at in full; what they were that have changed."""
    changed: dict[str, str | None] = {}
    for each in told:
        old = known.get(each.Name, Parameter(each.Name))
        if each.Name.endswith(".") or (old.value, old.type) == (each.Value, each.Type or old.type):
            continue
        new = Parameter(each.Name, each.Value, each.Type or old.type, old.writable, updated=now)
        known[each.Name] = new
        if old.value is not None and not same(old.value, new.value or "", new.type):
            changed.setdefault(each.Name, old.value)
    return changed


class LearningTests(WorldCase):
    async def test_what_is_seen_at_once_is_what_looking_at_each_finds(self) -> None:
        random, tree = Random(5), ParameterTree(self.world.store, "nobody", 1)
        known: dict[str, Parameter] = {}
        changed: dict[str, str | None] = {}
        for now in range(1, 400):
            told = [
                ParameterValueStruct(
                    random.choice(["a", "b", "c", "d.", ""]),
                    random.choice(["1", "01", "2", "", "x"]),
                    random.choice(["", "xsd:int", "xsd:string"]),
                )
                for _ in range(random.randrange(6))
            ]
            changed = learn_one_by_one(known, told, now) | changed
            await tree.learn_values(told, now)
            names = [
                ParameterInfoStruct(random.choice("abe"), random.random() < 0.5)
                for _ in range(random.randrange(3))
            ]
            for info in names:
                old = known.get(info.Name, Parameter(info.Name, updated=now))
                known[info.Name] = replace(old, writable=info.Writable)
            await tree.learn_names(names, now)
            self.assertEqual(known, await tree.load())
            self.assertEqual(changed, tree.changed)

    async def test_what_was_not_told_of_is_forgotten(self) -> None:
        tree = ParameterTree(self.world.store, "nobody", 1)
        names = ("Device.A", "Device.B.", "Device.B.C", "Device.D", "Other.E")
        await tree.learn_values([ParameterValueStruct(name, "1") for name in names], 5.0)
        told = [ParameterInfoStruct("Device.A"), ParameterInfoStruct("Device.F")]
        await tree.forget_all_but([told, [ParameterValueStruct("Device.B.C", "2")]], "Device.")
        self.assertEqual({"Device.A", "Device.B.C", "Other.E"}, set(await tree.load()))
        self.assertEqual({"Device.D": "1"}, tree.changed)

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
