"""Exactly how messages are written, and what is refused instead of being cut, dropped or bent."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.namespaces import CWMP_1_2
from tests.support.messages import DEVICE


class WritingTests(SynchronousTestCase):
    """To the byte, as the prefixes and digits matter to some CPEs."""

    START = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:cwmp="urn:dslforum-org:cwmp-1-0">'
    )
    END = "</SOAP-ENV:Envelope>"

    def assert_written(self, expected: str, message: m.Message | None, header: Header | None = None) -> None:
        """The envelope holds exactly this."""
        written = write_envelope(Envelope(message, header=header or Header())).decode()
        self.assertEqual(self.START + expected + self.END, written)

    def test_an_answer_to_an_inform(self) -> None:
        self.assert_written(
            '<SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand="1">1</cwmp:ID></SOAP-ENV:Header>'
            "<SOAP-ENV:Body><cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>"
            "</SOAP-ENV:Body>",
            m.InformResponse(),
            Header("1"),
        )

    def test_every_element_of_the_header(self) -> None:
        self.assert_written(
            "<SOAP-ENV:Header>"
            '<cwmp:ID SOAP-ENV:mustUnderstand="1"></cwmp:ID>'
            '<cwmp:HoldRequests SOAP-ENV:mustUnderstand="1">1</cwmp:HoldRequests>'
            '<cwmp:NoMoreRequests SOAP-ENV:mustUnderstand="0">1</cwmp:NoMoreRequests>'
            '<cwmp:SessionTimeout SOAP-ENV:mustUnderstand="0">60</cwmp:SessionTimeout>'
            '<cwmp:SupportedCWMPVersions SOAP-ENV:mustUnderstand="0">1.0,1.4</cwmp:SupportedCWMPVersions>'
            '<cwmp:UseCWMPVersion SOAP-ENV:mustUnderstand="1">1.4</cwmp:UseCWMPVersion>'
            "</SOAP-ENV:Header><SOAP-ENV:Body></SOAP-ENV:Body>",
            None,
            Header("", True, True, 60, ("1.0", "1.4"), "1.4"),
        )

    def test_arrays_of_strings_structures_and_nothing(self) -> None:
        self.assert_written(
            '<SOAP-ENV:Body><cwmp:GetParameterValues><ParameterNames SOAP-ENC:arrayType="xsd:string[2]">'
            "<string>Device.A</string><string></string></ParameterNames></cwmp:GetParameterValues>"
            "</SOAP-ENV:Body>",
            m.GetParameterValues(("Device.A", "")),
        )
        self.assert_written(
            "<SOAP-ENV:Body><cwmp:SetParameterAttributes>"
            '<ParameterList SOAP-ENC:arrayType="cwmp:SetParameterAttributesStruct[1]">'
            "<SetParameterAttributesStruct><Name>Device.A</Name><NotificationChange>1</NotificationChange>"
            "<Notification>2</Notification><AccessListChange>0</AccessListChange>"
            '<AccessList SOAP-ENC:arrayType="xsd:string[0]"></AccessList>'
            "</SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes></SOAP-ENV:Body>",
            m.SetParameterAttributes((v.SetParameterAttributesStruct("Device.A", True, 2),)),
        )

    def test_values_have_their_type_and_booleans_are_digits(self) -> None:
        listed = (
            v.ParameterValueStruct("Device.A", "1", "xsd:boolean"),
            v.ParameterValueStruct("Device.B", "<&>\r"),
            v.ParameterValueStruct("Device.C", "", 'X_evil" a="'),
        )
        self.assert_written(
            "<SOAP-ENV:Body><cwmp:SetParameterValues>"
            '<ParameterList SOAP-ENC:arrayType="cwmp:ParameterValueStruct[3]">'
            "<ParameterValueStruct><Name>Device.A</Name>"
            '<Value xsi:type="xsd:boolean">1</Value></ParameterValueStruct>'
            "<ParameterValueStruct><Name>Device.B</Name>"
            '<Value xsi:type="xsd:string">&lt;&amp;&gt;&#13;</Value></ParameterValueStruct>'
            "<ParameterValueStruct><Name>Device.C</Name>"
            '<Value xsi:type="xsd:string"></Value></ParameterValueStruct>'
            "</ParameterList><ParameterKey>k</ParameterKey></cwmp:SetParameterValues></SOAP-ENV:Body>",
            m.SetParameterValues(listed, "k"),
        )

    def test_operations_are_repeated_and_typed_and_what_is_optional_left_out(self) -> None:
        self.assert_written(
            "<SOAP-ENV:Body><cwmp:ChangeDUState>"
            '<Operations xsi:type="cwmp:InstallOpStruct"><URL>http://x/</URL></Operations>'
            '<Operations xsi:type="cwmp:UpdateOpStruct"></Operations>'
            "</cwmp:ChangeDUState></SOAP-ENV:Body>",
            m.ChangeDUState((v.InstallOpStruct("http://x/"), v.UpdateOpStruct())),
        )

    def test_there_is_no_xml_declaration_and_the_charset_is_utf_8(self) -> None:
        written = write_envelope(Envelope(m.Reboot("\u20ac")))
        self.assertTrue(written.startswith(b"<SOAP-ENV:Envelope "))
        self.assertIn("<CommandKey>\u20ac</CommandKey>".encode(), written)

    def test_it_speaks_the_namespace_that_it_is_told(self) -> None:
        for uri in (CWMP_1_2, "urn:dslforum-org:cwmp-1-4"):
            self.assertIn(f'xmlns:cwmp="{uri}"'.encode(), write_envelope(Envelope(m.Reboot(), uri)))


class UnwritableTests(SynchronousTestCase):
    """What must not be sent is refused; nothing is dropped or cut in silence."""

    def refusal(self, message: m.Message, **envelope: Any) -> str:
        """Why a message is not written."""
        return str(self.assertRaises(LocalProtocolError, write_envelope, Envelope(message, **envelope)))

    def test_characters_that_xml_cannot_carry(self) -> None:
        for character in "\0\x02\x08\x0b\x1f\ud800\udfff\ufffe\uffff":
            words = f"a{character}b"
            expected = f"character U+{ord(character):04X} cannot be sent in XML"
            for message in (
                m.Reboot(words),
                m.GetParameterNames(words),
                m.SetParameterValues((v.ParameterValueStruct("Device.X", words),)),
                m.Fault(9002, words),
                m.Inform(DEVICE, CurrentTime=words),
            ):
                self.assertEqual(expected, self.refusal(message))
            self.assertEqual(expected, self.refusal(m.Reboot(), header=Header(words)))
            self.assertEqual(expected, self.refusal(m.Reboot(), header=Header(use_version=words)))

    def test_texts_that_are_too_long(self) -> None:
        write_envelope(Envelope(m.Reboot("\u20ac" * 32)))
        self.assertEqual("CommandKey: longer than 32 characters", self.refusal(m.Reboot("x" * 33)))
        self.assertEqual(
            "Name: longer than 256 characters",
            self.refusal(m.SetParameterValues((v.ParameterValueStruct("x" * 257, ""),))),
        )
        self.assertEqual(
            "string: longer than 256 characters", self.refusal(m.GetParameterValues(("x" * 257,)))
        )

    def test_numbers_that_are_too_large_or_too_small(self) -> None:
        for number in (-1, 2**32):
            self.assertEqual(
                "DelaySeconds: must be between 0 and 4294967295", self.refusal(m.ScheduleInform(number))
            )
        for number in (-(2**31) - 1, 2**31):
            self.assertIn("Status: must be between", self.refusal(m.SetParameterValuesResponse(number)))
        self.assertIn(
            "Notification: must be between 0 and 6",
            self.refusal(m.SetParameterAttributes((v.SetParameterAttributesStruct("Device.X", True, 7),))),
        )

    def test_words_that_annex_a_does_not_allow(self) -> None:
        self.assertIn("ObjectName: must match", self.refusal(m.AddObject("Device.X")))
        self.assertIn("FileType: must match", self.refusal(m.Upload(FileType="log", URL="")))
        self.assertIn("UUID: must match", self.refusal(m.ChangeDUState((v.UninstallOpStruct("1"),))))

    def test_lists_that_are_too_short_or_too_long(self) -> None:
        window = v.TimeWindowStruct(0, 1)
        self.assertEqual("ParameterNames: must hold at least 1", self.refusal(m.GetParameterValues(())))
        self.assertEqual("Operations: must hold at least 1", self.refusal(m.ChangeDUState(())))
        self.assertEqual(
            "TimeWindowList: must hold at most 2",
            self.refusal(m.ScheduleDownload(FileType="2 Web Content", URL="", TimeWindowList=(window,) * 3)),
        )

    def test_a_namespace_that_is_none_of_cwmp_s(self) -> None:
        for uri in ("", "urn:x", 'urn:dslforum-org:cwmp-1-0"', "urn:dslforum-org:cwmp-1-0\n"):
            self.assertIn("not a CWMP namespace", self.refusal(m.Reboot(), namespace=uri))
