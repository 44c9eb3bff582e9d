"""Tests of `acs.cwmp.definitions`, also against the Broadband Forum's own files."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from acs.cwmp import definitions
from acs.cwmp.definitions import Definition, best, pattern, rank, read_models
from acs.cwmp.modeltypes import ModelError, Span, Syntax
from tests.cwmp.test_modelfile import FORUM, HEAD, TAIL

COUNTS = {
    "tr-098-1-8-0-full": {"InternetGatewayDevice:1.14": 1992},
    "tr-104-1-1-0-full": {"VoiceService:1.1": 393},
    "tr-104-2-0-2-cwmp-full": {"VoiceService:2.0": 962},
    "tr-135-1-4-1-cwmp-full": {"STBService:1.4": 618},
    "tr-140-1-3-1-cwmp-full": {"StorageService:1.3": 145},
    "tr-143-1-0-2-full": {"Device:1.2": 175, "InternetGatewayDevice:1.3": 781},
    "tr-181-1-7-0-full": {"Device:1.14": 968},
    "tr-181-2-11-0-full": {"Device:2.11": 4397},
    "tr-181-2-19-1-cwmp-full": {"Device:2.19": 8133},
    "tr-196-2-1-2-cwmp-full": {"FAPService:2.1": 1979},
}


def file(*models: bytes) -> bytes:
    """A data model file with these models."""
    return HEAD + b"".join(models) + TAIL


def model(name: str, content: bytes = b"", more: str = "") -> bytes:
    return f'<model name="{name}"{more}>'.encode() + content + b"</model>"


def parameter(name: str, more: str = "", syntax: str = "<string/>") -> bytes:
    return f'<parameter name="{name}" {more}><syntax>{syntax}</syntax></parameter>'.encode()


def thing(name: str, content: bytes = b"", more: str = "") -> bytes:
    return f'<object name="{name}" {more}>'.encode() + content + b"</object>"


LAMP = thing(
    "Device.Lamp.{i}.",
    parameter("Power", 'access="readWrite" forcedInform="true"', '<int><range minInclusive="-1"/></int>')
    + parameter("Old", 'status="deleted"')
    + parameter("Older", 'status="obsoleted"'),
    'access="readWrite" minEntries="0" maxEntries="unbounded"',
)


class ReadTests(SynchronousTestCase):
    def refused(self, *models: bytes) -> str:
        with self.assertRaises(ModelError) as caught:
            read_models([file(*models)])
        return str(caught.exception)

    def test_what_a_model_says_is_read_but_for_what_was_deleted(self) -> None:
        (found,) = read_models([file(model("Device:2.11", LAMP))])
        self.assertEqual(("Device:2.11", False), (found.name, found.is_service))
        lamp, power, older = found.definitions
        self.assertEqual(
            ("Device.Lamp.{i}.", "object", "", None), (lamp.path, lamp.kind, lamp.type, lamp.max_entries)
        )
        self.assertEqual(("readWrite", 0), (lamp.access, lamp.min_entries))
        self.assertEqual(
            Definition(
                "Device.Lamp.{i}.Power",
                "Device:2.11",
                "readWrite",
                Syntax("int", ranges=(Span(-1, None),)),
                forced_inform=True,
            ),
            power,
        )
        self.assertEqual(("parameter", "xsd:int"), (power.kind, power.type))
        self.assertEqual("obsoleted", older.status)

    def test_a_service_stands_below_any_root(self) -> None:
        content = thing("VoiceService.{i}.", parameter("Name"))
        (found,) = read_models([file(model("VoiceService:1.0", content, ' isService="true"'))])
        self.assertTrue(found.is_service)
        paths = [".Services.VoiceService.{i}.", ".Services.VoiceService.{i}.Name"]
        self.assertEqual(paths, [each.path for each in found.definitions])

    def test_a_file_may_come_in_any_pieces(self) -> None:
        content = file(model("Device:2.11", LAMP))
        whole = read_models([content])
        self.assertEqual(whole, read_models(content[at : at + 7] for at in range(0, len(content), 7)))

    def test_a_definition_is_kept_as_json(self) -> None:
        for each in read_models([file(model("Device:2.11", LAMP))])[0].definitions:
            self.assertEqual(each, json.decode(json.encode(each), type=Definition))

    def test_what_is_no_model_is_refused_with_the_reason(self) -> None:
        self.assertIn("describes no object", self.refused())
        self.assertIn("describes no object", self.refused(model("Device:2.11")))
        self.assertIn("which is not such as", self.refused(model("Device", LAMP)))
        self.assertIn("twice", self.refused(model("Device:2.11", LAMP), model("Device:2.11", LAMP)))
        for path in ("Device.a b.", "Device..", "Device.{i}.{i}.", "D" * 300 + "."):
            self.assertIn("which is no path", self.refused(model("Device:2.11", thing(path))))
        self.assertIn("ends with a dot", self.refused(model("Device:2.11", thing("Device"))))
        self.assertIn(
            "access is none of", self.refused(model("Device:2.11", thing("Device.", b"", 'access="x"')))
        )

    def test_what_nobody_needs_is_refused(self) -> None:
        words = "".join(f'<enumeration value="{number:0100}"/>' for number in range(1000))
        many = parameter("A", syntax=f"<string>{words}</string>")
        self.assertIn("too many values", self.refused(model("Device:2.11", thing("Device.", many))))
        large = parameter("A", syntax='<string><size maxLength="99999999999999999999"/></string>')
        self.assertIn("too large", self.refused(model("Device:2.11", thing("Device.", large))))
        self.patch(definitions, "MOST_DEFINITIONS", 3)
        self.assertIn("has more than 3", self.refused(model("Device:2.11", LAMP), model("Device:2.12", LAMP)))
        self.patch(definitions, "MOST_MODELS", 1)
        self.assertIn(
            "more than 1 models", self.refused(model("Device:2.11", LAMP), model("Device:2.12", LAMP))
        )

    def test_entities_are_refused_and_never_expanded(self) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        outer = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        first, _, rest = file(model("Device:2.11", LAMP)).partition(b"\n")
        for declared in (bomb, outer):
            for used in (rest, rest.replace(b"Lamp", b"&b;&a;"), rest.replace(b"<int>", b"<int>&a;")):
                with self.assertRaises(ModelError) as caught:
                    read_models([first + declared + used])
                self.assertIsNotNone(caught.exception.line)

    @given(st.lists(st.binary(max_size=40), max_size=5))
    def test_garbage_is_refused_and_nothing_worse(self, pieces: list[bytes]) -> None:
        with self.assertRaises(ModelError):
            read_models(pieces)

    @given(st.integers(0, 1000), st.binary(max_size=3))
    def test_so_is_a_file_that_was_damaged(self, place: int, noise: bytes) -> None:
        content = file(model("Device:2.11", LAMP))
        try:
            read_models([content[:place] + noise + content[place + 1 :]])
        except ModelError as error:
            self.assertTrue(error.reason)

    def test_the_forums_own_files_are_taken(self) -> None:
        folder = FORUM / "datamodel"
        if not folder.is_dir():
            raise SkipTest(f"no {folder}")
        for name, counts in COUNTS.items():
            found = read_models([(folder / f"{name}.xml").read_bytes()])
            self.assertEqual(counts, {each.name: len(each.definitions) for each in found}, name)
            for each in found:
                self.assertEqual(
                    each.is_service, each.definitions[0].path.startswith(".Services."), each.name
                )


class PatternTests(SynchronousTestCase):
    def test_instances_of_any_form_are_one(self) -> None:
        for path in ("1", "[a.b]", "*", "{i}"):
            self.assertEqual("Device.WiFi.SSID.{i}.SSID", pattern(f"Device.WiFi.SSID.{path}.SSID"))

    def test_services_are_below_whichever_root(self) -> None:
        for root in ("Device", "InternetGatewayDevice"):
            self.assertEqual(".Services.", pattern(f"{root}.Services."))
            self.assertEqual(".Services.A.{i}.B", pattern(f"{root}.Services.A.7.B"))
        self.assertEqual("Device.DSL.Services.A", pattern("Device.DSL.Services.A"))
        self.assertEqual(".Services.A.{i}.B", pattern(".Services.A.{i}.B"))

    @given(st.text("Device.Services[]{i}*1", max_size=40))
    def test_a_pattern_is_its_own(self, path: str) -> None:
        self.assertEqual(pattern(path), pattern(pattern(path)))


class RankTests(SynchronousTestCase):
    def best(self, wanted: str, *models: str) -> str:
        found = best([Definition("a", each) for each in models], wanted)
        assert found is not None
        return found.model

    def test_the_devices_own_model_speaks_first_then_the_next_to_it(self) -> None:
        others = ("Device:1.14", "Device:2.8", "Device:2.9", "Device:2.12", "Device:2.19")
        self.assertEqual("Device:2.11", self.best("Device:2.11", *others, "Device:2.11"))
        self.assertEqual("Device:2.12", self.best("Device:2.11", *others))
        self.assertEqual("Device:2.9", self.best("Device:2.11", *others[:3]))
        self.assertEqual("Device:1.14", self.best("Device:2.11", "Device:1.2", "Device:1.14"))
        self.assertEqual("Device:2.19", self.best("", *others))

    def test_services_go_by_what_the_device_names(self) -> None:
        wanted = "Device:2.11 VoiceService:1.0"
        self.assertEqual("VoiceService:1.1", self.best(wanted, "VoiceService:2.0", "VoiceService:1.1"))
        self.assertEqual("VoiceService:2.0", self.best("Device:2.11", "VoiceService:1.1", "VoiceService:2.0"))

    def test_a_device_that_mixes_two_has_both(self) -> None:
        wanted = "mixed InternetGatewayDevice:1.0 + Device:2.0"
        for model in ("InternetGatewayDevice:1.0", "Device:2.0"):
            self.assertEqual(model, self.best(wanted, "Device:2.5", model))

    def test_nothing_speaks_where_there_is_nothing(self) -> None:
        self.assertIsNone(best([], "Device:2.11"))
        self.assertGreater(rank("nonsense", "nonsense"), rank("Device:1.0", ""))
