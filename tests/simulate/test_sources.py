"""Tests of `acs.simulate.sources` and its forms: shipped models, saved devices, the Forum's files."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.paths import is_partial
from acs.cwmp.values import ParameterValueStruct
from acs.simulate import shipped
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity, raised
from acs.simulate.model import Model, ModelProblem, Notify
from acs.simulate.placeholders import fill
from acs.simulate.sources import load, read
from tests import REFERENCE, needs_reference
from tests.simulate.worlds import ROUTER, WorldTestCase, model

FORUM = "bbf/datamodel/"


class SourceTestCase(WorldTestCase):
    def problem(self, source: str, data: bytes | None = None) -> str:
        """Why a model cannot be had."""
        with self.assertRaises(ModelProblem) as caught:
            load(source) if data is None else read(source, data)
        self.assertTrue(str(caught.exception).startswith(f"{source}: "))
        return caught.exception.reason

    def device(self, kind: Model) -> SimulatedCPE:
        return SimulatedCPE(kind, Identity(kind.oui, "S7", number=7), self.clock, self.cpe().chance)


class LoadTests(SourceTestCase):
    def test_the_shipped_models_are_had_by_name(self) -> None:
        self.assertIn("tr098-router", shipped.names())
        for name in shipped.names():
            kind = load(name)
            self.assertEqual(kind.name, name)
            self.assertGreater(len(kind.parameters), 100)

    def test_a_file_of_the_same_form_is_read(self) -> None:
        text = shipped.text_of("voip-phone")
        assert text is not None
        path = self.mktemp()
        with open(path, "wb") as file:
            file.write(text)
        self.assertEqual(load(path).parameters, load("voip-phone").parameters)

    def test_a_name_that_is_none_lists_those_that_are(self) -> None:
        reason = self.problem("tr099")
        self.assertIn("No such file", reason)
        self.assertIn("tr098-router", reason)

    def test_what_has_no_known_form_is_refused(self) -> None:
        self.assertEqual(self.problem("f", b"hello"), "neither JSON nor XML")
        self.assertEqual(self.problem("f", b""), "neither JSON nor XML")
        self.assertIn("not JSON", self.problem("f", b'{"items": ['))
        self.assertIn("not a device model", self.problem("f", b"{}"))
        self.assertIn("not a data model file", self.problem("f", b"<html/>"))
        self.assertIn("not a device's parameters", self.problem("f", b"[1]"))

    def test_notifications_and_hidden_parameters_are_known(self) -> None:
        entries = model().parameters
        self.assertIs(entries[ROUTER + "DeviceInfo.SoftwareVersion"].notify, Notify.FORCED)
        self.assertEqual(entries[ROUTER + "ManagementServer.ConnectionRequestURL"].notification, 2)
        self.assertTrue(entries[ROUTER + "LANDevice.1.WLANConfiguration.2.KeyPassphrase"].hidden)
        table = ROUTER + "WANDevice.{i}.WANConnectionDevice.{i}.WANPPPConnection.{i}."
        self.assertTrue(model().templates[table]["Password"].hidden)

    def test_values_can_be_put_in_its_place_and_the_model_stays(self) -> None:
        path = model().server("Username")
        changed = model().with_values({path: "u-{serial}", "Nothing.": "x"})
        self.assertEqual(self.device(changed).tree.value(path), "u-S7")
        self.assertEqual(model().parameters[path].value, "{oui}-{serial}")
        self.assertNotIn("Nothing.", changed.parameters)


def item(name: str, value: str | None = None, **members: Any) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "type": "" if value is None else "xsd:string",
        "writable": False,
        "notification": None,
        "access_list": None,
        "updated": "2026-11-30T12:00:00Z",
        **members,
    }


SAVED = [
    item("Device."),
    item("Device.DeviceInfo.Manufacturer", "Acme"),
    item("Device.DeviceInfo.ManufacturerOUI", "0a0b0c"),
    item("Device.DeviceInfo.ProductClass", "Box"),
    item("Device.DeviceInfo.SerialNumber", "REAL-0099"),
    item("Device.DeviceInfo.SoftwareVersion", "1.2", notification=2),
    item("Device.RootDataModelVersion", "2.11"),
    item("Device.ManagementServer.ConnectionRequestURL", "http://10.0.0.9/x"),
    item("Device.ManagementServer.URL", "http://real.example/", writable=True),
    item("Device.ManagementServer.PeriodicInformEnable", "1", type="xsd:boolean", writable=True),
    item("Device.ManagementServer.PeriodicInformInterval", "3600", type="xsd:unsignedInt", writable=True),
    item("Device.ManagementServer.ParameterKey", "old"),
    item("Device.WiFi.SSIDNumberOfEntries", "2", type="xsd:unsignedInt"),
    item("Device.WiFi.SSID.", writable=True),
    item("Device.WiFi.SSID.2.", writable=True),
    item("Device.WiFi.SSID.2.SSID", "{serial}", writable=True, access_list=[]),
    item("Device.WiFi.SSID.10.", writable=True),
    item("Device.WiFi.SSID.10.SSID", "ten", writable=True),
    item("Device.WiFi.SSID.10.Enable", "true", type="xsd:boolean", writable=True),
]


class SavedTests(SourceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.model = read("saved.json", json.dumps({"items": SAVED, "next": None}).encode())

    def test_it_is_the_device_that_was_saved(self) -> None:
        kind = self.model
        identity = (
            kind.manufacturer,
            kind.oui,
            kind.product_class,
            kind.serial,
            kind.root,
            kind.cwmp_version,
        )
        self.assertEqual(identity, ("Acme", "0A0B0C", "Box", "REAL-0099", "Device.", "1.2"))
        self.assertEqual(
            kind.inform,
            (
                "Device.RootDataModelVersion",
                "Device.DeviceInfo.SoftwareVersion",
                "Device.ManagementServer.ConnectionRequestURL",
                "Device.ManagementServer.ParameterKey",
            ),
        )

    def test_a_list_of_items_alone_is_the_same(self) -> None:
        self.assertEqual(read("saved.json", json.dumps(SAVED).encode()), self.model)

    def test_what_is_a_devices_own_becomes_the_new_devices(self) -> None:
        tree = self.device(self.model).tree
        self.assertEqual(tree.value("Device.DeviceInfo.SerialNumber"), "S7")
        self.assertEqual(tree.value("Device.ManagementServer.URL"), "http://127.0.0.1:7547/")
        self.assertNotEqual(tree.value("Device.ManagementServer.ConnectionRequestURL"), "http://10.0.0.9/x")

    def test_what_a_device_had_in_braces_is_no_placeholder(self) -> None:
        self.assertEqual(self.device(self.model).tree.value("Device.WiFi.SSID.2.SSID"), "{serial}")

    def test_its_own_interval_is_kept(self) -> None:
        self.assertEqual(self.device(self.model).due(), self.clock.seconds())  # to bootstrap
        device = self.device(self.model)
        self.call(device)
        self.assertEqual(device.due() - self.clock.seconds(), 3600)

    def test_attributes_are_kept(self) -> None:
        tree = self.device(self.model).tree
        self.assertEqual(tree.attributes("Device.DeviceInfo.SoftwareVersion"), (2, ("Subscriber",)))
        self.assertEqual(tree.attributes("Device.WiFi.SSID.2.SSID"), (0, ()))

    def test_objects_that_were_not_listed_are_there(self) -> None:
        names = self.ask(self.device(self.model), m.GetParameterNames("Device.", True))
        assert isinstance(names, m.GetParameterNamesResponse)
        told = [info.Name for info in names.ParameterList]
        self.assertEqual(
            told,
            ["Device.DeviceInfo.", "Device.ManagementServer.", "Device.RootDataModelVersion", "Device.WiFi."],
        )

    def test_an_instance_like_the_first_one_can_be_added(self) -> None:
        device = self.device(self.model)
        self.assertEqual(self.ask(device, m.AddObject("Device.WiFi.SSID.")), m.AddObjectResponse(11))
        answer = self.ask(
            device, m.GetParameterValues(("Device.WiFi.SSID.11.", "Device.WiFi.SSIDNumberOfEntries"))
        )
        assert isinstance(answer, m.GetParameterValuesResponse)
        self.assertEqual(
            answer.ParameterList,
            (
                ParameterValueStruct("Device.WiFi.SSID.11.SSID", "", "xsd:string"),
                ParameterValueStruct("Device.WiFi.SSIDNumberOfEntries", "3", "xsd:unsignedInt"),
            ),
        )

    def test_a_shipped_device_saved_and_played_again_is_the_same(self) -> None:
        device = self.cpe("tr181-router")
        acs = self.call(device, m.GetParameterNames("", False), m.GetParameterValues(("",)))
        names, values = acs.answers
        assert isinstance(names, m.GetParameterNamesResponse)
        assert isinstance(values, m.GetParameterValuesResponse)
        told = {each.Name: each for each in values.ParameterList}
        items = [
            item(
                info.Name,
                each.Value if each else None,
                type=each.Type if each else None,
                writable=info.Writable,
            )
            for info in names.ParameterList
            for each in [told.get(info.Name)]
        ]
        again = read("again", json.dumps(items).encode())
        self.assertEqual(set(again.parameters), set(device.model.parameters))
        self.assertEqual(
            {path: (entry.type, entry.writable) for path, entry in again.parameters.items()},
            {path: (entry.type, entry.writable) for path, entry in device.model.parameters.items()},
        )

    def test_what_is_called_like_a_count_and_does_not_count_its_table_is_none(self) -> None:
        self.assertEqual({"Device.WiFi.SSID.": "SSIDNumberOfEntries"}, self.model.counts)
        other = [{**each, "value": "5"} if "NumberOf" in each["name"] else each for each in SAVED]
        self.assertEqual({}, read("saved.json", json.dumps(other).encode()).counts)

    def test_a_tree_without_a_management_server_is_no_device(self) -> None:
        self.assertIn("not a whole device", self.problem("f", json.dumps([item("Device.A.B", "1")]).encode()))

    def test_a_path_that_is_none_is_refused(self) -> None:
        self.assertIn("has no dot", self.problem("f", json.dumps([item("nonsense", "1")]).encode()))


class ForumTests(SourceTestCase):
    skip = needs_reference(FORUM)

    def model(self, name: str) -> Model:
        return load(str(REFERENCE / FORUM / name))

    def test_a_gateway_has_everything_of_its_data_model(self) -> None:
        kind = self.model("tr-181-2-11-0-full.xml")
        self.assertEqual((kind.name, kind.root), ("Device:2.11", "Device."))
        self.assertGreater(len(kind.parameters), 4000)
        self.assertIn("Device.WiFi.SSID.1.SSID", kind.parameters)
        self.assertEqual([path for path in kind.parameters if "{i}" in path], [])

    def test_it_can_be_played(self) -> None:
        for name in ("tr-181-2-11-0-full.xml", "tr-098-1-8-0-full.xml", "tr-181-1-7-0-full.xml"):
            device = self.device(self.model(name))
            acs = self.call(device, m.GetParameterNames("", False), m.GetParameterValues(("",)))
            names, values = acs.answers
            assert isinstance(names, m.GetParameterNamesResponse)
            assert isinstance(values, m.GetParameterValuesResponse)
            leaves = [info.Name for info in names.ParameterList if not is_partial(info.Name)]
            self.assertEqual(leaves, [value.Name for value in values.ParameterList])
            self.assertIn("SoftwareVersion", str(acs.informs[0].ParameterList))

    def test_values_are_unset_or_the_models_own(self) -> None:
        device = self.device(self.model("tr-181-2-11-0-full.xml"))
        for path, value in (
            ("Device.ManagementServer.EnableCWMP", "true"),
            ("Device.ManagementServer.PeriodicInformInterval", "10"),
            ("Device.WiFi.SSIDNumberOfEntries", "1"),
            ("Device.WiFi.SSID.1.SSID", ""),
            ("Device.DeviceInfo.SerialNumber", "S7"),
        ):
            self.assertEqual(device.tree.value(path), value, path)

    def test_the_data_model_says_what_may_be_set(self) -> None:
        device = self.device(self.model("tr-181-2-11-0-full.xml"))
        for path, value, kind, code in (
            ("Device.ManagementServer.PeriodicInformInterval", "0", "unsignedInt", 9007),
            ("Device.ManagementServer.PeriodicInformInterval", "1", "unsignedInt", None),
            ("Device.DHCPv4.Server.Pool.1.VendorClassIDMode", "Guess", "string", 9007),
            ("Device.DHCPv4.Server.Pool.1.VendorClassIDMode", "Prefix", "string", None),
            ("Device.WiFi.SSID.1.SSID", "x" * 33, "string", 9007),
            ("Device.WiFi.SSID.1.SSID", "x" * 32, "string", None),
        ):
            answer = self.ask(
                device, m.SetParameterValues((ParameterValueStruct(path, value, f"xsd:{kind}"),))
            )
            told = answer.SetParameterValuesFault[0].FaultCode if isinstance(answer, m.Fault) else None
            self.assertEqual(told, code, path)

    def test_instances_can_be_added_and_tables_in_them_are_empty(self) -> None:
        device = self.device(self.model("tr-181-2-11-0-full.xml"))
        self.assertEqual(self.ask(device, m.AddObject("Device.DHCPv4.Server.Pool.")), m.AddObjectResponse(2))
        inner = "Device.DHCPv4.Server.Pool.2.StaticAddress."
        self.assertEqual(self.ask(device, m.GetParameterNames(inner, True)), m.GetParameterNamesResponse())
        self.assertEqual(self.ask(device, m.AddObject(inner)), m.AddObjectResponse(1))
        self.assertEqual(device.tree.value("Device.DHCPv4.Server.PoolNumberOfEntries"), "2")
        self.assertEqual(device.tree.value("Device.DHCPv4.Server.Pool.2.StaticAddressNumberOfEntries"), "1")

    def test_a_service_alone_is_no_device(self) -> None:
        self.assertIn("not a whole device", self.problem(str(REFERENCE / FORUM / "tr-104-1-1-0-full.xml")))


class PlaceholderTests(SynchronousTestCase):
    def test_serial_numbers_rise_in_their_last_digits(self) -> None:
        for serial, number, expected in (
            ("NF0001", 0, "NF0001"),
            ("NF0001", 9, "NF0010"),
            ("NF9", 1, "NF10"),
            ("NF", 0, "NF"),
            ("NF", 3, "NF3"),
        ):
            self.assertEqual(raised(serial, number), expected)

    def test_placeholders_say_who_a_device_is(self) -> None:
        identity = Identity("02A098", "NF7", number=6, acs="http://acs/", interval=30, secret="s")
        for text, expected in (
            ("{oui}-{serial}", "02A098-NF7"),
            ("{mac} {mac:9}", "02:A0:98:00:00:60 02:A0:98:00:00:69"),
            ("{suffix}", "000060"),
            ("{ip} {gateway}", "198.18.0.8 198.18.0.1"),
            ("{acs} {interval}", "http://acs/ 30"),
            ("cpe-{i}", "cpe-4"),
            ("{unknown} {serial:1} {}", "{unknown} {serial:1} {}"),
        ):
            self.assertEqual(fill(text, identity, 4), expected)
        self.assertEqual(fill("{i}", identity), "{i}")

    def test_passwords_are_of_one_device_and_one_seed(self) -> None:
        passwords = {Identity("02A098", serial, secret=seed).password for serial in "ab" for seed in "12"}
        self.assertEqual(len(passwords), 4)
        for password in passwords:
            self.assertRegex(password, r"\A[0-9a-z]{8,63}\Z")

    def test_every_device_of_a_large_fleet_has_its_own_addresses(self) -> None:
        identities = [Identity("02A098", "", number) for number in range(3000)]
        self.assertEqual(len({identity.ip for identity in identities}), 3000)
        self.assertEqual(
            len({identity.mac(further) for identity in identities for further in range(10)}), 30_000
        )
        for identity in identities:
            self.assertNotEqual(identity.ip, fill("{gateway}", identity))
