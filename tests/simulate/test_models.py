"""Tests of `acs/simulate/models`, the simulator's devices: whole in themselves, and true to the standard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

import acs.simulate
from acs.cwmp.datamodel import RootDataModel, infer
from acs.cwmp.modelfile import ModelObject, ModelParameter, ModelReader
from acs.cwmp.paths import generic, is_instance, is_partial, parent, problem, sort_key
from tests import REFERENCE

MODELS = Path(acs.simulate.__file__).parent / "models"
NAMES = ("airties-air4920", "tr098-router", "tr181-router", "voip-phone")
FORUM = REFERENCE / "bbf" / "datamodel"
#: Which of the Broadband Forum's files a model is made of.
STANDARDS = {
    "airties-air4920": ("tr-098-1-8-0-full.xml", "tr-181-2-11-0-full.xml"),
    "tr098-router": ("tr-098-1-8-0-full.xml",),
    "tr181-router": ("tr-181-2-11-0-full.xml",),
    "voip-phone": ("tr-181-1-7-0-full.xml", "tr-104-1-1-0-full.xml"),
}
IDENTITY = ("manufacturer", "oui", "product_class", "serial")
HEADER = {
    **dict.fromkeys((*IDENTITY, "description", "root", "cwmp_version"), str),
    **dict.fromkeys(("versions", "inform", "hidden"), list),
    **dict.fromkeys(("notification", "counts", "parameters", "templates"), dict),
}
PLACEHOLDER = re.compile(
    r"\{(?:serial|oui|mac|mac:[1-9]|suffix|ip|gateway|url|acs|interval|password|i|now|uptime)\}"
)
NUMBERS = {
    "int": range(-(2**31), 2**31),
    "unsignedInt": range(2**32),
    "long": range(-(2**63), 2**63),
    "unsignedLong": range(2**64),
}
TYPES = ("string", "boolean", *NUMBERS, "dateTime", "base64Binary", "hexBinary", "object")


@cache
def load(name: str) -> dict[str, Any]:
    model = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
    assert isinstance(model, dict)
    return model


def entries(model: dict[str, Any]) -> Iterator[tuple[str, str, str, int]]:
    """Everything that a device may have: (path, value, type, writable); a template's path has ``{i}``."""
    for path, entry in model["parameters"].items():
        yield path, *entry
    for table, template in model["templates"].items():
        for path, entry in template.items():
            yield table + path, *entry


def instances(model: dict[str, Any], table: str) -> list[str]:
    return [path for path in model["parameters"] if parent(path) == table and is_instance(path)]


class WholeTests(SynchronousTestCase):
    """A model is whole in itself."""

    def test_these_are_the_models(self) -> None:
        self.assertEqual(sorted(path.stem for path in MODELS.glob("*.json")), list(NAMES))

    def test_the_header_is_complete(self) -> None:
        for name in NAMES:
            model = load(name)
            self.assertEqual({key: type(value) for key, value in model.items()}, HEADER, name)
            self.assertRegex(model["oui"], r"\A[0-9A-F]{6}\Z")
            self.assertRegex(model["serial"], r"\A[A-Z]+[0-9]{4,}\Z")
            self.assertIn(model["cwmp_version"], ("1.0", "1.1", "1.2", "1.3", "1.4"))

    def test_a_path_is_legal_and_named_once(self) -> None:
        for name in NAMES:
            for path, *_ in entries(load(name)):
                self.assertIsNone(problem(path.replace("{i}", "1")), path)
            json.loads((MODELS / f"{name}.json").read_text("utf-8"), object_pairs_hook=self.check_keys)

    def check_keys(self, pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _ in pairs]
        self.assertEqual(len(keys), len(set(keys)), keys)

    def test_an_object_stands_before_what_it_holds(self) -> None:
        for name in NAMES:
            seen = {""}
            for path in load(name)["parameters"]:
                self.assertIn(parent(path), seen, f"{name}: {path}")
                seen.add(path)
            for table, template in load(name)["templates"].items():
                seen = {""}
                for path in template:
                    self.assertIn(parent(path), seen, f"{name}: {table} {path}")
                    seen.add(path)

    def test_instances_are_in_the_order_of_their_numbers(self) -> None:
        for name in NAMES:
            tables = {parent(path) for path in load(name)["parameters"] if is_instance(path)}
            for table in tables:
                found = instances(load(name), table)
                self.assertEqual(found, sorted(found, key=sort_key))

    def test_an_entry_has_a_value_a_type_and_a_flag(self) -> None:
        for name in NAMES:
            for path, value, kind, writable in entries(load(name)):
                self.assertIsInstance(value, str)
                self.assertIn(kind, TYPES, path)
                self.assertIn(writable, (0, 1), path)
                self.assertEqual(kind == "object", is_partial(path), path)

    def test_a_value_has_the_form_of_its_type(self) -> None:
        for name in NAMES:
            for path, value, kind, _ in entries(load(name)):
                if not PLACEHOLDER.search(value):
                    self.check_form(path, value, kind)

    def check_form(self, path: str, value: str, kind: str) -> None:
        if kind in NUMBERS:
            self.assertIn(int(value), NUMBERS[kind], path)
        elif kind == "boolean":
            self.assertIn(value, ("0", "1", "true", "false"), path)
        elif kind == "dateTime":
            self.assertTrue(value.endswith("Z"), path)
            datetime.fromisoformat(value)
        elif kind == "hexBinary":
            bytes.fromhex(value)
        elif kind == "object":
            self.assertEqual(value, "", path)

    def test_braces_hold_a_known_placeholder(self) -> None:
        for name in NAMES:
            for path, value, _, writable in entries(load(name)):
                rest = PLACEHOLDER.sub("", value)
                self.assertNotIn("{", rest, path)
                self.assertNotIn("}", rest, path)
                self.assertTrue("{i}" in path or "{i}" not in value, path)
                if "{now}" in value or "{uptime}" in value:
                    self.assertIn(value, ("{now}", "{uptime}"), path)
                    self.assertEqual(writable, 0, path)

    def test_the_inform_and_the_software_version_are_parameters(self) -> None:
        for name in NAMES:
            model = load(name)
            for path in model["inform"]:
                self.assertFalse(is_partial(path))
                self.assertIn(path, model["parameters"])
            self.assertIn(model["root"] + "DeviceInfo.SoftwareVersion", model["inform"])
            self.assertGreaterEqual(len(set(model["versions"])), 2)

    def test_every_software_version_in_the_tree_is_the_first(self) -> None:
        for name in NAMES:
            model = load(name)
            for path, value, *_ in entries(model):
                if path.endswith(".DeviceInfo.SoftwareVersion"):
                    self.assertEqual(value, model["versions"][0])

    def test_the_root_has_what_a_session_needs(self) -> None:
        for name in NAMES:
            model = load(name)
            server = model["root"] + "ManagementServer."
            self.assertIn(server + "ConnectionRequestURL", model["inform"])
            self.assertIn(server + "ParameterKey", model["inform"])
            self.assertEqual(model["parameters"][server + "ConnectionRequestURL"][0], "{url}")
            self.assertEqual(model["parameters"][server + "PeriodicInformInterval"][0], "{interval}")
            self.assertEqual(model["parameters"][server + "URL"][0], "{acs}")

    def test_the_tree_repeats_the_header(self) -> None:
        leaves = {"Manufacturer": "manufacturer", "ManufacturerOUI": "oui", "ProductClass": "product_class"}
        for name in NAMES:
            model = load(name)
            for path, value, *_ in entries(model):
                key = leaves.get(path.rpartition(".DeviceInfo.")[2])
                if key:
                    self.assertEqual(value, model[key])
                if path.endswith(".DeviceInfo.SerialNumber"):
                    self.assertEqual(value, "{serial}")

    def test_counts_are_right(self) -> None:
        for name in NAMES:
            model = load(name)
            for table, count in model["counts"].items():
                self.assertEqual(generic(count), count)
                self.assertEqual(parent(table), parent(count))
            for path, value, *_ in entries(model):
                tables = [table for table, count in model["counts"].items() if count == generic(path)]
                for table in tables:
                    self.check_count(model, path, value, table)

    def check_count(self, model: dict[str, Any], path: str, value: str, table: str) -> None:
        if "{i}" in path:
            self.assertEqual(value, "0", path)
            return
        tables = [
            other
            for other in model["parameters"]
            if generic(other) == table and other.startswith(parent(path))
        ]
        self.assertEqual(len(tables), 1, path)
        self.assertEqual(value, str(len(instances(model, tables[0]))), path)

    def test_every_writable_table_has_a_template_and_so_has_what_diagnostics_fill(self) -> None:
        for name in NAMES:
            model = load(name)
            tables = {
                generic(path) + "{i}."
                for path, _, kind, writable in entries(model)
                if kind == "object" and writable and not is_instance(path.replace("{i}", "1"))
            }
            filled = {
                generic(path) + "{i}."
                for path, _, kind, writable in entries(model)
                if kind == "object"
                and not writable
                and parent(path) + "DiagnosticsState" in model["parameters"]
            }
            self.assertEqual(tables | filled, set(model["templates"]), name)

    def test_a_template_is_empty_of_instances(self) -> None:
        for name in NAMES:
            for table, template in load(name)["templates"].items():
                for path in template:
                    self.assertEqual(generic("." + path), "." + path, table)
                    self.assertNotIn("{i}", path, table)

    def test_an_instance_has_what_its_template_makes(self) -> None:
        for name in NAMES:
            model = load(name)
            for table, template in model["templates"].items():
                for instance in [path for path in model["parameters"] if generic(path) == table]:
                    for path, (_, kind, writable) in template.items():
                        found = model["parameters"].get(instance + path)
                        self.assertEqual(found and found[1:], [kind, writable], instance + path)

    def test_hidden_and_notified_parameters_exist(self) -> None:
        for name in NAMES:
            model = load(name)
            known = {generic(path): kind for path, _, kind, _ in entries(model)}
            for path in model["hidden"]:
                self.assertIn(known.get(path), ("string", "hexBinary"), path)
            self.assertEqual(list(model["notification"]), ["forceEnabled", "forceDefaultEnabled", "canDeny"])
            listed = [path for paths in model["notification"].values() for path in paths]
            self.assertEqual(len(listed), len(set(listed)))
            for path in listed:
                self.assertIn(path, known)
                self.assertNotEqual(known[path], "object")

    def test_references_lead_to_objects_that_are_there(self) -> None:
        for name in NAMES:
            model = load(name)
            for path, value, *_ in entries(model):
                for target in value.split(","):
                    if target.startswith(("Device.", "InternetGatewayDevice.")):
                        self.assertIn(target + ".", model["parameters"], path)


class IdentityTests(SynchronousTestCase):
    """What an ACS makes of the devices."""

    def inferred(self, name: str) -> RootDataModel:
        model = load(name)
        return infer({path: model["parameters"][path][0] for path in model["inform"]})

    def test_the_root_data_model_is_known_from_the_inform(self) -> None:
        for name, expected in {
            "airties-air4920": "mixed InternetGatewayDevice:1.0 + Device:2.0",
            "tr098-router": "InternetGatewayDevice:1.4",
            "tr181-router": "Device:2.11",
            "voip-phone": "Device:1.3",
        }.items():
            self.assertEqual(self.inferred(name).name, expected)
            self.assertEqual(self.inferred(name).root, load(name)["root"])

    def test_the_telephone_has_a_voice_service(self) -> None:
        self.assertEqual(self.inferred("voip-phone").services, ("VoiceService:1.0",))

    def test_the_air4920_is_the_one_of_the_talk(self) -> None:
        model = load("airties-air4920")
        identity = [model[key] for key in IDENTITY]
        self.assertEqual(identity, ["AirTies", "001CA8", "Air4920DK-WA", "AT1931620001413"])
        self.assertEqual(model["cwmp_version"], "1.0")
        self.assertEqual(len(model["inform"]), 9)


Standard = dict[str, ModelObject | ModelParameter]


@cache
def standard(name: str) -> Standard:
    """What the Broadband Forum says of a model's paths."""
    found: Standard = {}
    for file in STANDARDS[name]:
        if not (FORUM / file).exists():
            raise SkipTest(f"the Broadband Forum's files are not here: {FORUM / file}")
        reader = ModelReader(services="Device.Services.")
        for item in reader.feed((FORUM / file).read_bytes()) + reader.close():
            if isinstance(item, ModelObject | ModelParameter):
                found[item.path] = item
    return found


def is_vendors(path: str) -> bool:
    return ".X_" in path


class StandardTests(SynchronousTestCase):
    """A model is true to the Broadband Forum's data models, but for vendor parameters."""

    def of(self, name: str, path: str) -> ModelObject | ModelParameter:
        found = standard(name).get(generic(path))
        assert found is not None, f"{name}: {path} is in no data model"
        return found

    def test_every_parameter_is_there_with_its_type_and_access(self) -> None:
        for name in NAMES:
            for path, _, kind, writable in entries(load(name)):
                if not is_vendors(path) and kind != "object":
                    parameter = self.of(name, path)
                    assert isinstance(parameter, ModelParameter)
                    self.assertEqual(kind, parameter.type, path)
                    self.assertEqual(writable == 1, parameter.access == "readWrite", path)
                    self.assertIn(parameter.status, ("current", "deprecated"), path)

    def test_every_object_is_there_with_its_access(self) -> None:
        for name in NAMES:
            for path, _, kind, writable in entries(load(name)):
                # The roots of TR-098 and TR-181, and "Services." are objects that files may leave unsaid.
                unsaid = path.count(".") == 1 or path == "Device.Services."
                if kind == "object" and not is_vendors(path) and not unsaid:
                    table = generic(path) + "{i}."
                    found = self.of(name, path if generic(path) in standard(name) else table)
                    self.assertEqual(writable == 1, found.access == "readWrite", path)

    def test_every_value_is_one_that_the_standard_allows(self) -> None:
        for name in NAMES:
            for path, value, kind, _ in entries(load(name)):
                if kind != "object" and not is_vendors(path) and not PLACEHOLDER.search(value):
                    parameter = self.of(name, path)
                    assert isinstance(parameter, ModelParameter)
                    self.check_value(path, value, parameter)

    def check_value(self, path: str, value: str, parameter: ModelParameter) -> None:
        syntax = parameter.syntax
        items = [item for item in value.split(",") if item] if syntax.list else [value]
        if syntax.enumeration:
            self.assertLessEqual(set(items), {*syntax.enumeration, ""}, path)
        if syntax.ranges and parameter.type in NUMBERS:
            self.assertTrue(any(int(value) in span for span in syntax.ranges), path)
        if syntax.sizes and value:
            length = len(bytes.fromhex(value)) if parameter.type == "hexBinary" else len(value)
            self.assertTrue(any(length in span for span in syntax.sizes), path)

    def test_hidden_parameters_are_those_of_the_standard(self) -> None:
        for name in NAMES:
            known = {generic(path) for path, *_ in entries(load(name))}
            # Hidden flags ("Reset") are only ever false: there is nothing to hide.
            hidden = {
                path
                for path, item in standard(name).items()
                if isinstance(item, ModelParameter) and item.hidden and item.type in ("string", "hexBinary")
            }
            self.assertEqual(set(load(name)["hidden"]), hidden & known, name)

    def test_notifications_are_those_of_the_standard(self) -> None:
        for name in NAMES:
            known = {generic(path) for path, *_ in entries(load(name))}
            for notify, paths in load(name)["notification"].items():
                expected = {
                    path
                    for path, item in standard(name).items()
                    if isinstance(item, ModelParameter) and item.active_notify == notify
                }
                self.assertEqual(set(paths), expected & known, f"{name}: {notify}")

    def test_counts_are_those_of_the_standard(self) -> None:
        for name in NAMES:
            tables = {generic(path) for path, _, kind, _ in entries(load(name)) if kind == "object"}
            expected = {}
            for path, item in standard(name).items():
                if isinstance(item, ModelObject) and item.num_entries_parameter:
                    table = path.removesuffix("{i}.")
                    if table in tables:
                        expected[table] = parent(table) + item.num_entries_parameter
            counts = {table: count for table, count in load(name)["counts"].items() if not is_vendors(table)}
            self.assertEqual(counts, expected, name)

    def test_the_inform_carries_what_the_standard_forces(self) -> None:
        for name in NAMES:
            model = load(name)
            for path in model["parameters"]:
                parameter = standard(name).get(generic(path))
                forced = isinstance(parameter, ModelParameter) and parameter.forced_inform
                # Of the WAN connections only the default one's address is forced.
                if forced and not path.endswith(".ExternalIPAddress"):
                    self.assertIn(path, model["inform"], name)
