"""Long answers that came before are known by all but their IDs, and read as if they were new."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.memo import Memo
from acs.cwmp.repeated import SHORTEST, cut
from tests.cwmp.test_skeleton import CountingMemo, NoMemo, outcome

PATHS = [f"Device.Part.{number}.Value" for number in range(60)]
NAMES = m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(path, True) for path in PATHS))
ATTRIBUTES = m.GetParameterAttributesResponse(
    tuple(v.ParameterAttributeStruct(path, 1, ("Subscriber",)) for path in PATHS)
)
VALUES = m.GetParameterValuesResponse(
    tuple(v.ParameterValueStruct(path, "1", "xsd:string") for path in PATHS)
)
LEARNT = 4
"""How often a message has to come before it is known whole."""


def written(message: m.Message, number: str = "17") -> bytes:
    return write_envelope(Envelope(message, header=Header(number)))


class RepeatedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.plans = CountingMemo()

    def learn(self, body: bytes) -> Envelope:
        for _ in range(LEARNT):
            found = read_envelope(body, "", self.plans)
        return found

    def is_known(self, body: bytes) -> bool:
        found = cut(body.decode())
        return found is not None and Memo.get(self.plans, found.key) is not None

    def assert_read_as_new(self, body: bytes) -> None:
        self.assertEqual(outcome(body, "", NoMemo()), outcome(body, "", self.plans), body)

    def test_names_and_attributes_with_another_id_are_the_same_objects(self) -> None:
        for message in (NAMES, ATTRIBUTES):
            first = self.learn(written(message))
            self.assertEqual(message, first.message)
            for number in ("18", "x", "A-9_.z", "9" * 64):
                again = read_envelope(written(message, number), "", self.plans)
                self.assertIs(read_envelope(written(message), "", self.plans).message, again.message)
                self.assertEqual(Header(number), again.header)

    def test_what_differs_in_anything_else_is_read_anew(self) -> None:
        for message in (NAMES, ATTRIBUTES):
            body = written(message)
            self.learn(body)
            for old, new in (
                (b".59.", b".58."),
                (b"cwmp-1-0", b"cwmp-1-1"),
                (b"</cwmp:ID>", b"</cwmp:ID><cwmp:HoldRequests>1</cwmp:HoldRequests>"),
                (b">17<", b"><"),
                (b">17<", b"> 17 <"),
                (b">17<", b">&lt;17<"),
                (b">17<", b">" + b"1" * 65 + b"<"),
                (b">17<", b"><!-- 17 -->18<"),
            ):
                self.assertIn(old, body)
                self.assert_read_as_new(body.replace(old, new))

    def test_values_and_what_is_short_are_not_kept(self) -> None:
        short = m.GetParameterNamesResponse(NAMES.ParameterList[:3])
        for message in (VALUES, short):
            body = written(message)
            self.learn(body)
            self.assertFalse(self.is_known(body))
        self.assertGreater(len(written(VALUES)), SHORTEST)

    def test_another_element_of_that_name_is_not_taken_for_the_headers(self) -> None:
        before = b'<x:ID xmlns:x="urn:x">%s</x:ID><cwmp:ID'
        bodies = [
            written(NAMES, second).replace(b"<cwmp:ID", before % first)
            for first in (b"1", b"2", b"")
            for second in ("1", "2", "")
        ]
        for body in bodies:
            self.learn(body)
        for body in bodies:
            self.assert_read_as_new(body)

    def test_what_has_comments_or_sections_is_not_kept(self) -> None:
        for odd in (b"<!-- :ID>5</ -->", b"<![CDATA[ ]]>", b"<?x?>"):
            body = written(NAMES).replace(b"<SOAP-ENV:Body>", odd + b"<SOAP-ENV:Body>")
            self.learn(body)
            self.assertFalse(self.is_known(body), odd)
            self.assert_read_as_new(body)

    def test_whatever_is_done_to_a_known_message_it_reads_as_it_would_without(self) -> None:
        bodies = [written(message) for message in (NAMES, ATTRIBUTES)]
        for body in bodies:
            self.learn(body)
            self.assertTrue(self.is_known(body))
        pieces = st.sampled_from(
            [
                b"",
                b"1",
                b"<",
                b">",
                b"&amp;",
                b"<!---->",
                b"</cwmp:ID>",
                b"<cwmp:ID>5</cwmp:ID>",
                b"\xff",
                b"\n",
            ]
        )

        @settings(max_examples=300, deadline=None)
        @given(st.sampled_from(bodies), st.integers(0, 900), st.integers(0, 12), pieces)
        def check(body: bytes, place: int, length: int, piece: bytes) -> None:
            changed = body[:place] + piece + body[place + length :]
            for _ in range(LEARNT + 1):
                self.assert_read_as_new(changed)

        check()
