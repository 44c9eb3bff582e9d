"""``acsctl import genieacs``: what is made of GenieACS's exports, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.errors import CommandFailed
from acs.ctl.genieacs.command import kind_of
from acs.ctl.genieacs.devices import NotMapped, device_of
from acs.ctl.genieacs.documents import read_documents
from acs.ctl.genieacs.presets import wanted_of
from tests.ctl import acsctl
from tests.support.appliance import ApplianceProcess

ID = "00236a-SR552n-SR552NA084%2D0003269"
OURS = "00236A-SR552n-SR552NA084%2D0003269"
DEVICE: dict[str, Any] = {
    "_id": ID,
    "_deviceId": {
        "_Manufacturer": "SmartRG",
        "_OUI": "00236a",
        "_ProductClass": "SR552n",
        "_SerialNumber": "SR552NA084-0003269",
    },
    "_lastInform": "2026-11-24T10:00:00.000Z",
    "_registered": "2025-01-02T03:04:05.678Z",
    "_tags": ["fiber", "north"],
    "_timestamp": "2026-11-24T10:00:00.000Z",
    "InternetGatewayDevice": {
        "_object": True,
        "DeviceInfo": {
            "_object": True,
            "_writable": False,
            "SoftwareVersion": {"_value": "2.4", "_type": "xsd:string", "_writable": False},
            "UpTime": {"_value": 3600, "_type": "xsd:unsignedInt", "_timestamp": "2026-11-24T10:00:00.000Z"},
        },
        "Time": {"Enable": {"_value": True, "_type": "xsd:boolean", "_writable": True}},
    },
    "VirtualParameters": {"pppoe": {"_value": "x"}},
}
PRESET: dict[str, Any] = {
    "_id": "inform",
    "weight": 0,
    "channel": "default",
    "precondition": '{"_tags": "fiber"}',
    "configurations": [
        {
            "type": "value",
            "name": "InternetGatewayDevice.ManagementServer.PeriodicInformInterval",
            "value": "300",
        },
        {"type": "add_tag", "tag": "seen"},
    ],
}
SCRIPT = {"_id": "default", "script": "declare(...)"}


class DocumentTests(SynchronousTestCase):
    """Files."""

    def file(self, text: str | bytes, name: str = "export") -> Path:
        path = Path(self.mktemp() + name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def test_documents_are_read_however_they_stand_in_the_file(self) -> None:
        documents = [DEVICE, PRESET]
        one, two = map(json.dumps, documents)
        for text in (
            json.dumps(documents),
            json.dumps(documents, indent=2),
            f"[\n{one},\n{two}\n]",  # as its interface writes them
            f"{one}\n{two}\n",  # as mongoexport does
            f"[{one},\n{two}]\n",
            f"\ufeff\n{one}\n\n{two}",
        ):
            self.assertEqual(documents, list(read_documents(self.file(text))), text[:20])
        for text in ("", "[]", "[\n]"):
            self.assertEqual([], list(read_documents(self.file(text))))

    def test_times_and_numbers_of_mongoexport_are_plain(self) -> None:
        text = (
            '{"_lastInform": {"$date": "2026-11-24T10:00:00Z"},'
            ' "_registered": {"$date": {"$numberLong": "1000"}},'
            ' "n": [{"$numberInt": "5"}, {"$numberDouble": "2.5"}], "_id": {"$oid": "54"}}'
        )
        (found,) = read_documents(self.file(text))
        expected = {
            "_lastInform": "2026-11-24T10:00:00Z",
            "_registered": "1970-01-01T00:00:01Z",
            "n": [5, 2.5],
            "_id": "54",
        }
        self.assertEqual(expected, found)

    def test_a_table_has_a_document_for_each_row(self) -> None:
        rows = list(read_documents(self.file('Device ID,"Tags"\n00236A-1,"a, b"\n00236A-2,\n')))
        self.assertEqual(
            [
                {"_row": {"Device ID": "00236A-1", "Tags": "a, b"}},
                {"_row": {"Device ID": "00236A-2", "Tags": ""}},
            ],
            rows,
        )

    def test_what_is_no_export_is_refused(self) -> None:
        for text in (
            b"\xff\xfe\x00",
            "{",
            "[1, 2]",
            "[{}, 1]",
            '{"a": 1}\n{"b": 2}\n{"c"',
            "[" * 100_000,
            '{"a":' * 300 + "1" + "}" * 300 + "x",
        ):
            with self.assertRaises(CommandFailed):
                list(read_documents(self.file(text)))


class DeviceTests(SynchronousTestCase):
    def test_a_device_comes_with_all_that_was_known_of_it(self) -> None:
        known = device_of(DEVICE)
        self.assertEqual(OURS, known.id)
        self.assertEqual("SmartRG", known.who.Manufacturer)
        self.assertEqual(("fiber", "north"), known.tags)
        self.assertEqual(
            {
                "last_inform": "2026-11-24T10:00:00.000Z",
                "first_seen": "2025-01-02T03:04:05.678Z",
                "software_version": "2.4",
            },
            known.facts,
        )
        self.assertEqual(
            [
                {"name": "InternetGatewayDevice.DeviceInfo.", "writable": False},
                {
                    "name": "InternetGatewayDevice.DeviceInfo.SoftwareVersion",
                    "value": "2.4",
                    "type": "xsd:string",
                    "writable": False,
                },
                {
                    "name": "InternetGatewayDevice.DeviceInfo.UpTime",
                    "value": "3600",
                    "type": "xsd:unsignedInt",
                    "updated": "2026-11-24T10:00:00.000Z",
                },
                {
                    "name": "InternetGatewayDevice.Time.Enable",
                    "value": "1",
                    "type": "xsd:boolean",
                    "writable": True,
                },
            ],
            known.parameters,
        )
        self.assertEqual({"VirtualParameters"}, known.left_out)

    def test_an_id_alone_says_who_it_is(self) -> None:
        for given_id, who in (
            (ID, ("00236A", "SR552n", "SR552NA084-0003269")),
            ("00236A-1", ("00236A", "", "1")),
            ("00236A-a%2Fb-%C3%A9", ("00236A", "a/b", "é")),
        ):
            found = device_of({"_id": given_id, "_lastInform": 0}).who
            self.assertEqual(who, (found.OUI, found.ProductClass, found.SerialNumber))

    def test_a_row_of_its_pages_is_a_device_where_it_says_which(self) -> None:
        row = {
            "Device ID": ID,
            "Manufacturer": "SmartRG",
            "Software version": "2.4",
            "Last inform": "2026-11-24T10:00:00.000Z",
            "Tags": "fiber, north",
            "InternetGatewayDevice.Time.Enable": "true",
            "SSID": "Home",
        }
        known = device_of({"_row": row})
        self.assertEqual((OURS, ("fiber", "north"), {"SSID"}), (known.id, known.tags, known.left_out))
        self.assertEqual("2.4", known.facts["software_version"])
        self.assertEqual(["InternetGatewayDevice.Time.Enable"], [each["name"] for each in known.parameters])
        by_parts = device_of({"_row": {"OUI": "00236a", "Product class": "SR552n", "Serial number": "1"}})
        self.assertEqual("00236A-SR552n-1", by_parts.id)

    def test_what_says_not_who_it_is_is_not_taken(self) -> None:
        for document in (
            {},
            {"_id": "x"},
            {"_id": "a-b-c-d"},
            {"_id": "-"},
            {"_id": "00236A-" + "x" * 100},
            {"_id": "00236A-a%0Ab"},
            {"_row": {"Serial number": "1", "Tags": ""}},
        ):
            with self.assertRaises(NotMapped, msg=document):
                device_of(document)

    @settings(max_examples=100, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["_value", "_type", "_timestamp", "_writable", "a", "_id"]), inner
                )
            ),
        )
    )
    def test_whatever_stands_in_a_document_is_taken_or_not(self, inner: Any) -> None:
        try:
            known = device_of(
                {"_id": "00236A-1", "_tags": inner, "_lastInform": inner, "Device": {"X": inner}}
            )
        except NotMapped:
            return
        json.dumps([known.facts, known.parameters])

    def test_a_tree_without_end_is_cut(self) -> None:
        tree: dict[str, Any] = {"_value": "x"}
        for _ in range(900):
            tree = {"a": tree}
        known = device_of({"_id": "00236A-1", "Device": tree})
        self.assertEqual([], known.parameters)
        self.assertEqual(1, len(known.left_out))


class PresetTests(SynchronousTestCase):
    def test_a_preset_becomes_the_configuration_of_a_scope(self) -> None:
        for precondition, scope, name in (
            ("", "all", "default"),
            ("true", "all", "default"),
            ("{}", "all", "default"),
            ({}, "all", "default"),
            ('{"_tags": "fiber"}', "tag", "fiber"),
            ("Tags.fiber = true", "tag", "fiber"),
            ("Tags.fiber IS NOT NULL", "tag", "fiber"),
            ('{"_deviceId._Manufacturer": "SmartRG"}', "vendor", "SmartRG"),
            (
                'DeviceID.Manufacturer = "SmartRG" AND DeviceID.ProductClass = "SR552n"',
                "model",
                "SmartRG/SR552n",
            ),
            (f'DeviceID.ID = "{ID}"', "device", ID),
        ):
            wanted = wanted_of({**PRESET, "precondition": precondition})
            self.assertEqual((scope, name), (wanted.scope, wanted.name), precondition)
        self.assertEqual(
            {"InternetGatewayDevice.ManagementServer.PeriodicInformInterval": "300"}, wanted.parameters
        )
        self.assertEqual(["add_tag"], wanted.left_out)

    def test_what_is_for_a_device_from_the_factory_stays_so(self) -> None:
        wanted = wanted_of({**PRESET, "events": {"0 BOOTSTRAP": True}})
        self.assertEqual([{"value": "300", "bootstrap_only": True}], list(wanted.parameters.values()))

    def test_what_no_configuration_can_say_is_told(self) -> None:
        for more, reason in (
            ({"provision": "default"}, "script"),
            ({"schedule": "0 0 * * *"}, "schedule"),
            ({"events": {"1 BOOT": True}}, "1 BOOT"),
            ({"events": {"0 BOOTSTRAP": False}}, "0 BOOTSTRAP"),
            ({"precondition": '{"_tags": {"$ne": "x"}}'}, "_tags"),
            ({"precondition": "{"}, "cannot be read"),
            ({"precondition": '{"Device.X": "y"}'}, "Device.X"),
            ({"precondition": "Device.X > 5"}, "Device.X > 5"),
            ({"precondition": 'DeviceID.ProductClass = "x"'}, "ProductClass"),
            ({"precondition": 'Tags.a = true AND DeviceID.Manufacturer = "x"'}, "no scope"),
            ({"configurations": []}, "no values"),
            ({"configurations": [{"type": "value", "name": "Device.X", "value": "{{ y }}"}]}, "{{"),
            ({"configurations": [5, {"type": "refresh", "name": "Device.X"}]}, "refresh Device.X"),
        ):
            with self.assertRaises(NotMapped) as refusal:
                wanted_of({**PRESET, **more})
            self.assertIn(reason, str(refusal.exception), more)

    def test_documents_are_told_apart(self) -> None:
        for document, kind in (
            (DEVICE, "device"),
            (PRESET, "preset"),
            ({"_id": "x", "weight": 0, "provision": "y"}, "preset"),
            (SCRIPT, "provision"),
            ({"_id": "1", "device": "x", "name": "reboot"}, "task"),
            ({"_id": "x:default", "device": "x", "channel": "default", "code": "y"}, "fault"),
            ({"_id": "x", "filename": "x", "metadata": {}}, "file"),
            ({"_id": "x"}, "document"),
        ):
            self.assertEqual(kind, kind_of(document), document)


class CommandTests(SynchronousTestCase):
    """With a whole appliance."""

    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        self.appliance = ApplianceProcess(folder)
        self.devices, self.others = folder / "devices.json", folder / "presets.json"
        more = {**DEVICE, "_id": "00236A-2", "_deviceId": {}, "_tags": []}
        self.devices.write_text(json.dumps([DEVICE, more, {**DEVICE, "_id": "odd", "_deviceId": {}}]))
        self.others.write_text(
            json.dumps(
                [
                    PRESET,
                    SCRIPT,
                    {
                        **PRESET,
                        "_id": "light",
                        "weight": -1,
                        "configurations": [{**PRESET["configurations"][0], "value": "900"}],
                    },
                ]
            )
        )

    def load(self, *more: str) -> Any:
        return self.appliance.asked("import", "genieacs", str(self.devices), str(self.others), *more)

    def test_a_dry_run_needs_no_appliance(self) -> None:
        said = self.load("--dry-run")
        self.assertEqual((2, 1, True), (said["registered"], said["configured"], said["dry_run"]))
        unmapped = {each["what"] for each in said["unmapped"]}
        self.assertEqual({"VirtualParameters", "device odd", "preset inform", "provision default"}, unmapped)

    def test_devices_and_configurations_are_taken_over_once(self) -> None:
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        said = self.load()
        self.assertEqual((2, 1), (said["registered"], said["configured"]))
        unmapped = {each["what"]: each["reason"] for each in said["unmapped"]}
        self.assertEqual(
            {"device odd", "provision default", "preset inform", "VirtualParameters"}, set(unmapped)
        )
        self.assertIn("script", unmapped["provision default"])

        told = self.appliance.asked("device", "show", OURS)
        self.assertEqual(("SmartRG", ["fiber", "north"]), (told["manufacturer"], told["tags"]))
        self.assertEqual(("2.4", "2026-11-24T10:00:00.000Z"), (told["software_version"], told["last_inform"]))
        names = [each["name"] for each in self.appliance.asked("device", "parameters", OURS)]
        self.assertIn("InternetGatewayDevice.Time.Enable", names)
        configuration = self.appliance.asked("config", "get", "tag", "fiber")
        (value,) = configuration["parameters"].values()
        self.assertEqual("300", value)

        again = self.load()
        self.assertEqual(
            (0, 2, 0, 0, 1),
            tuple(
                again[name]
                for name in ("registered", "registered_already", "tagged", "configured", "configured_already")
            ),
        )
        self.assertEqual(configuration, self.appliance.asked("config", "get", "tag", "fiber"))
        text = self.appliance.acsctl("import", "genieacs", str(self.devices))
        self.assertIn("devices: 0 registered, 2 were already", text)
        self.assertIn("  device odd: its id is not", text)

    def test_what_an_operator_has_said_meanwhile_stays(self) -> None:
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.load()
        path = "InternetGatewayDevice.ManagementServer.PeriodicInformInterval"
        self.appliance.acsctl("config", "set", "tag", "fiber", f"{path}=1200")
        said = self.load()
        self.assertIn("tag fiber", [each["what"] for each in said["unmapped"]])
        self.assertEqual({path: "1200"}, self.appliance.asked("config", "get", "tag", "fiber")["parameters"])

    def test_the_two_imports_are_not_taken_for_each_other(self) -> None:
        for words in (
            ("import", "a", "b"),
            ("import", "genieacs", "--dry-run"),
            ("import", "--dry-run", "a"),
            ("import",),
            ("--url", "http://x", "--token", "t", "import", "a"),
        ):
            self.assertEqual(2, acsctl(*words).status, words)
        self.assertEqual(1, acsctl("import", "genieacs", "--dry-run", "/nowhere").status)
