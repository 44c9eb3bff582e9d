"""What is usual is found by comparing it, and read as if it were not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, Plan, Plans, read_envelope, write_envelope
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.habits import ALIKE, LONGEST, MOST, OFTEN, Form, Habits
from acs.cwmp.skeleton import Skeleton, skeleton_of
from tests.cwmp.test_hostile_input import CORPUS, charsets, mutated
from tests.cwmp.test_skeleton import SPELT, NoMemo, other_texts, outcome


def informed(serial: str, address: str = "192.0.2.1", version: str = "1.0", number: str = "1") -> bytes:
    """An Inform of one model."""
    parameters = {"DeviceInfo.SoftwareVersion": version, "LAN.IPAddress": address, "DeviceSummary": ""}
    message = m.Inform(
        v.DeviceId("Maker", "001122", "Model", serial),
        (v.EventStruct("2 PERIODIC"),),
        CurrentTime="2026-11-25T12:00:00Z",
        ParameterList=tuple(
            v.ParameterValueStruct(f"Device.{name}", value, "xsd:string")
            for name, value in parameters.items()
        ),
    )
    return write_envelope(Envelope(message, header=Header(number)))


class Counting(Plans):
    """Plans that count how many documents were read as usual ones."""

    def __init__(self) -> None:
        super().__init__()
        self.usual = 0
        find = self.habits.find

        def counted(text: str) -> tuple[Plan, list[str]] | None:
            found = find(text)
            self.usual += found is not None
            return found

        self.habits.find = counted  # type: ignore[method-assign]


class UsualInformTests(SynchronousTestCase):
    """Of the Informs of one model, what they have in common is compared and nothing more."""

    def setUp(self) -> None:
        self.plans = Counting()
        for number in range(OFTEN + 3):
            self.assert_read(informed(f"S{number}", f"192.0.2.{number}", number=str(number)))

    def assert_read(self, body: bytes) -> None:
        self.assertEqual(outcome(body, "", NoMemo()), outcome(body, "", self.plans), body)

    def assert_usual(self, usual: bool, body: bytes) -> None:
        before = self.plans.usual
        self.assert_read(body)
        self.assertEqual(usual, self.plans.usual > before, body)

    def test_other_devices_and_addresses_are_usual(self) -> None:
        self.assert_usual(True, informed("another", "198.51.100.7", number="x"))

    def test_a_parameter_that_says_the_same_is_the_same_object(self) -> None:
        one, other = (read_envelope(informed(serial, "2001:db8::1"), "", self.plans) for serial in "ab")
        assert isinstance(one.message, m.Inform) and isinstance(other.message, m.Inform)
        self.assertIs(one.message.ParameterList[0], other.message.ParameterList[0])
        self.assertIs(one.message.Event, other.message.Event)

    def test_another_version_is_not_and_becomes_so(self) -> None:
        self.assert_usual(False, informed("S1", version="2.0"))
        for number in range(OFTEN):
            self.assert_read(informed(f"S{number}", version=f"2.{number}"))
        self.assert_usual(True, informed("S1", version="9.9"))
        self.assert_usual(True, informed("S1", version="1.0"))

    def test_texts_that_are_no_plain_ones_are_not(self) -> None:
        for text in ("&#65;", "a&amp;b", "\r", "a\tb", "\x85", "\ufffe", "", "a>b"):
            body = informed("SERIAL").replace(b"SERIAL", text.encode())
            self.assert_usual(False, body)

    def test_one_that_is_cut_off_or_goes_on_is_not(self) -> None:
        body = informed("S1")
        for other in (body[:-1], body[:-30], body + b" ", body + b"\n<!-- -->", body[:40], b" " + body):
            before = self.plans.usual
            self.assert_read(other)
            self.assertEqual(before + (other == b" " + body), self.plans.usual)

    def test_what_cannot_be_read_is_refused_alike(self) -> None:
        body = informed("S1").replace(b"<RetryCount>0<", b"<RetryCount>soon<")
        for _ in range(OFTEN + 3):
            self.assert_read(body)

    def test_whoever_sends_other_skeletons_of_as_many_tags_displaces_nobody(self) -> None:
        for number in range(ALIKE * 4):
            stranger = informed("S1").replace(b"xsd:string", f"xsd:s{number}".encode())
            for _ in range(3):
                self.assert_read(stranger)
        self.assert_usual(True, informed("S2"))


class DifferentialTests(SynchronousTestCase):
    """Whatever a document holds, habits do not change how it is read."""

    def setUp(self) -> None:
        self.plans = Counting()
        for body in SPELT:
            for _ in range(OFTEN + 3):
                outcome(body, "", self.plans)

    def assert_same(self, body: bytes, charset: str) -> None:
        self.assertEqual(outcome(body, charset, NoMemo()), outcome(body, charset, self.plans), body)

    def test_messages_with_other_texts(self) -> None:
        self.plans.usual = 0
        for body in SPELT:
            self.assert_same(body, "")
        self.assertGreater(self.plans.usual, len(CORPUS))

        @settings(max_examples=600, deadline=None)
        @given(st.sampled_from(SPELT).flatmap(other_texts), st.just("") | charsets)
        def check(body: bytes, charset: str) -> None:
            self.assert_same(body, charset)

        check()

    def test_broken_messages(self) -> None:
        @settings(max_examples=300, deadline=None)
        @given(mutated(), st.just("") | charsets)
        def check(body: bytes, charset: str) -> None:
            self.assert_same(body, charset)

        check()


class HabitsTests(SynchronousTestCase):
    def test_a_form_takes_what_its_skeleton_has_and_nothing_else(self) -> None:
        form = Form(skeleton_of("<a><b>x</b><c>y</c></a>"), None)
        self.assertEqual(["1", "2"], form.texts_of("<a><b>1</b><c>2</c></a>"))
        for other in ("<a><b>1</b><c></c></a>", "<a><b>1</b><c>2</c></a> ", "<a><b>1<c>2</c></a>", "<a>", ""):
            self.assertIsNone(form.texts_of(other))

    def test_documents_that_are_always_the_same(self) -> None:
        text = "<a><b>x</b></a>"
        habits = Habits(lambda skeleton: skeleton, often=2)
        for _ in range(2):
            habits.note(text, skeleton_of(text))
        self.assertEqual((Skeleton("<a><b>x</b></a>", []), []), habits.find(text))
        self.assertIsNone(habits.find("<a><b>y</b></a>"))

    def test_where_there_is_no_plan_there_is_no_form(self) -> None:
        text = "<a><b>x</b></a>"
        habits: Habits[str] = Habits(lambda skeleton: None, often=1)
        for _ in range(3):
            habits.note(text, skeleton_of(text))
        self.assertIsNone(habits.find(text))

    def test_how_many_are_remembered_is_bounded(self) -> None:
        habits = Habits(lambda skeleton: skeleton, often=2)

        def known(text: str) -> bool:
            return habits.find(text) is not None

        texts = [f"<a>{'<b/>' * number}<c>x</c></a>" for number in range(MOST + 1)]
        for text in texts:
            habits.note(text, skeleton_of(text))
            habits.note(text, skeleton_of(text))
        self.assertEqual([False, True], [known(texts[0]), known(texts[-1])])
        long = f"<a>{'x' * LONGEST}</a>"
        habits.note(long, skeleton_of(long))
        habits.note(long, skeleton_of(long))
        self.assertFalse(known(long))

    def test_a_refusal_names_the_field(self) -> None:
        plans = Plans()
        body = informed("S1").replace(b"<MaxEnvelopes>1<", b"<MaxEnvelopes>one<")
        for _ in range(OFTEN + 3):
            error = self.assertRaises(RemoteProtocolError, read_envelope, body, "", plans)
            self.assertIn("MaxEnvelopes", error.reason)
