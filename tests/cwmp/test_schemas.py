"""All that is written validates against the schemas of the CWMP versions that know it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.rpcs import STANDARD
from acs.cwmp.versions import NAMESPACES, SUPPORTED
from tests.support import messages, schemas

SINCE = {cls: rpc.since for rpc in STANDARD for cls in (rpc.request, rpc.response)}
HEADERS = {
    "1.0": Header("id <&>", hold_requests=True, no_more_requests=True),
    "1.1": Header("1", hold_requests=True),
    "1.2": Header(hold_requests=True),
    "1.3": Header("1", session_timeout=60),
    "1.4": Header("1", session_timeout=60, supported_versions=SUPPORTED, use_version="1.4"),
}
"""For each version, a header with what it has and its forerunners lack."""


def known(version: str) -> list[type[m.Message]]:
    """The messages that a version has."""
    return [cls for cls, since in SINCE.items() if since <= tuple(map(int, version.split(".")))]


class SchemaTests(SynchronousTestCase):
    skip = schemas.SKIP

    def assert_valid(self, message: m.Message, version: str) -> None:
        """The schemas, and what they leave open, have nothing against it."""
        body = write_envelope(Envelope(message, NAMESPACES[version], HEADERS[version]))
        self.assertEqual([], schemas.objections(body, version), body.decode())

    def test_each_example_is_valid_in_each_version_that_knows_it(self) -> None:
        for version in SUPPORTED:
            for message in messages.EXAMPLES:
                if type(message) in known(version):
                    with self.subTest(version=version, message=m.name_of(message)):
                        self.assert_valid(message, version)

    def test_faults_are_valid_in_each_version(self) -> None:
        for version in SUPPORTED:
            for message in messages.FAULTS:
                self.assert_valid(message, version)

    def test_a_message_that_a_version_does_not_know_is_not_valid_in_it(self) -> None:
        unknown = [message for message in messages.EXAMPLES if type(message) not in known("1.0")]
        self.assertEqual(14, len(unknown))
        for message in unknown:
            found = schemas.objections(write_envelope(Envelope(message)), "1.0")
            self.assertEqual(1, sum("is not declared" in objection for objection in found), found)

    @settings(max_examples=100, deadline=None)
    @given(st.data(), st.sampled_from(SUPPORTED))
    def test_any_message_is_valid_in_each_version_that_knows_it(
        self, data: st.DataObject, version: str
    ) -> None:
        cls = data.draw(st.sampled_from(known(version)))
        self.assert_valid(data.draw(messages.strategy(cls, conforming=True)), version)

    @settings(max_examples=50, deadline=None)
    @given(messages.strategy(m.Fault, conforming=True), st.sampled_from(SUPPORTED))
    def test_any_fault_is_valid_in_each_version(self, fault: m.Fault, version: str) -> None:
        self.assert_valid(fault, version)


class JudgeTests(SynchronousTestCase):
    """The judge sees what the schemas overlook."""

    skip = schemas.SKIP

    def objections(self, old: bytes, new: bytes) -> list[str]:
        """What is wrong with a good envelope in which something was exchanged."""
        body = write_envelope(Envelope(messages.example("GetParameterValues"), header=Header("1")))
        self.assertEqual([], schemas.objections(body, "1.0"))
        self.assertIn(old, body)
        return schemas.objections(body.replace(old, new), "1.0")

    def test_an_array_that_lies(self) -> None:
        self.assertEqual(["xsd:string[3] holds 2"], self.objections(b"string[2]", b"string[3]"))

    def test_an_array_of_something_else(self) -> None:
        self.assertIn(
            "xsd:int[2] holds ['string', 'string']", self.objections(b"xsd:string[2]", b"xsd:int[2]")
        )

    def test_a_method_of_another_version(self) -> None:
        self.assertTrue(self.objections(b"cwmp-1-0", b"cwmp-1-2"))

    def test_a_method_that_does_not_exist(self) -> None:
        found = self.objections(b"cwmp:GetParameterValues", b"cwmp:GetParameterValue")
        self.assertEqual(1, len(found), found)

    def test_two_methods(self) -> None:
        self.assertTrue(self.objections(b"</SOAP-ENV:Body>", b"<a/></SOAP-ENV:Body>"))

    def test_a_header_that_must_be_understood_and_does_not_say_so(self) -> None:
        self.assertTrue(self.objections(b'<cwmp:ID SOAP-ENV:mustUnderstand="1">', b"<cwmp:ID>"))
