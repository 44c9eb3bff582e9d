"""Envelopes as devices send them, which are not exact: what is read all the same, and what is refused."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.namespaces import CWMP_1_0, CWMP_1_2
from acs.cwmp.types import UNKNOWN_TIME
from tests.support.messages import EXAMPLES, INFORM

SOAP = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
CWMP = 'xmlns:c="urn:dslforum-org:cwmp-1-0"'


def envelope(body: str, header: str = "") -> bytes:
    """An envelope with this in its Body."""
    return (
        f"<s:Envelope {SOAP} {XSI} {CWMP}><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def read(body: str) -> Any:
    """The message that stands in a Body."""
    return read_envelope(envelope(body)).message


def values(item: str) -> tuple[v.ParameterValueStruct, ...]:
    """The parameters of a list with this in it."""
    found: m.GetParameterValuesResponse = read(
        f"<c:GetParameterValuesResponse><ParameterList>{item}</ParameterList></c:GetParameterValuesResponse>"
    )
    return found.ParameterList


class ToleranceTests(SynchronousTestCase):
    """What CPEs in the field write."""

    def test_any_prefix_will_do_and_none_too(self) -> None:
        body = write_envelope(Envelope(INFORM, header=Header("7")))
        for prefix in (b"soap_env", b"soapenv", b"soap-env", b"soap", b"cwmp-1", b"_"):
            other = body.replace(b"SOAP-ENV", prefix)
            self.assertEqual(Envelope(INFORM, header=Header("7")), read_envelope(other))
        default = body.replace(b"SOAP-ENV:", b"").replace(b"xmlns:SOAP-ENV", b"xmlns")
        self.assertEqual(INFORM, read_envelope(default).message)

    def test_soap_may_mean_the_encoding(self) -> None:
        body = write_envelope(Envelope(INFORM)).replace(b"SOAP-ENC", b"soap")
        self.assertEqual(INFORM, read_envelope(body).message)

    def test_the_method_s_namespace_may_be_the_default_of_its_arguments_too(self) -> None:
        found = read(
            '<GetParameterNames xmlns="urn:dslforum-org:cwmp-1-0"><ParameterPath>Device.</ParameterPath>'
            "<NextLevel>1</NextLevel></GetParameterNames>"
        )
        self.assertEqual(m.GetParameterNames("Device.", True), found)

    def test_an_envelope_in_no_namespace_with_its_arguments_in_cwmp_s_own(self) -> None:
        # CwmpClient writes so, in another order, and without a header.
        body = (
            '<Envelope><Body><cwmp:Inform xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><cwmp:Event><EventStruct>'
            "<CommandKey/><EventCode>1 BOOT</EventCode></EventStruct></cwmp:Event><cwmp:DeviceId>"
            "<cwmp:SerialNumber>1</cwmp:SerialNumber><cwmp:OUI>00D09E</cwmp:OUI></cwmp:DeviceId>"
            "<ParameterList><ParameterValueStruct><Name>Device.X</Name><Value>1</Value></ParameterValueStruct>"
            "</ParameterList></cwmp:Inform></Body></Envelope>"
        )
        found = read_envelope(body.encode())
        self.assertEqual(
            Envelope(
                m.Inform(
                    v.DeviceId("", "00D09E", "", "1"),
                    (v.EventStruct("1 BOOT"),),
                    ParameterList=(v.ParameterValueStruct("Device.X", "1"),),
                )
            ),
            found,
        )

    def test_the_header_may_be_absent_or_empty_and_the_id_too(self) -> None:
        for header in (b"", b"<s:Header/>", b"<s:Header></s:Header>", b"<s:Header><x/></s:Header>"):
            body = envelope("<c:Inform/>").replace(b"<s:Header></s:Header>", header)
            self.assertEqual(Header(), read_envelope(body).header)

    def test_of_two_headers_the_last_counts(self) -> None:
        body = envelope("<c:Inform/>", "<c:ID>2</c:ID>")
        twice = body.replace(b"<s:Header>", b"<s:Header><c:ID>1</c:ID></s:Header><s:Header>")
        self.assertEqual(Header("2"), read_envelope(twice).header)

    def test_each_element_of_the_header_is_read(self) -> None:
        header = (
            "<c:ID>a b</c:ID><c:HoldRequests>true</c:HoldRequests><c:NoMoreRequests> 1 </c:NoMoreRequests>"
            "<c:SessionTimeout>40</c:SessionTimeout>"
            "<c:SupportedCWMPVersions>1.0, 1.1,,1.4 </c:SupportedCWMPVersions>"
            "<c:UseCWMPVersion> 1.4</c:UseCWMPVersion><c:Other/>"
        )
        self.assertEqual(
            Header("a b", True, True, 40, ("1.0", "1.1", "1.4"), "1.4"),
            read_envelope(envelope("<c:Inform/>", header)).header,
        )

    def test_nonsense_in_the_header_counts_as_absent(self) -> None:
        for timeout in ("", "-1", "soon", "1.5", "\u0661", "9" * 5000):
            header = f"<c:SessionTimeout>{timeout}</c:SessionTimeout><c:HoldRequests>yes</c:HoldRequests>"
            self.assertEqual(Header(), read_envelope(envelope("<c:Inform/>", header)).header)

    def test_arguments_come_in_any_order_with_others_between_and_missing_ones_read_as_nothing(self) -> None:
        found = read(
            "<c:TransferComplete><CompleteTime/><X_Extra>1</X_Extra>"
            "<StartTime> 2026-01-01T00:00:00 </StartTime>"
            "<FaultStruct><FaultString>no</FaultString><FaultCode>9010</FaultCode></FaultStruct>"
            "</c:TransferComplete>"
        )
        self.assertEqual(m.TransferComplete("", v.FaultStruct(9010, "no"), "2026-01-01T00:00:00", ""), found)

    def test_a_message_of_which_nothing_came_has_all_its_fields(self) -> None:
        self.assertEqual(m.Inform(v.DeviceId("", "", "", "")), read("<c:Inform/>"))
        self.assertEqual(m.AddObjectResponse(0, 0), read("<c:AddObjectResponse/>"))
        self.assertEqual(m.GetParameterValues(()), read("<c:GetParameterValues/>"))
        self.assertEqual(UNKNOWN_TIME, read("<c:DownloadResponse/>").StartTime)

    def test_every_message_may_come_empty(self) -> None:
        for message in EXAMPLES:
            self.assertIs(type(message), type(read(f"<c:{m.name_of(message)}/>")))

    def test_set_parameter_values_may_be_answered_by_a_list(self) -> None:
        # CwmpClient gives the parameters back, and no Status.
        found = read(
            "<c:SetParameterValuesResponse><ParameterList><ParameterValueStruct/></ParameterList>"
            "</c:SetParameterValuesResponse>"
        )
        self.assertEqual(m.SetParameterValuesResponse(0), found)

    def test_an_event_may_lack_its_code(self) -> None:
        found = read("<c:Inform><Event><EventStruct><CommandKey/></EventStruct></Event></c:Inform>")
        self.assertEqual((v.EventStruct(),), found.Event)

    def test_an_array_is_as_long_as_it_is_whatever_it_says(self) -> None:
        item = "<EventStruct><EventCode>1 BOOT</EventCode></EventStruct>"
        for said in (
            "cwmp:EventStruct[16]",
            "cwmp:EventStruct[0]",
            "cwmp:EventStruct[03]",
            "x[",
            "",
            "[-1]",
            "cwmp:EventStruct[99999999999999999999]",
            "xsd:string[2]",
        ):
            found = read(
                f'<c:Inform><Event xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" e:arrayType="{said}"'
                f' xsi:type="e:Array">{item}{item}</Event></c:Inform>'
            )
            self.assertEqual((v.EventStruct("1 BOOT"),) * 2, found.Event)

    def test_items_of_an_array_may_have_any_name(self) -> None:
        found = read(
            "<c:GetRPCMethodsResponse><MethodList><string>A</string><item> B </item></MethodList>"
            "</c:GetRPCMethodsResponse>"
        )
        self.assertEqual(("A", "B"), found.MethodList)

    def test_names_may_stand_in_white_space_and_values_keep_theirs(self) -> None:
        item = "<ParameterValueStruct><Name>\n Device.X\n</Name><Value>  x\n</Value></ParameterValueStruct>"
        self.assertEqual((v.ParameterValueStruct("Device.X", "  x\n"),), values(item))

    def test_text_in_parts_is_one_text(self) -> None:
        item = "<I><Name>Device.<!-- -->X</Name><Value>a<![CDATA[<b>]]>&amp;c<?p?>d</Value></I>"
        self.assertEqual((v.ParameterValueStruct("Device.X", "a<b>&cd"),), values(item))

    def test_the_same_name_may_come_twice(self) -> None:
        item = "<I><Name>Device.X</Name><Value>{}</Value></I>"
        self.assertEqual(["1", "2"], [each.Value for each in values(item.format(1) + item.format(2))])


class ValueTypeTests(SynchronousTestCase):
    """The type that goes with a parameter's value."""

    def type_of(self, attribute: str) -> str:
        """The type read of a Value with this attribute."""
        (found,) = values(f"<I><Name>Device.X</Name><Value {attribute}>1</Value></I>")
        self.assertEqual("1", found.Value)
        return found.Type

    def test_it_is_known_by_its_local_name_whatever_its_prefix(self) -> None:
        for prefix in ("xsd:", "xs:", "s:", "undeclared:", ""):
            self.assertEqual("xsd:unsignedInt", self.type_of(f'xsi:type="{prefix}unsignedInt"'))

    def test_any_edition_of_xml_schema_will_do(self) -> None:
        self.assertEqual(
            "xsd:int", self.type_of('xmlns:i="http://www.w3.org/1999/XMLSchema-instance" i:type="xsd:int"')
        )
        self.assertEqual("xsd:int", self.type_of('type="int"'))

    def test_the_encoding_s_base64_is_the_schema_s_base64_binary(self) -> None:
        for name in ("xsd:base64", "soapenc:base64", "xsd:base64Binary"):
            self.assertEqual("xsd:base64Binary", self.type_of(f'xsi:type="{name}"'))

    def test_a_type_that_does_not_exist_is_none(self) -> None:
        for name in ("object", "xsd:String", "", ":"):
            self.assertEqual("", self.type_of(f'xsi:type="{name}"'))

    def test_a_value_may_have_no_type(self) -> None:
        self.assertEqual("", self.type_of(""))

    def test_a_parameter_may_have_no_value(self) -> None:
        for item in ("<I><Name>Device.X</Name></I>", "<I><Name>Device.X</Name><Value/></I>"):
            self.assertEqual((v.ParameterValueStruct("Device.X", ""),), values(item))


class LeafTests(SynchronousTestCase):
    """Numbers, truth values and times."""

    def size(self, text: str) -> int:
        """What is read of an unsignedInt."""
        found: m.AutonomousTransferComplete = read(
            f"<c:AutonomousTransferComplete><FileSize>{text}</FileSize></c:AutonomousTransferComplete>"
        )
        return found.FileSize

    def writable(self, text: str) -> bool:
        """What is read of a boolean."""
        found: m.GetParameterNamesResponse = read(
            "<c:GetParameterNamesResponse><ParameterList><ParameterInfoStruct>"
            f"<Name>Device.X</Name><Writable>{text}</Writable>"
            "</ParameterInfoStruct></ParameterList></c:GetParameterNamesResponse>"
        )
        return found.ParameterList[0].Writable

    def test_numbers_in_all_their_spellings(self) -> None:
        spellings = {"5": 5, "05": 5, "+5": 5, " 5\n": 5, "-1": -1, "4294967295": 2**32 - 1, "": 0, " ": 0}
        self.assertEqual(spellings, {text: self.size(text) for text in spellings})
        self.assertEqual(10**18 - 1, self.size("9" * 18))

    def test_no_numbers(self) -> None:
        for text in (
            "x",
            "1.0",
            "1e3",
            "0x10",
            "1_000",
            "1 2",
            "--1",
            "\u0661",
            "\uff11",
            "9" * 19,
            "9" * 100000,
        ):
            error = self.assertRaises(RemoteProtocolError, self.size, text)
            self.assertEqual(8003, error.fault)
            self.assertLess(len(str(error)), 100)
            self.assertTrue(str(error).startswith("FileSize: not an integer: "))

    def test_truth_in_all_its_spellings(self) -> None:
        for text in ("1", "true", "TRUE", " True\n"):
            self.assertTrue(self.writable(text))
        for text in ("0", "false", "False ", ""):
            self.assertFalse(self.writable(text))

    def test_no_truth(self) -> None:
        for text in ("2", "yes", "Enabled", "x" * 100000):
            error = self.assertRaises(RemoteProtocolError, self.writable, text)
            self.assertEqual(8003, error.fault)
            self.assertLess(len(str(error)), 100)

    def test_times_are_kept_as_they_are(self) -> None:
        for time in ("0000-00-00T00:00:00", "2019-03-05T11:54::14", "1970-01-01T00:00:00+0000", "soon", ""):
            found = read(f"<c:Inform><CurrentTime> {time}\n</CurrentTime></c:Inform>")
            self.assertEqual(time, found.CurrentTime)


class NamespaceTests(SynchronousTestCase):
    def namespace(self, body: str) -> str:
        """The CWMP namespace read of an envelope."""
        return read_envelope(f"<Envelope>{body}</Envelope>".encode()).namespace

    def test_it_is_the_method_s_own(self) -> None:
        for uri in (CWMP_1_0, CWMP_1_2, "urn:dslforum-org:cwmp-1-4"):
            self.assertEqual(
                uri, self.namespace(f'<Body><x:Inform xmlns:x="{uri}" xmlns:y="{CWMP_1_0}"/></Body>')
            )

    def test_it_is_one_declared_about_a_method_in_none(self) -> None:
        self.assertEqual(CWMP_1_2, self.namespace(f'<Body xmlns:x="{CWMP_1_2}"><Inform/></Body>'))
        self.assertEqual(CWMP_1_2, self.namespace(f'<Body xmlns:x="{CWMP_1_2}"/>'))

    def test_there_may_be_none(self) -> None:
        self.assertEqual("", self.namespace("<Body><Inform/></Body>"))

    def test_one_that_cannot_be_echoed_is_none(self) -> None:
        for uri in (
            "urn:dslforum-org:cwmp-1-0/x",
            "urn:dslforum-org:cwmp-",
            "urn:dslforum-org:cwmp-1-2&amp;",
            "urn:dslforum-org:cwmp-1-1234",
            "URN:dslforum-org:cwmp-1-0",
        ):
            self.assertEqual("", self.namespace(f'<Body><x:Inform xmlns:x="{uri}"/></Body>'))


class RefusalTests(SynchronousTestCase):
    def refusal(self, body: bytes) -> RemoteProtocolError:
        """The error with which a body is refused."""
        return self.assertRaises(RemoteProtocolError, read_envelope, body)

    def test_what_is_no_envelope(self) -> None:
        for body in (b"<html><Body/></html>", envelope("<c:Inform/>").replace(b"Envelope", b"Envelop")):
            self.assertIsNone(self.refusal(body).fault)
        self.assertLess(len(str(self.refusal(b"<" + b"x" * 10000 + b"/>"))), 100)

    def test_no_body(self) -> None:
        self.assertEqual(
            "0 Body elements in the envelope", str(self.refusal(b"<Envelope><Header/></Envelope>"))
        )

    def test_two_bodies(self) -> None:
        body = b"<Envelope><Body><Inform/></Body><Body/></Envelope>"
        self.assertEqual("2 Body elements in the envelope", str(self.refusal(body)))

    def test_two_messages(self) -> None:
        body = b"<Envelope><Body><Inform/><Inform/></Body></Envelope>"
        self.assertEqual("2 elements in the Body", str(self.refusal(body)))

    def test_elements_where_text_was_due(self) -> None:
        for body, name in (
            ("<c:Reboot><CommandKey>x<y/></CommandKey></c:Reboot>", "CommandKey"),
            ("<c:Inform><RetryCount><a/></RetryCount></c:Inform>", "RetryCount"),
            ("<c:Inform><ParameterList><I><Value>1<b/></Value></I></ParameterList></c:Inform>", "Value"),
            ("<c:Inform><ParameterList><I><Name><b/></Name></I></ParameterList></c:Inform>", "Name"),
        ):
            error = self.refusal(envelope(body))
            self.assertEqual((8003, f"{name}: elements where text was due"), (error.fault, str(error)))

    def test_an_operation_of_no_known_type(self) -> None:
        for attribute in ("", 'xsi:type="c:FormatOpStruct"', f'xsi:type="{"x" * 9999}"'):
            error = self.refusal(envelope(f"<c:ChangeDUState><Operations {attribute}/></c:ChangeDUState>"))
            self.assertEqual(8003, error.fault)
            self.assertLess(len(str(error)), 120)

    def test_an_error_tells_what_its_answer_has_to_carry(self) -> None:
        body = envelope("<c:Inform><RetryCount>x</RetryCount></c:Inform>", "<c:ID>a-1</c:ID>")
        error = self.refusal(body.replace(b"cwmp-1-0", b"cwmp-1-2"))
        self.assertEqual((8003, "a-1", CWMP_1_2), (error.fault, error.id, error.namespace))
        self.assertEqual("RetryCount: not an integer: 'x'", error.reason)

    def test_many_items_take_no_more_than_their_time(self) -> None:
        result = "<Results><UUID>x</UUID></Results>" * 100_000
        found = read(f"<c:DUStateChangeComplete>{result}</c:DUStateChangeComplete>")
        self.assertEqual(100_000, len(found.Results))
