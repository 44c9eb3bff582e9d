"""Tests of `acs.cwmp.modelfile` and `acs.cwmp.modeltypes`, also against the Broadband Forum's own files."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from acs.cwmp.modelfile import (
    Model,
    ModelItem,
    ModelObject,
    ModelParameter,
    ModelReader,
    _Elements,
    read_types,
)
from acs.cwmp.modeltypes import ModelError, Span, Syntax
from acs.cwmp.paths import problem

FORUM = Path(__file__).parents[3] / "shared" / "reference" / "bbf"

HEAD = b'<?xml version="1.0"?>\n<dm:document xmlns:dm="urn:broadband-forum-org:cwmp:datamodel-1-14">\n'
TAIL = b"</dm:document>\n"
SMALL = (
    HEAD
    + b"""\
  <description>A <i>model</i> of our own.</description>
  <dataType name="Colour"><string><enumeration value="Red"/><enumeration value="Blue"/></string></dataType>
  <dataType name="Warm" base="Colour"><enumeration value="Orange"/><size maxLength="10"/></dataType>
  <bibliography><reference id="A"><name>A</name></reference></bibliography>
  <model name="Lamp:1.0">
    <parameter name="LampNumberOfEntries" access="readOnly"><syntax><unsignedInt/></syntax></parameter>
    <object name="Lamp." access="readOnly" minEntries="1" maxEntries="1">
      <description>All lamps.</description>
      <parameter name="Colours" access="readWrite" activeNotify="canDeny" status="deprecated">
        <description>Which.</description>
        <syntax hidden="true">
          <list maxItems="4"><size maxLength="99"/></list><dataType ref="Warm"/>
          <default type="factory" value="Red"/>
        </syntax>
      </parameter>
    </object>
    <object name="Lamp.{i}." access="readWrite" minEntries="0" maxEntries="unbounded"
        numEntriesParameter="LampNumberOfEntries">
      <uniqueKey functional="false"><parameter ref="Power"/></uniqueKey>
      <parameter name="Power" access="readOnly" forcedInform="true">
        <syntax><int>
          <range minInclusive="-1"/><range maxInclusive="7" status="deleted"/><units value="watt"/>
        </int></syntax>
      </parameter>
      <parameter name="Photo" access="writeOnceReadOnly">
        <syntax><base64><size minLength="2" maxLength="3"/></base64></syntax>
      </parameter>
    </object>
    <profile name="Baseline:1">
      <object ref="Lamp." requirement="present"><parameter ref="Colours" requirement="readWrite"/></object>
    </profile>
  </model>
"""
    + TAIL
)


def read(data: bytes, services: str = "", size: int = 1 << 16) -> list[ModelItem]:
    reader = ModelReader(services=services)
    items: list[ModelItem] = []
    for start in range(0, len(data), size):
        items += reader.feed(data[start : start + size])
    return items + reader.close()


def parameters(items: list[ModelItem]) -> dict[str, ModelParameter]:
    return {item.path: item for item in items if isinstance(item, ModelParameter)}


def model(body: bytes) -> bytes:
    return HEAD + b'<model name="M:1.0"><object name="M.">' + body + b"</object></model>" + TAIL


def syntax(body: bytes) -> Syntax:
    (parameter,) = parameters(
        read(model(b'<parameter name="P"><syntax>' + body + b"</syntax></parameter>"))
    ).values()
    return parameter.syntax


class ReadingTests(SynchronousTestCase):
    """What is read."""

    def test_items_come_in_the_order_of_the_file(self) -> None:
        found = [item.name if isinstance(item, Model) else item.path for item in read(SMALL)]
        self.assertEqual(
            found,
            [
                "Lamp:1.0",
                "LampNumberOfEntries",
                "Lamp.",
                "Lamp.Colours",
                "Lamp.{i}.",
                "Lamp.{i}.Power",
                "Lamp.{i}.Photo",
            ],
        )

    def test_an_object_has_its_access_and_entries(self) -> None:
        self.assertEqual(
            [item for item in read(SMALL) if isinstance(item, ModelObject)],
            [
                ModelObject("Lamp.", "readOnly", 1, 1, "", "current"),
                ModelObject("Lamp.{i}.", "readWrite", 0, None, "LampNumberOfEntries", "current"),
            ],
        )

    def test_a_parameter_has_everything_but_its_description(self) -> None:
        self.assertEqual(
            parameters(read(SMALL))["Lamp.Colours"],
            ModelParameter(
                path="Lamp.Colours",
                access="readWrite",
                syntax=Syntax(
                    named="Warm", list=True, sizes=(Span(None, 99),), enumeration=("Red", "Blue", "Orange")
                ),
                default="Red",
                default_type="factory",
                hidden=True,
                forced_inform=False,
                active_notify="canDeny",
                status="deprecated",
            ),
        )

    def test_what_a_parameter_leaves_out_is_not_taken_from_the_one_before(self) -> None:
        power = parameters(read(SMALL))["Lamp.{i}.Power"]
        self.assertEqual(power.syntax, Syntax("int", units="watt", ranges=(Span(-1, None),)))
        self.assertEqual((power.default, power.default_type, power.hidden), (None, "", False))
        self.assertEqual(
            (power.active_notify, power.status, power.forced_inform), ("normal", "current", True)
        )

    def test_access_and_entries_have_the_defaults_of_the_schema(self) -> None:
        found = read(
            HEAD + b'<model name="M:1.0"><object name="M."><parameter name="P"/></object></model>' + TAIL
        )
        self.assertEqual(found[1], ModelObject("M.", "readOnly", 1, 1, "", "current"))
        self.assertEqual(parameters(found)["M.P"].access, "readOnly")

    def test_the_wire_type_is_an_xml_schema_type(self) -> None:
        for body, expected in {
            b"<base64/>": "base64Binary",
            b"<hexBinary/>": "hexBinary",
            b"<list/><unsignedInt/>": "string",
            b"<unsignedLong/>": "unsignedLong",
            b"<any/>": "string",
            b'<dataType ref="StatsCounter64"/>': "unsignedLong",
            b'<dataType ref="NobodyKnows"/>': "string",
        }.items():
            self.assertEqual(syntax(body).xsd, expected, body)

    def test_an_enumeration_that_repeats_its_base_type_names_each_value_once(self) -> None:
        body = b'<dataType base="State"><enumeration value="A"/><enumeration value="C"/></dataType>'
        reader = ModelReader(types={"State": Syntax(enumeration=("A", "B"))})
        items = reader.feed(model(b'<parameter name="P"><syntax>' + body + b"</syntax></parameter>"))
        self.assertEqual(parameters(items)["M.P"].syntax.enumeration, ("A", "B", "C"))

    def test_a_stray_space_is_no_part_of_a_name(self) -> None:
        self.assertEqual(list(parameters(read(model(b'<parameter name="P " />')))), ["M.P"])

    def test_sizes_of_a_list_are_those_of_the_whole(self) -> None:
        self.assertEqual(syntax(b'<list/><string><size maxLength="8"/></string>').sizes, ())
        self.assertEqual(
            syntax(b'<list><size maxLength="64"/></list><string><size maxLength="8"/></string>').sizes,
            (Span(None, 64),),
        )

    def test_secured_is_hidden(self) -> None:
        body = b'<parameter name="P"><syntax secured="true"><string/></syntax></parameter>'
        self.assertTrue(parameters(read(model(body)))["M.P"].hidden)

    def test_a_deleted_default_is_none(self) -> None:
        default = b'<default type="object" value="x" status="deleted"/>'
        body = b'<parameter name="P"><syntax><string/>' + default + b"</syntax></parameter>"
        self.assertIsNone(parameters(read(model(body)))["M.P"].default)

    def test_a_span_holds_its_bounds(self) -> None:
        self.assertIn(1, Span(1, 2))
        self.assertIn(2, Span(1, 2))
        self.assertIn(-5, Span(None, 2))
        self.assertNotIn(0, Span(1, None))
        self.assertNotIn(3, Span(1, 2))

    def test_a_service_model_goes_where_the_device_has_its_services(self) -> None:
        service = SMALL.replace(b'"Lamp:1.0"', b'"Lamp:1.0" isService="true"')
        self.assertIn(
            "Device.Services.Lamp.{i}.Power", parameters(read(service, services="Device.Services."))
        )
        self.assertIn("Lamp.{i}.Power", parameters(read(SMALL, services="Device.Services.")))

    def test_types_of_another_file_are_used_when_given(self) -> None:
        reader = ModelReader(types={"Hue": Syntax("unsignedInt", ranges=(Span(0, 359),))})
        items = reader.feed(model(b'<parameter name="P"><syntax><dataType ref="Hue"/></syntax></parameter>'))
        self.assertEqual(
            parameters(items)["M.P"].syntax, Syntax("unsignedInt", "Hue", ranges=(Span(0, 359),))
        )

    @given(st.integers(1, len(SMALL)))
    @settings(deadline=None, max_examples=100)
    def test_pieces_of_any_size_read_the_same(self, size: int) -> None:
        self.assertEqual(read(SMALL, size=size), read(SMALL))

    def test_what_has_been_read_is_let_go(self) -> None:
        elements = _Elements()
        _, _, root = next(elements.feed(HEAD + b'<model name="M:1.0">'))
        parameter = b'<parameter name="P"><description>x</description><syntax><string/></syntax></parameter>'
        for number in range(100):
            for _ in elements.feed(b'<object name="M%d.">' % number + parameter * 10 + b"</object>\n"):
                self.assertLess(sum(1 for _ in root.iter()), 70)
        self.assertLess(sum(1 for _ in root.iter()), 5)


class RefusalTests(SynchronousTestCase):
    """What is refused, and with which words."""

    def refused(self, data: bytes) -> ModelError:
        error = self.assertRaises(ModelError, read, data)
        assert isinstance(error, ModelError)
        return error

    def test_what_is_not_xml_is_refused_with_its_line(self) -> None:
        error = self.refused(HEAD + b"<model name='M:1.0'>\n<object name=M./></model>" + TAIL)
        self.assertEqual(error.line, 4)
        self.assertTrue(str(error).startswith("line 4: "))

    def test_a_file_that_ends_too_early_is_refused(self) -> None:
        for data in (b"", HEAD, SMALL[: len(SMALL) // 2], SMALL[:-2]):
            self.refused(data)

    def test_another_kind_of_document_is_refused(self) -> None:
        error = self.refused(b"<html><body/></html>")
        self.assertEqual(error.reason, "not a data model file: the root element is 'html'")

    def test_a_document_type_is_refused_before_anything_is_expanded(self) -> None:
        for doctype in (
            b"<!DOCTYPE document>",
            b'<!DOCTYPE document SYSTEM "file:///etc/passwd">',
            b'<!DOCTYPE document [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        ):
            error = self.refused(doctype + b"<document></document>")
            self.assertEqual(error.reason, "has a document type declaration")

    def test_a_part_of_a_model_is_refused(self) -> None:
        for body, name in {
            b'<import file="other.xml" spec="urn:x"/>': "import",
            b'<component name="C"/>': "component",
            b'<model name="M:1.1" base="M:1.0"/>': "model",
            b'<model name="M:1.0"><object base="M."/></model>': "object",
            b'<model name="M:1.0"><object name="M."><component ref="C"/></object></model>': "component",
            b'<model name="M:1.0"><object name="M."><parameter base="P"/></object></model>': "parameter",
        }.items():
            error = self.refused(HEAD + body + TAIL)
            self.assertEqual(error.reason, f"not a full model: {name} refers to another file")
            self.assertEqual(error.line, 3)

    def test_a_missing_name_is_refused(self) -> None:
        for body in (b"<model/>", b'<model name="M:1.0"><object/></model>', b"<dataType/>"):
            self.assertIn("has no name", self.refused(HEAD + body + TAIL).reason)
        self.assertIn("parameter has no name", self.refused(model(b"<parameter/>")).reason)
        self.assertIn("dataType has no base", self.assertRaises(ModelError, syntax, b"<dataType/>").reason)

    def test_a_number_that_is_none_is_refused(self) -> None:
        bad = b'<object name="M.A." minEntries="many"/>'
        error = self.refused(HEAD + b'<model name="M:1.0">' + bad + b"</model>" + TAIL)
        self.assertEqual((error.reason, error.line), ("minEntries is not a whole number: 'many'", 3))
        self.assertRaises(ModelError, syntax, b'<int><range minInclusive="' + b"9" * 5000 + b'"/></int>')

    def test_an_entity_bomb_stops_early_where_entities_are_allowed(self) -> None:
        entities = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (letter + 1, b"&%c;" % letter * 10) for letter in range(97, 107)
        )
        data = b"<!DOCTYPE document [" + entities + b']><document><dataType name="&k;"/></document>'
        self.assertRaises(ModelError, read_types, data)

    @given(st.binary(max_size=200), st.integers(0, len(SMALL)), st.integers(0, 40))
    @settings(deadline=None, max_examples=200)
    def test_a_damaged_file_is_read_or_refused(self, noise: bytes, where: int, cut: int) -> None:
        try:
            read(SMALL[:where] + noise + SMALL[where + cut :])
        except ModelError as error:
            self.assertTrue(error.reason)


#: Each file of the Broadband Forum's with its models, and how many objects and parameters it has.
FILES = {
    "tr-098-1-8-0-full.xml": (["InternetGatewayDevice:1.14"], 192, 1801),
    "tr-104-1-1-0-full.xml": (["VoiceService:1.1"], 43, 350),
    "tr-104-2-0-2-cwmp-full.xml": (["VoiceService:2.0"], 113, 849),
    "tr-135-1-4-1-cwmp-full.xml": (["STBService:1.4"], 99, 519),
    "tr-140-1-3-1-cwmp-full.xml": (["StorageService:1.3"], 19, 126),
    "tr-143-1-0-2-full.xml": (["Device:1.2", "InternetGatewayDevice:1.3"], 87, 870),
    "tr-181-1-7-0-full.xml": (["Device:1.14"], 120, 848),
    "tr-181-2-11-0-full.xml": (["Device:2.11"], 472, 3926),
    "tr-181-2-19-1-cwmp-full.xml": (["Device:2.19"], 873, 7343),
    "tr-196-2-1-2-cwmp-full.xml": (["FAPService:2.1"], 245, 1734),
}


def forum(name: str) -> bytes:
    path = FORUM / name
    if not path.exists():
        raise SkipTest(f"the Broadband Forum's files are not here: {path}")
    return path.read_bytes()


class ForumTests(SynchronousTestCase):
    """The Broadband Forum's own files."""

    def test_every_file_is_read_whole(self) -> None:
        for name, (models, objects, count) in FILES.items():
            items = read(forum(f"datamodel/{name}"))
            self.assertEqual([item.name for item in items if isinstance(item, Model)], models)
            self.assertEqual(len([item for item in items if isinstance(item, ModelObject)]), objects, name)
            self.assertEqual(len([item for item in items if isinstance(item, ModelParameter)]), count, name)

    def test_every_path_is_legal_once_it_has_instance_numbers(self) -> None:
        for name in FILES:
            for item in read(forum(f"datamodel/{name}"), services="Device.Services."):
                if not isinstance(item, Model):
                    self.assertIsNone(problem(item.path.replace("{i}", "1")), item.path)

    def test_every_type_and_access_is_a_known_one(self) -> None:
        types = {"string", "boolean", "int", "unsignedInt", "long", "unsignedLong", "dateTime", "decimal"}
        for name in FILES:
            for parameter in parameters(read(forum(f"datamodel/{name}"))).values():
                self.assertIn(parameter.type, types | {"base64Binary", "hexBinary"}, parameter)
                self.assertIn(parameter.access, {"readOnly", "readWrite", "writeOnceReadOnly"}, parameter)
                known = {"normal", "canDeny", "forceEnabled", "forceDefaultEnabled"}
                self.assertIn(parameter.active_notify, known, parameter)

    def test_facts_of_tr_181(self) -> None:
        items = read(forum("datamodel/tr-181-2-11-0-full.xml"))
        found = parameters(items)
        interval = found["Device.ManagementServer.PeriodicInformInterval"]
        self.assertEqual((interval.type, interval.access), ("unsignedInt", "readWrite"))
        self.assertEqual(interval.syntax.ranges, (Span(1, None),))
        self.assertEqual(interval.syntax.units, "seconds")
        self.assertTrue(found["Device.ManagementServer.Password"].hidden)
        self.assertEqual(found["Device.WiFi.SSID.{i}.SSID"].syntax.sizes, (Span(None, 32),))
        self.assertEqual(found["Device.WiFi.SSID.{i}.Alias"].syntax.named, "Alias")
        self.assertEqual(found["Device.WiFi.SSID.{i}.Enable"].default, "false")
        self.assertEqual(found["Device.IP.Interface.{i}.LowerLayers"].type, "string")
        self.assertTrue(found["Device.IP.Interface.{i}.LowerLayers"].syntax.list)
        self.assertEqual(found["Device.DeviceInfo.SoftwareVersion"].active_notify, "forceEnabled")
        url = found["Device.ManagementServer.ConnectionRequestURL"]
        self.assertEqual(url.active_notify, "forceDefaultEnabled")
        objects = [item for item in items if isinstance(item, ModelObject)]
        (ssid,) = [item for item in objects if item.path == "Device.WiFi.SSID.{i}."]
        self.assertEqual(ssid, ModelObject(ssid.path, "readWrite", 0, None, "SSIDNumberOfEntries", "current"))

    def test_the_forced_inform_parameters_are_those_of_the_checklist(self) -> None:
        found = parameters(read(forum("datamodel/tr-181-2-11-0-full.xml"))).values()
        self.assertEqual(
            sorted(parameter.path for parameter in found if parameter.forced_inform),
            [
                "Device.DeviceInfo.HardwareVersion",
                "Device.DeviceInfo.ProvisioningCode",
                "Device.DeviceInfo.SoftwareVersion",
                "Device.ManagementServer.AliasBasedAddressing",
                "Device.ManagementServer.ConnectionRequestURL",
                "Device.ManagementServer.ParameterKey",
                "Device.RootDataModelVersion",
            ],
        )

    def test_facts_of_tr_098(self) -> None:
        found = parameters(read(forum("datamodel/tr-098-1-8-0-full.xml")))
        self.assertTrue(found["InternetGatewayDevice.DeviceSummary"].forced_inform)
        self.assertEqual(found["InternetGatewayDevice.DeviceSummary"].access, "readOnly")
        prefix = "InternetGatewayDevice.LANDevice.{i}.WLANConfiguration.{i}."
        self.assertTrue(found[prefix + "KeyPassphrase"].hidden)
        self.assertIn("11i", found[prefix + "BeaconType"].syntax.enumeration)

    def test_the_data_types_of_tr_106_are_read_though_the_file_has_entities(self) -> None:
        types = read_types(forum("biblio-types/tr-106-types.xml"))
        self.assertEqual(len(types), 24)
        self.assertEqual(types["IPv4Address"], Syntax(named="IPAddress", sizes=(Span(None, 15),)))
        self.assertEqual(types["StatsCounter64"].type, "unsignedLong")
        self.assertEqual(types["DiagnosticsState"].enumeration[:2], ("None", "Requested"))

    def test_a_type_that_no_file_defines_has_the_base_that_tr_106_gives_it(self) -> None:
        for name, defined in read_types(forum("biblio-types/tr-106-types.xml")).items():
            self.assertEqual(syntax(f'<dataType ref="{name}"/>'.encode()).type, defined.type, name)
