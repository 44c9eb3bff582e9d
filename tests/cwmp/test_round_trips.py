"""What is written reads the same, for every message in both roles, as XML and as JSON."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.json_form import from_json, request_from_json, to_json
from acs.cwmp.namespaces import CWMP_1_0, CWMP_1_1, CWMP_1_2
from acs.cwmp.rpc import CPE
from acs.cwmp.rpcs import STANDARD
from tests.support import messages

headers = st.builds(
    Header,
    id=st.none() | messages.text(),
    hold_requests=st.booleans(),
    no_more_requests=st.booleans(),
    session_timeout=st.none() | st.integers(0, 10**9 - 1),
    supported_versions=st.lists(st.sampled_from(["1.0", "1.1", "1.4"])).map(tuple),
    use_version=st.sampled_from(["", "1.0", "1.4"]),
)
namespaces = st.sampled_from([CWMP_1_0, CWMP_1_1, CWMP_1_2, "urn:dslforum-org:cwmp-1-4"])


def reread(message: m.Message) -> m.Message | None:
    """What is read of what is written."""
    return read_envelope(write_envelope(Envelope(message))).message


class ExampleTests(SynchronousTestCase):
    def test_there_is_an_example_of_every_message(self) -> None:
        self.assertEqual(
            sorted(name for rpc in STANDARD for name in (rpc.name, rpc.response.__name__)),
            sorted(m.name_of(message) for message in messages.EXAMPLES),
        )

    def test_each_reads_as_it_was_written(self) -> None:
        for message in (*messages.EXAMPLES, *messages.FAULTS):
            with self.subTest(message=m.name_of(message)):
                self.assertEqual(message, reread(message))

    def test_each_survives_json(self) -> None:
        for message in (*messages.EXAMPLES, *messages.FAULTS):
            with self.subTest(message=m.name_of(message)):
                sent = json.loads(json.dumps(to_json(message)))
                self.assertEqual(message, from_json(type(message), sent))


class RoundTripTests(SynchronousTestCase):
    @settings(max_examples=200, deadline=None)
    @given(messages.messages())
    def test_any_message_reads_as_it_was_written(self, message: m.Message) -> None:
        self.assertEqual(message, reread(message))

    @settings(max_examples=100, deadline=None)
    @given(messages.faults)
    def test_any_fault_reads_as_it_was_written(self, message: m.Fault) -> None:
        self.assertEqual(message, reread(message))

    @settings(max_examples=100, deadline=None)
    @given(st.one_of(messages.vendor_requests, messages.vendor_responses))
    def test_any_vendor_s_rpc_reads_as_it_was_written(self, message: m.Message) -> None:
        self.assertEqual(message, reread(message))

    @settings(max_examples=150, deadline=None)
    @given(st.none() | st.sampled_from(messages.EXAMPLES), namespaces, headers)
    def test_any_envelope_reads_as_it_was_written(
        self, message: m.Message | None, namespace: str, header: Header
    ) -> None:
        envelope = Envelope(message, namespace, header)
        self.assertEqual(envelope, read_envelope(write_envelope(envelope)))

    @settings(max_examples=150, deadline=None)
    @given(messages.requests(CPE))
    def test_any_request_to_a_cpe_survives_json(self, request: m.AnyRequest) -> None:
        sent = json.loads(json.dumps(to_json(request)))
        self.assertEqual(request, request_from_json(m.name_of(request), sent))

    @settings(max_examples=100, deadline=None)
    @given(messages.vendor_requests)
    def test_any_vendor_s_request_survives_json(self, request: m.VendorRequest) -> None:
        sent = json.loads(json.dumps(to_json(request)))
        self.assertEqual(request, request_from_json(request.Method, sent))
