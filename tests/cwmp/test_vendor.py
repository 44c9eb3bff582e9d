"""Vendors' RPCs: XML in, XML out, and no way out of the element that holds it."""

from __future__ import annotations

from lxml import etree
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.vendor import MAX_ELEMENTS, MAX_NAMES, vendor_content


def envelope(method: str, declared: str = "") -> bytes:
    """An envelope with this method in its Body."""
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:c="urn:dslforum-org:cwmp-1-0"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f"{declared}><s:Body>{method}</s:Body></s:Envelope>"
    ).encode()


def read(method: str) -> m.Message | None:
    """The message that a method is."""
    return read_envelope(envelope(method)).message


class ReadingTests(SynchronousTestCase):
    def test_an_unknown_method_is_a_vendor_s_request(self) -> None:
        self.assertEqual(
            m.VendorRequest("X_00D09E_Ping", "<Count>3</Count><Host>a</Host>"),
            read("<c:X_00D09E_Ping><Count>3</Count><Host>a</Host></c:X_00D09E_Ping>"),
        )
        self.assertEqual(m.VendorRequest("informe"), read("<informe/>"))

    def test_one_whose_name_ends_so_is_a_vendor_s_response(self) -> None:
        self.assertEqual(
            m.VendorResponse("X_PingResponse", "<A></A>"), read("<c:X_PingResponse><A/></c:X_PingResponse>")
        )

    def test_nothing_of_it_is_lost(self) -> None:
        found = read("<X_A>one<b y='2' x='1'>two &amp; <c/>three</b>four<d>&#13;</d>five</X_A>")
        self.assertEqual(
            m.VendorRequest("X_A", 'one<b x="1" y="2">two &amp; <c></c>three</b>four<d>&#xD;</d>five'), found
        )

    def test_prefixes_that_its_types_need_are_declared_in_it(self) -> None:
        found = read('<X_A><b xsi:type="xs:int">1</b><c>xs:int</c></X_A>')
        assert isinstance(found, m.VendorRequest)
        self.assertIn('xmlns:xs="http://www.w3.org/2001/XMLSchema"', found.XML)
        again = etree.fromstring(f"<x>{found.XML}</x>")
        self.assertEqual("http://www.w3.org/2001/XMLSchema", again[0].nsmap["xs"])
        self.assertEqual({}, again[1].nsmap)

    def test_the_prefixes_that_need_no_declaration_get_none(self) -> None:
        body = envelope('<X_A><b xsi:type="xsd:int">1</b></X_A>').replace(b"xmlns:xs=", b"xmlns:xsd=")
        self.assertNotIn("xmlns:xsd", str(read_envelope(body).message))

    def test_what_is_read_can_be_sent_again(self) -> None:
        found = read('<X_AResponse><v:b xmlns:v="urn:v" v:a="1"><d xmlns="urn:d"/></v:b></X_AResponse>')
        assert isinstance(found, m.VendorResponse)
        self.assertEqual(found, read_envelope(write_envelope(Envelope(found))).message)

    def test_namespaces_that_cannot_be_written_are_refused(self) -> None:
        error = self.assertRaises(RemoteProtocolError, read, '<X_A><b xmlns="relative"/></X_A>')
        self.assertEqual(8003, error.fault)

    def test_more_than_is_reasonable_is_refused(self) -> None:
        many = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(MAX_NAMES))
        attributes = "".join(f' a{number}=""' for number in range(MAX_NAMES + 1))
        for body in (
            envelope("<X_A>" + "<b/>" * (MAX_ELEMENTS + 1) + "</X_A>"),
            envelope(f"<X_A><b{attributes}/></X_A>"),
            envelope(f"<X_A><b{many}/></X_A>"),
            envelope("<X_A/>", many * 1),
        ):
            error = self.assertRaises(RemoteProtocolError, read_envelope, body)
            self.assertEqual(8004, error.fault)
        self.assertIsNotNone(read("<X_A>" + "<b/>" * (MAX_ELEMENTS - 1) + "</X_A>"))


class WritingTests(SynchronousTestCase):
    def test_elements_are_sent_as_they_are(self) -> None:
        for xml in (
            "",
            "<a/>",
            "<a>1</a>\n<b c='d'>&lt;&#13;</b>",
            '<a xsi:type="xsd:int">1</a>',
            '<v:a xmlns:v="urn:v" SOAP-ENV:mustUnderstand="1"><v:b/></v:a>',
            '<a xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:int">1</a>',
            "<a><![CDATA[</cwmp:X_A>]]></a>",
        ):
            self.assertEqual(xml, vendor_content(xml))
            written = write_envelope(Envelope(m.VendorRequest("X_A", xml))).decode()
            self.assertIn(f"<SOAP-ENV:Body><cwmp:X_A>{xml}</cwmp:X_A></SOAP-ENV:Body>", written)

    def test_what_would_break_out_is_refused(self) -> None:
        for xml in (
            "</cwmp:X_A><cwmp:Reboot/><cwmp:X_A>",
            "</cwmp:X_A>",
            "</content>",
            "</content><content>",
            "</content><content><a/>",
            "</content><!--",
            "<!--",
            "<![CDATA[",
            "<a>]]></a",
            "<a",
            "<a></b>",
            "]]>",
        ):
            self.assertRaises(LocalProtocolError, vendor_content, xml)

    def test_what_is_no_element_is_refused(self) -> None:
        for xml in ("text", "<a/>text", "&amp;", "<!-- -->", "<a><!-- --></a>", "<?p i?>", "<a><?p i?></a>"):
            self.assertRaises(LocalProtocolError, vendor_content, xml)

    def test_what_is_not_to_be_resolved_is_refused(self) -> None:
        for xml in ("<!DOCTYPE a><a/>", "<a>&e;</a>", "<v:a/>", "<a v:b=''/>", "<a>\0</a>", "<a>\ud800</a>"):
            self.assertRaises(LocalProtocolError, vendor_content, xml)

    def test_a_name_that_is_no_element_s_is_refused(self) -> None:
        for name in ("", "X A", "X_A/", "X_A><evil", "1X", "X:A", "X_\u00e9", "X_A\n"):
            for kind in (m.VendorRequest, m.VendorResponse):
                self.assertRaises(LocalProtocolError, write_envelope, Envelope(kind(name)))

    def test_names_of_elements_are_written(self) -> None:
        self.assertIn(
            b"<cwmp:X_00D09E_A.b-c></cwmp:X_00D09E_A.b-c>",
            write_envelope(Envelope(m.VendorRequest("X_00D09E_A.b-c"))),
        )
