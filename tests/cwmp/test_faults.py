"""Faults in every form that devices give them, and in the one form that is written."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.faults import ACS_FAULTS, CPE_FAULTS, fault
from acs.cwmp.rpcs import RPCS


def read(inner: str) -> m.Message | None:
    """What is read of a SOAP fault with this in it."""
    return read_envelope(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:c="urn:dslforum-org:cwmp-1-0">'
        f"<s:Body><s:Fault>{inner}</s:Fault></s:Body></s:Envelope>".encode()
    ).message


CWMP = "<c:Fault><FaultCode>9005</FaultCode><FaultString>Invalid parameter name</FaultString></c:Fault>"
FOUND = m.Fault(9005, "Invalid parameter name")


class ReadingTests(SynchronousTestCase):
    def test_as_the_standard_has_it(self) -> None:
        for code in ("Client", "Server", "SOAP-ENV:Server", "s:Client", ""):
            inner = (
                f"<faultcode>{code}</faultcode><faultstring>CWMP fault</faultstring><detail>{CWMP}</detail>"
            )
            self.assertEqual(FOUND, read(inner))

    def test_the_detail_within_the_faultstring(self) -> None:
        # netcwmp
        self.assertEqual(FOUND, read(f"<faultstring>CWMP fault<detail>{CWMP}</detail></faultstring>"))

    def test_the_detail_in_the_namespace_of_soap_or_in_none_of_them(self) -> None:
        self.assertEqual(FOUND, read(f"<s:detail>{CWMP}</s:detail>"))
        self.assertEqual(FOUND, read(CWMP))
        self.assertEqual(FOUND, read(f"<detail>{CWMP.replace('c:', '')}</detail>"))

    def test_a_fault_without_words(self) -> None:
        # evcpe
        self.assertEqual(
            m.Fault(9000, ""), read("<c:Fault><FaultCode>9000</FaultCode><FaultString/></c:Fault>")
        )
        self.assertEqual(m.Fault(9000, ""), read("<c:Fault><FaultCode> 9000\n</FaultCode></c:Fault>"))

    def test_a_fault_of_soap_alone_keeps_its_words(self) -> None:
        words = "<faultcode>s:MustUnderstand</faultcode><faultstring> not understood </faultstring>"
        self.assertEqual(m.Fault(0, "not understood"), read(words))
        self.assertEqual(m.Fault(0, ""), read(""))

    def test_a_code_that_nobody_knows_is_kept(self) -> None:
        for code in (0, 1, 9899, 12345, 2**32, -1):
            self.assertEqual(m.Fault(code), read(f"<c:Fault><FaultCode>{code}</FaultCode></c:Fault>"))

    def test_a_code_that_is_no_number_is_refused(self) -> None:
        self.assertRaises(RemoteProtocolError, read, "<c:Fault><FaultCode>bad</FaultCode></c:Fault>")

    def test_the_parameters_of_a_refused_set(self) -> None:
        one = (
            "<ParameterName>Device.X</ParameterName><FaultCode>9008</FaultCode><FaultString>no</FaultString>"
        )
        two = "<FaultCode>9007</FaultCode><ParameterName> Device.Y </ParameterName>"
        inner = "".join(f"<SetParameterValuesFault>{each}</SetParameterValuesFault>" for each in (one, two))
        self.assertEqual(
            m.Fault(
                9003,
                "",
                (
                    v.SetParameterValuesFault("Device.X", 9008, "no"),
                    v.SetParameterValuesFault("Device.Y", 9007),
                ),
            ),
            read(f"<detail><c:Fault><FaultCode>9003</FaultCode>{inner}</c:Fault></detail>"),
        )

    def test_very_many_parameters_take_no_more_than_their_time(self) -> None:
        inner = "<SetParameterValuesFault><FaultCode>9007</FaultCode></SetParameterValuesFault>" * 50_000
        found = read(f"<c:Fault><FaultCode>9003</FaultCode>{inner}</c:Fault>")
        assert isinstance(found, m.Fault)
        self.assertEqual(50_000, len(found.SetParameterValuesFault))


class WritingTests(SynchronousTestCase):
    def written(self, message: m.Fault) -> str:
        """What stands in the Body."""
        return write_envelope(Envelope(message)).decode().partition("<SOAP-ENV:Body>")[2]

    def test_as_the_standard_has_it(self) -> None:
        parameters = (v.SetParameterValuesFault("Device.X", 9008, "<no>"),)
        self.assertEqual(
            "<SOAP-ENV:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail>"
            "<cwmp:Fault><FaultCode>9003</FaultCode><FaultString>Invalid arguments</FaultString>"
            "<SetParameterValuesFault><ParameterName>Device.X</ParameterName><FaultCode>9008</FaultCode>"
            "<FaultString>&lt;no&gt;</FaultString></SetParameterValuesFault></cwmp:Fault></detail>"
            "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>",
            self.written(fault(9003, parameters=parameters)),
        )

    def test_the_asker_is_blamed_for_what_it_asked_and_the_answerer_for_the_rest(self) -> None:
        blamed = {code for code in {**ACS_FAULTS, **CPE_FAULTS} if "Client" in self.written(fault(code))}
        self.assertEqual({8003, 9003, 9005, 9006, 9007, 9008}, blamed)

    def test_words_cannot_break_out(self) -> None:
        words = "</FaultString></cwmp:Fault><evil/>]]>"
        self.assertNotIn("<evil", self.written(fault(9002, words)))
        self.assertEqual(
            fault(9002, words), read_envelope(write_envelope(Envelope(fault(9002, words)))).message
        )

    def test_a_code_that_is_no_unsigned_int_is_not_written(self) -> None:
        for code in (-1, 2**32):
            self.assertRaises(LocalProtocolError, self.written, m.Fault(code))


class TableTests(SynchronousTestCase):
    def test_a_fault_has_the_standard_s_words_where_none_are_given(self) -> None:
        self.assertEqual(m.Fault(8005, "Retry request"), fault(8005))
        self.assertEqual(m.Fault(9032, "Invalid Deployment Unit update: version already exists"), fault(9032))
        self.assertEqual(m.Fault(9005, "no such thing"), fault(9005, "no such thing"))
        self.assertEqual(m.Fault(9800, ""), fault(9800))

    def test_the_codes_are_all_there(self) -> None:
        self.assertEqual(list(range(8000, 8007)), list(ACS_FAULTS))
        self.assertEqual(list(range(9000, 9033)), list(CPE_FAULTS))

    def test_every_rpc_answers_with_faults_that_exist(self) -> None:
        for rpc in RPCS:
            self.assertEqual(set(), set(rpc.faults) - set(ACS_FAULTS) - set(CPE_FAULTS), rpc.name)
