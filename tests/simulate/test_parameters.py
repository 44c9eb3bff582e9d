"""Tests of `acs.simulate.parameters` and `acs.simulate.tree`: the RPCs on parameters, asked in sessions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from acs.cwmp import messages as m
from acs.cwmp.messages import Fault
from acs.cwmp.paths import is_instance, is_partial, parent
from acs.cwmp.values import ParameterValueStruct, SetParameterAttributesStruct
from acs.simulate import parameters
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.refusals import Refusal
from tests.simulate.worlds import FIBRE, ROUTER, WorldTestCase, cpe, model

SERVER = ROUTER + "ManagementServer."
INTERVAL = SERVER + "PeriodicInformInterval"
KEY = SERVER + "ParameterKey"
WLAN = ROUTER + "LANDevice.1.WLANConfiguration.1."
FORWARDING = ROUTER + "Layer3Forwarding.Forwarding."
FORWARDINGS = ROUTER + "Layer3Forwarding.ForwardNumberOfEntries"
HOSTS = ROUTER + "LANDevice.1.Hosts.Host."
PROVISIONING = ROUTER + "DeviceInfo.ProvisioningCode"


def value(name: str, text: str, kind: str = "string") -> ParameterValueStruct:
    return ParameterValueStruct(name, text, f"xsd:{kind}" if kind else "")


def setting(*values: ParameterValueStruct, key: str = "") -> m.SetParameterValues:
    return m.SetParameterValues(values, key)


class ParameterTestCase(WorldTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.cpe()

    def values(self, *names: str) -> dict[str, str]:
        """What GetParameterValues says."""
        answer = self.ask(self.device, m.GetParameterValues(names))
        assert isinstance(answer, m.GetParameterValuesResponse), answer
        return {value.Name: value.Value for value in answer.ParameterList}

    def names(self, path: str, next_level: bool) -> dict[str, bool]:
        """What GetParameterNames says."""
        answer = self.ask(self.device, m.GetParameterNames(path, next_level))
        assert isinstance(answer, m.GetParameterNamesResponse), answer
        return {info.Name: info.Writable for info in answer.ParameterList}

    def refused(self, *values: ParameterValueStruct) -> dict[str, int]:
        """Which parameters a set is refused for; nothing may have changed."""
        before = self.values("")
        answer = self.ask(self.device, setting(*values, key="new"))
        assert isinstance(answer, Fault), answer
        self.assertEqual(answer.FaultCode, 9003)
        self.assertEqual(self.values(""), before)
        return {each.ParameterName: each.FaultCode for each in answer.SetParameterValuesFault}


class GetValuesTests(ParameterTestCase):
    def test_a_full_path_reads_one_parameter_with_its_type(self) -> None:
        answer = self.ask(self.device, m.GetParameterValues((INTERVAL,)))
        self.assertEqual(answer, m.GetParameterValuesResponse((value(INTERVAL, "10", "unsignedInt"),)))

    def test_a_partial_path_reads_all_below_it(self) -> None:
        expected = {path for path in model().parameters if path.startswith(SERVER) and not is_partial(path)}
        self.assertEqual(set(self.values(SERVER)), expected)

    def test_the_empty_path_reads_everything(self) -> None:
        expected = {path for path in model().parameters if not is_partial(path)}
        self.assertEqual(set(self.values("")), expected)

    def test_names_that_do_not_exist_are_refused_as_a_whole(self) -> None:
        for name in (
            ROUTER + "Nothing",
            ROUTER + "Nothing.",
            "InternetGatewayDevice",
            SERVER[:-1],
            "Device.",
        ):
            self.assertEqual(self.code(self.device, m.GetParameterValues((INTERVAL, name))), 9005, name)

    def test_an_empty_table_is_no_fault(self) -> None:
        table = WLAN.replace("WLANConfiguration.1.", "LANHostConfigManagement.DHCPStaticAddress.")
        self.assertEqual(self.values(table), {})

    def test_hidden_parameters_read_as_nothing(self) -> None:
        passphrase = WLAN + "KeyPassphrase"
        self.assertNotEqual(self.device.tree.value(passphrase), "")
        self.assertEqual(self.values(passphrase), {passphrase: ""})

    def test_placeholders_are_filled_in(self) -> None:
        told = self.values("")
        self.assertEqual([each for each in told.values() if "{" in each], [])
        self.assertEqual(told[ROUTER + "DeviceInfo.SerialNumber"], "NF240900000001")
        self.assertEqual(told[ROUTER + "LANDevice.1.WLANConfiguration.1.BSSID"], "02:A0:98:00:00:02")

    def test_time_and_uptime_move(self) -> None:
        self.clock.advance(61.5)
        names = (ROUTER + "Time.CurrentLocalTime", ROUTER + "DeviceInfo.UpTime")
        self.assertEqual(list(self.values(*names).values()), ["2026-11-30T12:01:01Z", "61"])


class GetNamesTests(ParameterTestCase):
    def test_the_next_level_of_the_top_is_the_root(self) -> None:
        self.assertEqual(self.names("", True), {ROUTER: False})

    def test_the_next_level_of_an_object_is_without_itself(self) -> None:
        below = self.names(ROUTER + "Layer3Forwarding.", True)
        self.assertIn(FORWARDING, below)
        self.assertIn(FORWARDINGS, below)
        self.assertNotIn(ROUTER + "Layer3Forwarding.", below)
        self.assertEqual([path for path in below if parent(path) != ROUTER + "Layer3Forwarding."], [])

    def test_the_next_level_of_a_table_is_its_instances(self) -> None:
        self.assertEqual(self.names(FORWARDING, True), {FORWARDING + "1.": True})

    def test_the_next_level_of_a_parameter_is_a_fault(self) -> None:
        self.assertEqual(self.code(self.device, m.GetParameterNames(INTERVAL, True)), 9003)

    def test_all_below_an_object_includes_it(self) -> None:
        below = self.names(SERVER, False)
        self.assertEqual(next(iter(below)), SERVER)
        self.assertEqual(set(below), {path for path in model().parameters if path.startswith(SERVER)})

    def test_all_below_the_top_is_everything_in_its_order(self) -> None:
        self.assertEqual(set(self.names("", False)), set(model().parameters))
        seen = {""}
        for path in self.names("", False):
            self.assertIn(parent(path), seen)
            seen.add(path)

    def test_all_below_a_parameter_is_itself(self) -> None:
        self.assertEqual(self.names(INTERVAL, False), {INTERVAL: True})

    def test_writable_says_what_may_be_done(self) -> None:
        told = self.names("", False)
        self.assertTrue(told[FORWARDING])
        self.assertTrue(told[FORWARDING + "1."])
        self.assertFalse(told[FORWARDINGS])
        self.assertFalse(told[HOSTS])

    def test_a_path_that_does_not_exist_is_a_fault(self) -> None:
        for next_level in (False, True):
            self.assertEqual(self.code(self.device, m.GetParameterNames(ROUTER + "X.", next_level)), 9005)


class SetValuesTests(ParameterTestCase):
    def test_values_and_the_key_are_set(self) -> None:
        request = setting(value(PROVISIONING, "a b"), value(INTERVAL, "77", "unsignedInt"), key="k1")
        self.assertEqual(self.ask(self.device, request), m.SetParameterValuesResponse(0))
        told = self.values(PROVISIONING, INTERVAL, KEY)
        self.assertEqual(told, {PROVISIONING: "a b", INTERVAL: "77", KEY: "k1"})

    def test_what_is_set_is_taken_as_it_is(self) -> None:
        self.ask(self.device, setting(value(PROVISIONING, "{serial}")))
        self.assertEqual(self.values(PROVISIONING), {PROVISIONING: "{serial}"})

    def test_a_hidden_parameter_takes_a_value_and_does_not_tell_it(self) -> None:
        self.ask(self.device, setting(value(WLAN + "KeyPassphrase", "geheimnis")))
        self.assertEqual(self.device.tree.value(WLAN + "KeyPassphrase"), "geheimnis")
        self.assertEqual(self.values(WLAN + "KeyPassphrase"), {WLAN + "KeyPassphrase": ""})

    def test_each_bad_parameter_is_named_and_none_is_set(self) -> None:
        refused = self.refused(
            value(PROVISIONING, "good"),
            value(ROUTER + "Nothing", "x"),
            value(SERVER, "an object"),
            value(INTERVAL, "5", "string"),
            value(SERVER + "PeriodicInformEnable", "yes", "boolean"),
            value(ROUTER + "DeviceInfo.SoftwareVersion", "9"),
        )
        self.assertEqual(
            refused,
            {
                ROUTER + "Nothing": 9005,
                SERVER: 9005,
                INTERVAL: 9006,
                SERVER + "PeriodicInformEnable": 9007,
                ROUTER + "DeviceInfo.SoftwareVersion": 9008,
            },
        )

    def test_the_key_itself_cannot_be_set(self) -> None:
        self.assertEqual(self.refused(value(KEY, "mine")), {KEY: 9008})

    def test_a_name_given_twice_is_refused(self) -> None:
        self.assertEqual(self.refused(value(PROVISIONING, "a"), value(PROVISIONING, "b")), {})

    def test_a_value_without_a_type_is_taken_by_the_parameters_own(self) -> None:
        self.assertEqual(
            self.ask(self.device, setting(value(PROVISIONING, "x", ""))), m.SetParameterValuesResponse()
        )

    def test_devices_that_share_a_model_do_not_share_values(self) -> None:
        other = self.cpe()
        self.ask(self.device, setting(value(PROVISIONING, "mine")))
        self.assertEqual(other.tree.value(PROVISIONING), "")


class AttributeTests(ParameterTestCase):
    def attributes(self, *names: str) -> dict[str, tuple[int, tuple[str, ...]]]:
        answer = self.ask(self.device, m.GetParameterAttributes(names))
        assert isinstance(answer, m.GetParameterAttributesResponse), answer
        return {each.Name: (each.Notification, each.AccessList) for each in answer.ParameterList}

    def change(self, name: str, notification: int | None, access: tuple[str, ...] | None = None) -> m.Message:
        change = SetParameterAttributesStruct(
            name,
            notification is not None,
            notification or 0,
            access is not None,
            access or (),
        )
        return self.ask(self.device, m.SetParameterAttributes((change,)))

    def test_a_device_begins_with_the_notifications_of_its_model(self) -> None:
        told = self.attributes(PROVISIONING, SERVER + "ConnectionRequestURL", INTERVAL)
        self.assertEqual([notification for notification, _ in told.values()], [2, 2, 0])
        self.assertEqual(told[INTERVAL], (0, ("Subscriber",)))

    def test_notification_and_access_list_change_each_by_itself(self) -> None:
        self.change(INTERVAL, 1)
        self.assertEqual(self.attributes(INTERVAL), {INTERVAL: (1, ("Subscriber",))})
        self.change(INTERVAL, None, ())
        self.assertEqual(self.attributes(INTERVAL), {INTERVAL: (1, ())})

    def test_a_partial_path_changes_all_that_is_below_it_now(self) -> None:
        self.change(FORWARDING, 2)
        added = self.ask(self.device, m.AddObject(FORWARDING))
        self.assertEqual(added, m.AddObjectResponse(2))
        told = self.attributes(FORWARDING)
        old = {notification for path, (notification, _) in told.items() if path.startswith(FORWARDING + "1.")}
        new = {notification for path, (notification, _) in told.items() if path.startswith(FORWARDING + "2.")}
        self.assertEqual((old, new), ({2}, {0}))

    def test_what_is_forced_cannot_be_changed_by_name(self) -> None:
        self.assertEqual(self.change(PROVISIONING, 0).FaultCode, 9009)  # type: ignore[attr-defined]
        self.change(ROUTER + "DeviceInfo.", 0)
        self.assertEqual(self.attributes(PROVISIONING)[PROVISIONING][0], 2)

    def test_what_can_be_denied_is_denied(self) -> None:
        uptime = ROUTER + "DeviceInfo.UpTime"
        self.assertEqual(self.change(uptime, 2).FaultCode, 9009)  # type: ignore[attr-defined]
        self.assertEqual(self.change(uptime, 1), m.SetParameterAttributesResponse())
        self.assertEqual(self.attributes(uptime)[uptime][0], 1)

    def test_one_bad_change_leaves_all_undone(self) -> None:
        changes = (
            SetParameterAttributesStruct(INTERVAL, True, 1),
            SetParameterAttributesStruct(ROUTER + "Nothing", True, 1),
        )
        self.assertEqual(self.code(self.device, m.SetParameterAttributes(changes)), 9005)
        self.assertEqual(self.attributes(INTERVAL)[INTERVAL][0], 0)

    def test_the_lightweight_notifications_need_a_later_version(self) -> None:
        self.assertEqual(self.change(INTERVAL, 3).FaultCode, 9003)  # type: ignore[attr-defined]
        self.device = self.cpe("tr181-router")
        interval = FIBRE + "ManagementServer.PeriodicInformInterval"
        self.assertEqual(self.change(interval, 3), m.SetParameterAttributesResponse())

    def test_attributes_do_not_change_the_key(self) -> None:
        self.ask(self.device, setting(value(PROVISIONING, "x"), key="k"))
        self.change(INTERVAL, 1)
        self.assertEqual(self.values(KEY), {KEY: "k"})


class ObjectTests(ParameterTestCase):
    def test_an_instance_is_made_from_the_template(self) -> None:
        answer = self.ask(self.device, m.AddObject(FORWARDING, "k2"))
        self.assertEqual(answer, m.AddObjectResponse(2, 0))
        template = model().templates[FORWARDING + "{i}."]
        self.assertEqual(
            self.names(FORWARDING + "2.", False),
            {
                FORWARDING + "2.": True,
                **{f"{FORWARDING}2.{name}": e.writable for name, e in template.items()},
            },
        )
        self.assertEqual(self.values(FORWARDINGS, KEY), {FORWARDINGS: "2", KEY: "k2"})

    def test_the_new_instance_can_be_set(self) -> None:
        self.ask(self.device, m.AddObject(FORWARDING))
        path = FORWARDING + "2.DestIPAddress"
        self.ask(self.device, setting(value(path, "192.0.2.0")))
        self.assertEqual(self.values(path), {path: "192.0.2.0"})

    def test_numbers_are_not_used_again(self) -> None:
        numbers = [self.ask(self.device, m.AddObject(FORWARDING)) for _ in range(2)]
        self.assertEqual(numbers, [m.AddObjectResponse(2), m.AddObjectResponse(3)])
        self.ask(self.device, m.DeleteObject(FORWARDING + "3."))
        self.ask(self.device, m.DeleteObject(FORWARDING + "1."))
        self.assertEqual(self.ask(self.device, m.AddObject(FORWARDING)), m.AddObjectResponse(4))
        self.assertEqual(list(self.names(FORWARDING, True)), [FORWARDING + "2.", FORWARDING + "4."])

    def test_an_instance_and_all_below_it_goes(self) -> None:
        answer = self.ask(self.device, m.DeleteObject(FORWARDING + "1.", "k3"))
        self.assertEqual(answer, m.DeleteObjectResponse(0))
        self.assertEqual(self.names(FORWARDING, True), {})
        self.assertEqual(self.values(FORWARDINGS, KEY), {FORWARDINGS: "0", KEY: "k3"})
        for request in (
            m.GetParameterValues((FORWARDING + "1.Enable",)),
            m.GetParameterNames(FORWARDING + "1.", True),
            m.DeleteObject(FORWARDING + "1."),
        ):
            self.assertEqual(self.code(self.device, request), 9005)
        self.assertEqual(
            self.refused(value(FORWARDING + "1.Enable", "1", "boolean")), {FORWARDING + "1.Enable": 9005}
        )

    def test_tables_within_instances_can_be_added_to(self) -> None:
        self.device = self.cpe("tr181-router")
        pool = "Device.DHCPv4.Server.Pool."
        added = self.ask(self.device, m.AddObject(pool))
        assert isinstance(added, m.AddObjectResponse)
        inner = f"{pool}{added.InstanceNumber}.StaticAddress."
        self.assertEqual(self.names(inner, True), {})
        self.assertEqual(self.ask(self.device, m.AddObject(inner)), m.AddObjectResponse(1))
        self.assertEqual(
            self.values(inner[: -len(".")] + "NumberOfEntries"), {inner[:-1] + "NumberOfEntries": "1"}
        )

    def test_the_instance_number_goes_into_the_template(self) -> None:
        self.device = self.cpe("tr181-router")
        self.ask(self.device, m.AddObject("Device.ManagementServer.InformParameter."))
        alias = "Device.ManagementServer.InformParameter.1.Alias"
        self.assertEqual(self.values(alias), {alias: "cpe-1"})

    def test_what_is_no_table_takes_no_instance(self) -> None:
        for path in (FORWARDING + "1.", ROUTER, HOSTS, ROUTER + "Nothing."):
            self.assertEqual(self.code(self.device, m.AddObject(path, "k")), 9005, path)
        self.assertEqual(self.values(KEY), {KEY: ""})

    def test_what_is_no_instance_cannot_be_deleted(self) -> None:
        for path in (FORWARDING, ROUTER, FORWARDING + "9."):
            self.assertEqual(self.code(self.device, m.DeleteObject(path)), 9005, path)
        self.assertEqual(self.code(self.device, m.DeleteObject(HOSTS + "1.", "k")), 9003)
        self.assertEqual(self.values(KEY), {KEY: ""})


class FactoryResetTests(ParameterTestCase):
    def test_everything_is_as_it_was(self) -> None:
        before = self.values("")
        self.ask(self.device, setting(value(PROVISIONING, "x"), key="k"))
        self.ask(self.device, m.AddObject(FORWARDING))
        self.ask(self.device, m.DeleteObject(FORWARDING + "1."))
        self.ask(self.device, m.SetParameterAttributes((SetParameterAttributesStruct(INTERVAL, True, 2),)))
        self.device.tree.reset()
        self.assertEqual(self.values(""), before)
        self.assertEqual(self.device.tree.attributes(INTERVAL), (0, ("Subscriber",)))


def apply(device: SimulatedCPE, table: str, number: int, add: bool) -> None:
    """Add or delete an instance, whatever comes of it."""
    try:
        if add:
            parameters.add_object(device.tree, table, "")
        else:
            parameters.delete_object(device.tree, f"{table}{number}.", "")
    except Refusal:
        pass


TABLES = (
    "Device.DHCPv4.Server.Pool.",
    "Device.DHCPv4.Server.Pool.1.StaticAddress.",
    "Device.NAT.PortMapping.",
)
STEPS = st.lists(st.tuples(st.sampled_from(TABLES), st.integers(1, 4), st.booleans()), max_size=20)


class TreeProperties(WorldTestCase):
    @settings(max_examples=100, deadline=None)
    @given(STEPS)
    def test_names_values_and_counts_agree_whatever_was_added_and_deleted(
        self, steps: list[tuple[str, int, bool]]
    ) -> None:
        device = cpe("tr181-router")
        tree = device.tree
        for step in steps:
            apply(device, *step)
        names = [info.Name for info in parameters.get_names(tree, "", False)]
        told = [value.Name for value in parameters.get_values(tree, ("",))]
        self.assertEqual([name for name in names if not is_partial(name)], told)
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertIn(name, tree.children(parent(name)))
        for table in TABLES:
            instances = [name for name in names if parent(name) == table and is_instance(name)]
            if table in names:
                self.assertEqual(tree.value(table[:-1] + "NumberOfEntries"), str(len(instances)))
