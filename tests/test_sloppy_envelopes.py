"""SOAP as badly written devices speak it, to the byte, over real sockets to a real appliance."""

from __future__ import annotations

import re

from tests.test_sloppy_devices import Device, SloppyCase, usual

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
NAMESPACES = f'xmlns:s="{SOAP}" xmlns:c="urn:dslforum-org:cwmp-1-0" {XSI}'
ID = '<s:Header><c:ID s:mustUnderstand="1">7</c:ID></s:Header>'
WHO = (
    "<DeviceId><Manufacturer>Sloppy</Manufacturer><OUI>00D09E</OUI><ProductClass>Box</ProductClass>"
    "<SerialNumber>SERIAL</SerialNumber></DeviceId>"
)
BOOT = "<Event><EventStruct><EventCode>1 BOOT</EventCode><CommandKey/></EventStruct></Event>"
MORE = (
    "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-11-26T12:00:00Z</CurrentTime><RetryCount>0</RetryCount>"
)
VALUES = (
    "<ParameterList><ParameterValueStruct><Name>InternetGatewayDevice.DeviceInfo.SoftwareVersion</Name>"
    '<Value xsi:type="xsd:string">1.0</Value></ParameterValueStruct></ParameterList>'
)


def envelope(body: str, namespaces: str = NAMESPACES, header: str = ID) -> str:
    """An envelope with the prefixes ``s`` and ``c``."""
    return f"<s:Envelope {namespaces}>{header}<s:Body>{body}</s:Body></s:Envelope>"


def informing(who: str = WHO, events: str = BOOT, more: str = MORE, values: str = VALUES) -> str:
    """An Inform of these parts."""
    return f"<c:Inform>{who}{events}{more}{values}</c:Inform>"


def renamed(document: str, **prefixes: str) -> str:
    """The same with other prefixes."""
    for old, new in prefixes.items():
        document = re.sub(rf"(</?|\s|xmlns:){old}(?=[:=])", rf"\1{new}", document)
    return document


USUAL = envelope(informing())
INFORMS: dict[str, str] = {
    "as it should be": USUAL,
    "a declaration": '<?xml version="1.0" encoding="UTF-8"?>\n' + USUAL,
    "a declaration in single quotes, and a comment": "<?xml version='1.0'?><!-- Box -->" + USUAL,
    "other prefixes": renamed(USUAL, s="SOAP-ENV", c="cwmp"),
    "an underscore in a prefix": renamed(USUAL, s="soap_env", c="cwmp_1"),
    "an Envelope in no namespace (CwmpClient)": (
        f'<Envelope xmlns:c="urn:dslforum-org:cwmp-1-0" {XSI}><Header/><Body>{informing()}</Body></Envelope>'
    ),
    "children in cwmp's namespace": envelope(
        informing(WHO.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:"))
    ),
    "1999's XML Schema (netcwmp)": USUAL.replace("2001/XMLSchema", "1999/XMLSchema"),
    "no Header (MikroTik)": envelope(informing(), header=""),
    "an empty Header": envelope(informing(), header="<s:Header/>"),
    "a Header without an ID": envelope(
        informing(), header="<s:Header><c:NoMoreRequests>0</c:NoMoreRequests></s:Header>"
    ),
    "SessionTimeout and SupportedCWMPVersions (icwmp)": envelope(
        informing(),
        header="<s:Header><c:ID>1</c:ID><c:SessionTimeout>60</c:SessionTimeout>"
        "<c:SupportedCWMPVersions>1.0,1.4</c:SupportedCWMPVersions></s:Header>",
    ),
    "cwmp-1-2": USUAL.replace("cwmp-1-0", "cwmp-1-2"),
    "cwmp-1-3, which is in no schema": USUAL.replace("cwmp-1-0", "cwmp-1-3"),
    "cwmp-1-4, which is in no schema": USUAL.replace("cwmp-1-0", "cwmp-1-4"),
    "encodingStyle on the Envelope (Thomson)": USUAL.replace(
        "<s:Envelope ", '<s:Envelope s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" '
    ),
    "MaxEnvelopes 2, RetryCount 05, year 0 (Thomson)": envelope(
        informing(
            more="<MaxEnvelopes>2</MaxEnvelopes><CurrentTime>0000-00-00T00:00:00</CurrentTime><RetryCount>05</RetryCount>"
        )
    ),
    "a time that is none": USUAL.replace("2026-11-26T12:00:00Z", "2019-03-05T11:54::14"),
    "a time of another zone": USUAL.replace("12:00:00Z", "12:00:00+0000"),
    "arrayType with another number": USUAL.replace(
        "<ParameterList>", '<ParameterList xmlns:e="urn:e" e:arrayType="cwmp:ParameterValueStruct[16]">'
    ),
    "arrayType with zeros before": USUAL.replace(
        "<Event>", '<Event xmlns:e="urn:e" e:arrayType="cwmp:EventStruct[0001]">'
    ),
    "no events": envelope(informing(events="<Event/>")),
    "no Event": envelope(informing(events="")),
    "an event without a code (PHICOMM)": envelope(
        informing(events="<Event><EventStruct><CommandKey/></EventStruct></Event>")
    ),
    "M Reboot before 1 BOOT (easycwmp)": USUAL.replace(
        "<Event>",
        "<Event><EventStruct><EventCode>M Reboot</EventCode><CommandKey>x</CommandKey></EventStruct>",
    ),
    "children in another order": envelope(f"<c:Inform>{VALUES}{MORE}{BOOT}{WHO}</c:Inform>"),
    "a DeviceId in another order": envelope(
        informing(
            "<DeviceId><SerialNumber>SERIAL</SerialNumber><ProductClass>Box</ProductClass><OUI>00D09E</OUI>"
            "<Manufacturer>Sloppy</Manufacturer></DeviceId>"
        )
    ),
    "no MaxEnvelopes, CurrentTime, RetryCount": envelope(informing(more="")),
    "no ParameterList": envelope(informing(values="")),
    "a value without Value (Cisco)": USUAL.replace('<Value xsi:type="xsd:string">1.0</Value>', ""),
    "a value without a type": USUAL.replace(' xsi:type="xsd:string"', ""),
    "a type of nobody's": USUAL.replace("xsd:string", "xsd:signedInt"),
    "a type without a name": USUAL.replace("xsd:string", "xsd:"),
    "the same parameter twice (ZTE)": USUAL.replace(
        "</ParameterList>", VALUES.removeprefix("<ParameterList>")
    ),
    "white space around everything": USUAL.replace(">", ">\r\n\t ").replace("<", " \n<").strip(),
    "elements that nobody knows": USUAL.replace(
        "<MaxEnvelopes>", "<X-Vendor><Deep>1</Deep></X-Vendor><MaxEnvelopes>"
    ),
    "a control character": USUAL.replace("1.0", "1.0\x02"),
    "a control character by its number": USUAL.replace("1.0", "1.0&#2;"),
    "attributes in single quotes": USUAL.replace('"', "'"),
}
"""Informs that open a session."""


class EnvelopeCase(SloppyCase):
    def opened(self, body: bytes) -> tuple[Device, tuple[int, bytes, bytes]]:
        """A device that has posted this Inform, with its own serial number, and the answer."""
        device = self.device()
        body = body.replace(b"SERIAL", f"E{device.number:06d}".encode())
        return device, device.post(self.sent(usual, device, body))

    def asked_of(self, body: bytes | None = None) -> Device:
        """One that was asked for the names of its parameters."""
        device, _ = self.opened(body or USUAL.encode())
        self.assert_asked(device.post(self.sent(usual, device, b"")), "asked")
        return device

    def said(self, device: Device, body: str) -> bytes:
        """What the ACS says to this."""
        status, _, answer = device.post(
            self.sent(usual, device, envelope(body, header=ID.replace("7", "1")).encode())
        )
        self.assertIn(status, (200, 204), (body, answer))
        return answer


class InformTests(EnvelopeCase):
    def test_each_opens_a_session(self) -> None:
        for about, body in INFORMS.items():
            device, (status, _, answer) = self.opened(body.encode())
            self.assertEqual((200, True), (status, b"<cwmp:InformResponse>" in answer), (about, answer))
            self.assert_asked(device.post(self.sent(usual, device, b"")), about)

    def test_bytes_that_are_no_utf_8_are_latin_1(self) -> None:
        device, (status, _, _) = self.opened(USUAL.replace("1.0<", "Größe<").encode("latin-1"))
        self.assertEqual(200, status)
        self.assert_asked(device.post(self.sent(usual, device, b"")), "latin-1")

    def test_the_answer_has_the_id_and_the_namespace_of_the_question(self) -> None:
        for namespace in ("cwmp-1-0", "cwmp-1-2"):
            _, (_, _, answer) = self.opened(USUAL.replace("cwmp-1-0", namespace).encode())
            self.assertIn(f"urn:dslforum-org:{namespace}".encode(), answer)
            self.assertIn(b'mustUnderstand="1">7</cwmp:ID>', answer)
        _, (_, _, answer) = self.opened(INFORMS["no Header (MikroTik)"].encode())
        self.assertNotIn(b"ID", answer)

    def test_no_answer_begins_with_a_declaration(self) -> None:
        _, (_, _, answer) = self.opened(USUAL.encode())
        self.assertTrue(answer.startswith(b"<SOAP-ENV:Envelope "))


NAME = "<Name>InternetGatewayDevice.DeviceInfo.SoftwareVersion</Name>"
LISTS: dict[str, str] = {
    "as it should be": f"<ParameterInfoStruct>{NAME}<Writable>0</Writable></ParameterInfoStruct>",
    "Writable in words": f"<ParameterInfoStruct>{NAME}<Writable>false</Writable></ParameterInfoStruct>",
    "no Writable": f"<ParameterInfoStruct>{NAME}</ParameterInfoStruct>",
    "an empty list (Yeacomm)": "",
    "a name without its dot (CwmpClient)": (
        "<ParameterInfoStruct><Name>InternetGatewayDevice</Name><Writable>0</Writable></ParameterInfoStruct>"
    ),
    "names twice": f"<ParameterInfoStruct>{NAME}<Writable>0</Writable></ParameterInfoStruct>" * 2,
}
NAMES = "<c:GetParameterNamesResponse><ParameterList>{}</ParameterList></c:GetParameterNamesResponse>"
VALUES_TOLD = "<c:GetParameterValuesResponse><ParameterList>{}</ParameterList></c:GetParameterValuesResponse>"
FAULTS: dict[str, str] = {
    "as it should be": (
        "<s:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><c:Fault>"
        "<FaultCode>9001</FaultCode><FaultString>Request denied</FaultString></c:Fault></detail></s:Fault>"
    ),
    "detail within faultstring (netcwmp)": (
        "<s:Fault><faultcode>Client</faultcode><faultstring>CWMP fault<detail><c:Fault>"
        "<FaultCode>9001</FaultCode><FaultString/></c:Fault></detail></faultstring></s:Fault>"
    ),
    "no detail": "<s:Fault><faultcode>Server</faultcode><faultstring>no</faultstring></s:Fault>",
    "nothing at all": "<s:Fault/>",
}


class AnswerTests(EnvelopeCase):
    def test_names_however_they_are_listed(self) -> None:
        for about, names in LISTS.items():
            answer = self.said(self.asked_of(), NAMES.format(names))
            self.assertIn(b"<cwmp:GetParameterValues>", answer, about)

    def test_values_however_they_are_told(self) -> None:
        for value in (
            '<Value xsi:type="xsd:string">1</Value>',
            "<Value>1</Value>",
            "",
            '<Value xsi:type="xsd:boolean">Enabled</Value>',
            '<Value xsi:type="object"></Value>',
            '<Value xsi:type="xsd:dateTime">0001-01-01T00:00:00Z</Value>',
        ):
            device = self.asked_of()
            self.said(device, NAMES.format(LISTS["as it should be"]))
            told = f"<ParameterValueStruct>{NAME}{value}</ParameterValueStruct>"
            body = VALUES_TOLD.format(told)
            self.assertIn(b"<cwmp:GetParameterAttributes>", self.said(device, body), value)

    def test_faults_however_they_are_written(self) -> None:
        for about, fault in FAULTS.items():
            device = self.asked_of()
            self.assertEqual(b"", self.said(device, fault), about)
            (session,) = self.appliance.asked(
                "session", "list", "--limit", "1", "--client-ip", device.address
            )
            self.assertEqual("success", session["result"], about)

    def test_one_that_knows_an_rpc_not_may_say_nothing(self) -> None:
        device = self.asked_of()
        status, _, _ = device.post(self.sent(usual, device, b""))
        self.assertEqual(204, status)

    def test_one_that_asks_instead_of_answering_is_answered(self) -> None:
        device = self.asked_of()
        self.assertIn(b"GetRPCMethodsResponse", self.said(device, "<c:GetRPCMethods/>"))
        self.assertIn(b"<cwmp:GetParameterValues>", self.said(device, NAMES.format("")))

    def test_a_transfer_however_it_is_told(self) -> None:
        fault = "<FaultStruct><FaultCode>0</FaultCode><FaultString/></FaultStruct>"
        for body in (
            f"<CommandKey>k</CommandKey>{fault}<StartTime/><CompleteTime/>",
            f"<StartTime/><CompleteTime/><CommandKey>k</CommandKey>{fault}",
            "<CommandKey/>",
        ):
            device, _ = self.opened(USUAL.encode())
            answer = self.said(device, f"<c:TransferComplete>{body}</c:TransferComplete>")
            self.assertIn(b"<cwmp:TransferCompleteResponse>", answer, body)


class RefusalTests(EnvelopeCase):
    BAD: dict[str, tuple[str, str]] = {
        "no OUI": (USUAL.replace("00D09E", ""), "8003"),
        "no SerialNumber": (USUAL.replace("<SerialNumber>SERIAL</SerialNumber>", ""), "8003"),
        "too long a name": (USUAL.replace("<OUI>", "<OUI>" + "0" * 65), "8003"),
        "a RetryCount that is none": (USUAL.replace("<RetryCount>0", "<RetryCount>many"), "8003"),
    }
    BROKEN: dict[str, tuple[str, str]] = {
        "two envelopes": (USUAL + USUAL, "not XML"),
        "two bodies": (USUAL.replace("</s:Body>", "</s:Body><s:Body/>"), "2 Body elements"),
        "two messages": (envelope(informing() + informing()), "2 elements in the Body"),
        "a document type": ("<!DOCTYPE s [<!ENTITY x 'y'>]>" + USUAL, "document type declaration"),
        "an external entity": (
            '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + USUAL.replace("1.0<", "&x;<"),
            "document type declaration",
        ),
        "another document": ("<html><body/></html>", "not a SOAP envelope"),
        "half an envelope": (USUAL[:200], "not XML"),
        "nesting without end": (envelope("<a>" * 5000 + "</a>" * 5000), ""),
    }

    def test_what_lacks_its_name_gets_a_fault(self) -> None:
        for about, (body, code) in self.BAD.items():
            _, (status, _, answer) = self.opened(body.encode())
            self.assertEqual(200, status, about)
            self.assertIn(f"<FaultCode>{code}</FaultCode>".encode(), answer, about)
            self.assertNotIn(b"InformResponse", answer)

    def test_what_is_broken_is_a_400_with_its_reason(self) -> None:
        for about, (body, reason) in self.BROKEN.items():
            _, (status, _, answer) = self.opened(body.encode())
            self.assertEqual(400, status, (about, answer))
            self.assertIn(reason, answer.decode(), about)
            self.assertNotIn(b"root:", answer)
        self.assertNotIn("Traceback", self.appliance.log())
