"""Logical names, and the maps that say what they stand for."""

from __future__ import annotations

import tomllib

from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.document import read_document, wrong_with_path
from acs.configuration.naming import flattened, generality, is_logical, map_of, no_map, place_of
from acs.configuration.secrecy import is_secret
from acs.configuration.shipped_names import SHIPPED
from acs.cwmp.modelfile import ModelParameter, ModelReader
from acs.cwmp.paths import absolute, generic
from tests import REFERENCE, needs_reference

ENDS = ("value", "notify")


class NamingTests(SynchronousTestCase):
    def test_a_logical_name_is_lower_case_words_with_dots(self) -> None:
        for name in ("wifi.2g.ssid", "a.1", "a_b.c_d"):
            self.assertTrue(is_logical(name), name)
        for name in (
            "",
            "wifi",
            ".wifi.ssid",
            "wifi.",
            "Wifi.ssid",
            "1.a",
            "a b.c",
            "a.b\n",
            "a." + "b" * 300,
        ):
            self.assertFalse(is_logical(name), name)

    def test_a_path_is_found_in_whichever_way_it_is_written(self) -> None:
        names = {"a.b": ".A.B", "c.d": "InternetGatewayDevice.C"}
        for path, place in (
            ("a.b", "Device.A.B"),
            ("c.d", "InternetGatewayDevice.C"),
            ("e.f", None),
            (".E", "Device.E"),
            ("Device.E", "Device.E"),
        ):
            self.assertEqual(place, place_of(path, "Device.", names))
        self.assertEqual(["a.b", ".A", "Device.A"], sorted(["Device.A", ".A", "a.b"], key=generality))
        self.assertEqual("no map has a.b for this device", no_map("a.b"))

    def test_later_maps_stand_before_earlier_ones_and_all_before_what_is_shipped(self) -> None:
        found = map_of("Device.", [{"wifi.2g.ssid": ".A", "x.y": ".B"}, {"x.y": ".C"}])
        self.assertEqual((".A", ".C"), (found["wifi.2g.ssid"], found["x.y"]))
        self.assertEqual(SHIPPED["Device."]["wifi.5g.ssid"], found["wifi.5g.ssid"])
        self.assertEqual({"x.y": ".B"}, map_of("", [{"x.y": ".B"}]))

    def test_names_are_read_from_toml_without_quotes(self) -> None:
        text = """
            wifi.2g.ssid = "x"
            ".Time.Enable" = true
            voip.1.value.deep = 1
            [wifi.5g.ssid]
            value = "y"
            notify = "active"
            [".WiFi.SSID.1.SSID"]
            notify = "off"
        """
        found = flattened(tomllib.loads(text), ENDS)
        wanted = {
            "wifi.2g.ssid": "x",
            "wifi.5g.ssid": {"value": "y", "notify": "active"},
            ".Time.Enable": True,
            ".WiFi.SSID.1.SSID": {"notify": "off"},
        }
        self.assertEqual(wanted, {name: found[name] for name in wanted})
        self.assertEqual(set(wanted), set(read_document({name: found[name] for name in wanted})))
        self.assertEqual(
            {"a": 1, "b.c": [2], "d.e": {"value": {}}},
            flattened({"a": 1, "b": {"c": [2]}, "d": {"e": {"value": {}}}}, ENDS),
        )


class ShippedTests(SynchronousTestCase):
    """The maps of the data models."""

    skip = needs_reference("bbf/datamodel")

    def known(self, file: str, below: str = "") -> set[str]:
        """All parameters of a data model."""
        found = set()
        reader = ModelReader()
        with (REFERENCE / "bbf" / "datamodel" / file).open("rb") as model:
            while data := model.read(1 << 20):
                found.update(
                    below + item.path for item in reader.feed(data) if isinstance(item, ModelParameter)
                )
        return found

    def test_every_path_is_in_its_data_model(self) -> None:
        voice = "tr-104-1-1-0-full.xml"
        for root, file in (
            ("Device.", "tr-181-2-11-0-full.xml"),
            ("InternetGatewayDevice.", "tr-098-1-8-0-full.xml"),
        ):
            known = self.known(file) | self.known(voice, f"{root}Services.")
            paths = {name: generic(absolute(path, root)) for name, path in SHIPPED[root].items()}
            self.assertEqual({}, {name: path for name, path in paths.items() if path not in known})


class ShippedFormTests(SynchronousTestCase):
    def test_both_data_models_have_names_that_can_be_sent(self) -> None:
        for root, names in SHIPPED.items():
            for name, path in names.items():
                self.assertTrue(is_logical(name) and path.startswith("."), name)
                self.assertEqual([], list(wrong_with_path(path, {})), root)
                self.assertEqual(is_secret(path), is_secret(name), name)
        gateway, device = SHIPPED["InternetGatewayDevice."], SHIPPED["Device."]
        self.assertEqual({"wifi.2g.bandwidth", "wifi.5g.bandwidth"}, set(gateway) ^ set(device))
