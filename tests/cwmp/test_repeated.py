"""Long answers that came before are known by all but their IDs and values, and read as if they were new."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.memo import Memo
from acs.cwmp.repeated import SHORTEST, cut, found_in
from tests.cwmp.test_skeleton import CountingMemo, NoMemo, hostile, outcome

PATHS = [f"Device.Part.{number}.Value" for number in range(60)]
NAMES = m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(path, True) for path in PATHS))
ATTRIBUTES = m.GetParameterAttributesResponse(
    tuple(v.ParameterAttributeStruct(path, 1, ("Subscriber",)) for path in PATHS)
)
TYPES = ("xsd:string", "xsd:unsignedInt", "xsd:boolean")


def values(*told: str) -> m.GetParameterValuesResponse:
    """An answer with these values, and with a number for each of the other parameters."""
    numbers = (str(number) for number in range(len(told), len(PATHS)))
    each = zip(PATHS, [*told, *numbers], TYPES * len(PATHS), strict=False)
    return m.GetParameterValuesResponse(tuple(v.ParameterValueStruct(*one) for one in each))


VALUES = values()
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
        text = body.decode()
        found = cut(text)
        if found is None:
            return False
        alike = Memo.get(self.plans, found.likeness)
        return isinstance(alike, tuple) and found_in(alike, text, found) is not None

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

    def test_what_is_short_is_not_kept(self) -> None:
        body = written(m.GetParameterNamesResponse(NAMES.ParameterList[:3]))
        self.assertLess(len(body), SHORTEST)
        self.learn(body)
        self.assertFalse(self.is_known(body))

    def test_values_are_known_whatever_they_are(self) -> None:
        self.learn(written(VALUES))
        others = values("", "x", " ", "\u00e9", "0" * 3000)
        self.assertTrue(self.is_known(written(others, "18")))
        self.assertEqual(
            Envelope(others, header=Header("18")), read_envelope(written(others, "18"), "", self.plans)
        )

    def test_a_value_that_is_no_plain_text_has_to_be_what_it_was(self) -> None:
        self.learn(written(values("1", "a & b", "a > b\n")))
        for told, known in (
            (("2", "a & b", "a > b\n", "", "x"), True),
            (("2", "a & c", "a > b\n"), False),
            (("2", "a & bc", "a > b\n"), False),
            (("2", "", "a > b\n"), False),
            (("2", "a & b", "a > b"), False),
            (("&", "a & b", "a > b\n"), False),
        ):
            body = written(values(*told))
            self.assertEqual(known, self.is_known(body), told)
            self.assert_read_as_new(body)

    def test_of_an_empty_element_the_others_are_known(self) -> None:
        empty = b'<Value xsi:type="xsd:string"></Value>', b'<Value xsi:type="xsd:string"/>'
        for told in (("",), ("1", "2", "3", "")):
            body = written(values(*told)).replace(*empty)
            self.assertIn(empty[1], body)
            self.learn(body)
            again = body.replace(b">30<", b">other<")
            self.assertTrue(self.is_known(again))
            self.assert_read_as_new(again)

    def test_a_value_with_something_within_it_is_not_known_by_its_rest(self) -> None:
        for odd in (b"<b/>30", b"30<b/>", b"3<b></b>0", b"30</Value><Value>31"):
            body = written(VALUES).replace(b">30<", b">" + odd + b"<")
            for _ in range(LEARNT):
                self.assert_read_as_new(body)
            for number in (b">31<", b">29<", b">" + odd + b"<"):
                self.assert_read_as_new(body.replace(number, b">other<"))

    def test_values_of_other_parameters_that_look_alike_are_known_beside_them(self) -> None:
        bodies = [
            written(VALUES),
            written(VALUES).replace(b"Part.30.Value", b"Part.30.Other"),
            written(VALUES).replace(b'xsd:boolean">30<', b'xsd:string">30<'),
        ]
        for body in bodies:
            self.learn(body)
        for body in bodies:
            self.assertTrue(self.is_known(body))
            self.assert_read_as_new(body)

    def test_what_cannot_be_known_is_tried_but_once(self) -> None:
        body = written(NAMES).replace(b"<cwmp:ID", b'<x:ID xmlns:x="urn:x">1</x:ID><cwmp:ID')
        self.learn(body)
        kept = self.plans.kept
        self.assertFalse(self.is_known(body))
        self.learn(body)
        self.assertEqual(kept, self.plans.kept)

    def test_any_values_are_read_as_they_would_be_without(self) -> None:
        for body in (written(VALUES), written(values("", "a & b", "\n"))):
            self.learn(body)

        @settings(max_examples=300, deadline=None)
        @given(st.lists(hostile, max_size=len(PATHS)))
        def check(told: list[str]) -> None:
            body = written(VALUES).decode()
            for number, value in enumerate(told):
                body = body.replace(f">{number}<", f">{value}<", 1)
            self.assert_read_as_new(body.encode("utf-8", "surrogatepass"))

        check()

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
        bodies = [written(message) for message in (NAMES, ATTRIBUTES, VALUES, values("", "&", "1"))]
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
                b"</Value>",
                b"<Value>",
                b"\xff",
                b"\n",
            ]
        )

        @settings(max_examples=300, deadline=None)
        @given(st.sampled_from(bodies), st.integers(0, 1200), st.integers(0, 12), pieces)
        def check(body: bytes, place: int, length: int, piece: bytes) -> None:
            changed = body[:place] + piece + body[place + length :]
            for _ in range(LEARNT + 1):
                self.assert_read_as_new(changed)

        check()
