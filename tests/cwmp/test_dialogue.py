"""Conversations between a CPE and an ACS, each a `Dialogue`, in memory."""

from __future__ import annotations

from typing import Any

from lxml import etree
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Role, Signal, State
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.faults import fault
from acs.cwmp.namespaces import CWMP_1_2
from tests.support.messages import DEVICE, INFORM, answer_to
from tests.support.pair import FROM_ACS, FROM_CPE, Pair, body_of, condition_of, dialogue_in

ANSWER = answer_to(FROM_ACS)


class SessionTests(SynchronousTestCase):
    """Sessions as they should be."""

    def setUp(self) -> None:
        self.pair = Pair()

    def test_a_session_with_nothing_to_do_is_two_posts(self) -> None:
        self.pair.open()
        self.pair.cpe_says(None)
        self.pair.acs_says(None)
        self.assertEqual((True, True), (self.pair.cpe.close(), self.pair.acs.close()))

    def test_the_cpe_s_own_requests_come_first_each_answered_at_once(self) -> None:
        self.pair.open()
        for request in (FROM_CPE, m.Kicked("command")):
            heard = self.pair.cpe_says(request)
            self.assertEqual((request, Signal.REQUEST), (heard.message, heard.signal))
            self.assertEqual(request, self.pair.acs.asking)
            self.assertEqual(request, self.pair.acs_says(answer_to(request)).answers)
            self.assertIsNone(self.pair.acs.asking)

    def test_the_acs_asks_when_the_cpe_has_nothing_more_to_ask(self) -> None:
        self.pair.open()
        self.pair.cpe_says(None)
        for request in (FROM_ACS, m.Reboot("key")):
            self.pair.acs_says(request)
            self.assertEqual(request, self.pair.acs.asked)
            heard = self.pair.cpe_says(answer_to(request))
            self.assertEqual((request, None, ""), (heard.answers, heard.unanswered, heard.remark))
            self.assertIsNone(self.pair.acs.asked)

    def test_a_fault_answers_a_request_of_either_side(self) -> None:
        self.pair.open()
        self.pair.cpe_says(FROM_CPE)
        self.assertEqual(FROM_CPE, self.pair.acs_says(fault(8002)).answers)
        self.pair.cpe_says(None)
        self.pair.acs_says(FROM_ACS)
        heard = self.pair.cpe_says(fault(9005))
        self.assertEqual((FROM_ACS, Signal.FAULT), (heard.answers, heard.signal))
        self.pair.acs_says(None)
        self.assertTrue(self.pair.acs.close())

    def test_a_cpe_may_still_ask_after_the_acs_s_last_word(self) -> None:
        self.pair.open()
        self.pair.cpe_says(None)
        self.pair.acs_says(None)
        self.pair.cpe_says(FROM_CPE)
        self.assertFalse(self.pair.acs.my_turn is self.pair.cpe.my_turn)
        self.pair.acs_says(answer_to(FROM_CPE))
        self.pair.cpe_says(None)
        self.pair.acs_says(None)
        self.assertTrue(self.pair.acs.close())

    def test_a_request_that_is_to_be_retried_is_asked_again(self) -> None:
        self.pair.open()
        self.pair.cpe_says(FROM_CPE)
        self.assertEqual(FROM_CPE, self.pair.acs_says(fault(8005)).answers)
        self.pair.cpe_says(FROM_CPE)
        self.pair.acs_says(answer_to(FROM_CPE))

    def test_an_inform_that_is_to_be_retried_opens_the_session_the_second_time(self) -> None:
        self.pair.cpe_says(INFORM)
        self.assertIs(Signal.RETRY, self.pair.acs_says(fault(8005)).signal)
        self.pair.open()
        self.assertIs(State.CPE_TURN, self.pair.acs.state)

    def test_any_other_fault_to_an_inform_ends_the_session_without_success(self) -> None:
        self.pair.cpe_says(INFORM)
        self.pair.acs_says(fault(8001))
        self.assertEqual((State.OVER, State.OVER), (self.pair.cpe.state, self.pair.acs.state))
        self.assertEqual((False, False), (self.pair.cpe.close(), self.pair.acs.close()))

    def test_a_cpe_that_is_answered_in_another_version_speaks_that(self) -> None:
        self.pair.cpe.namespace = self.pair.acs.namespace = CWMP_1_2
        self.pair.cpe_says(INFORM)
        self.pair.acs.namespace = "urn:dslforum-org:cwmp-1-1"
        self.pair.acs_says(m.InformResponse())
        self.assertEqual("urn:dslforum-org:cwmp-1-1", self.pair.cpe_says(FROM_CPE).envelope.namespace)

    def test_a_vendor_s_rpcs_go_both_ways(self) -> None:
        self.pair.open()
        request = m.VendorRequest("X_00D09E_Ping", "<Count>3</Count>")
        self.pair.cpe_says(request)
        self.assertEqual(request, self.pair.acs_says(m.VendorResponse("X_00D09E_PingResponse")).answers)
        self.pair.cpe_says(None)
        self.pair.acs_says(request)
        self.assertEqual(request, self.pair.cpe_says(m.VendorResponse("X_00D09E_PingResponse")).answers)

    def test_only_the_acs_s_last_word_makes_a_session_complete(self) -> None:
        for state in State:
            with self.subTest(state=state):
                dialogue = dialogue_in(state, Role.ACS)
                self.assertEqual(state is State.ENDING, dialogue.close())
                self.assertIs(State.OVER, dialogue.state)


class IdTests(SynchronousTestCase):
    """The header ID: ours is to come back, theirs we give back."""

    def asked(self) -> Dialogue:
        """An ACS that has asked; its second request, so that its ID is "2"."""
        dialogue = dialogue_in(State.ACS_ASKED, Role.ACS)
        dialogue.hear(body_of(ANSWER))
        dialogue.say(FROM_ACS)
        self.assertEqual("2", dialogue.asked_id)
        return dialogue

    def test_each_request_has_an_id_of_its_own(self) -> None:
        dialogue = dialogue_in(State.ACS_TURN, Role.ACS)
        first = read_envelope(dialogue.say(FROM_ACS)).header.id
        dialogue.hear(body_of(ANSWER))
        self.assertNotEqual(first, read_envelope(dialogue.say(FROM_ACS)).header.id)

    def test_an_answer_with_our_id_is_unremarkable(self) -> None:
        self.assertEqual("", self.asked().hear(body_of(ANSWER, "2")).remark)

    def test_an_answer_with_white_space_around_our_id_is_unremarkable(self) -> None:
        self.assertEqual("", self.asked().hear(body_of(ANSWER, "\n 2 ")).remark)

    def test_an_answer_without_an_id_is_taken_by_its_name(self) -> None:
        heard = self.asked().hear(body_of(ANSWER))
        self.assertEqual((FROM_ACS, ""), (heard.answers, heard.remark))

    def test_an_answer_with_another_id_is_taken_and_remarked_on(self) -> None:
        heard = self.asked().hear(body_of(ANSWER, "1"))
        self.assertEqual((FROM_ACS, "the ID is '1', not '2'"), (heard.answers, heard.remark))

    def test_a_fault_with_another_id_is_taken_and_remarked_on(self) -> None:
        heard = self.asked().hear(body_of(fault(9002), "x" * 1000))
        self.assertEqual(FROM_ACS, heard.answers)
        self.assertLess(len(heard.remark), 100)

    def test_the_cpe_s_id_is_given_back_unchanged(self) -> None:
        for given in ("1", "", " x ", "<&\"'>", "\u20ac" * 200):
            for answer in (m.InformResponse(), fault(8005)):
                dialogue = Dialogue(Role.ACS)
                dialogue.hear(body_of(INFORM, given))
                self.assertEqual(given, read_envelope(dialogue.say(answer)).header.id)

    def test_a_cpe_that_gave_no_id_gets_none(self) -> None:
        dialogue = Dialogue(Role.ACS)
        dialogue.hear(body_of(INFORM))
        self.assertNotIn(b"ID", dialogue.say(m.InformResponse()))


class OddityTests(SynchronousTestCase):
    """What CPEs do against the rules, and an ACS takes."""

    def setUp(self) -> None:
        self.acs = dialogue_in(State.ACS_ASKED, Role.ACS)

    def test_an_empty_post_for_an_answer_leaves_the_question_unanswered(self) -> None:
        heard = self.acs.hear(b"")
        self.assertEqual((None, FROM_ACS), (heard.answers, heard.unanswered))
        self.assertEqual("an empty body where GetParameterValuesResponse was due", heard.remark)
        self.assertTrue(self.acs.my_turn)
        self.assertIsNone(self.acs.asked)

    def test_the_answer_to_another_question_leaves_this_one_unanswered(self) -> None:
        heard = self.acs.hear(body_of(m.RebootResponse(), self.acs.asked_id))
        self.assertEqual((None, FROM_ACS), (heard.answers, heard.unanswered))
        self.assertEqual("RebootResponse where GetParameterValuesResponse was due", heard.remark)
        self.assertIs(State.ACS_TURN, self.acs.state)

    def test_a_request_for_an_answer_is_answered_and_the_question_stays_open(self) -> None:
        asked_id = self.acs.asked_id
        heard = self.acs.hear(body_of(FROM_CPE, "c-1"))
        self.assertEqual((None, None), (heard.answers, heard.unanswered))
        self.assertEqual("TransferComplete where GetParameterValuesResponse was due", heard.remark)
        self.assertEqual("c-1", read_envelope(self.acs.say(answer_to(FROM_CPE))).header.id)
        self.assertEqual(FROM_ACS, self.acs.asked)
        heard = self.acs.hear(body_of(ANSWER, asked_id))
        self.assertEqual((FROM_ACS, ""), (heard.answers, heard.remark))

    def test_an_acs_s_fault_from_a_cpe_is_a_fault(self) -> None:
        heard = self.acs.hear(body_of(fault(8005), self.acs.asked_id))
        self.assertEqual(FROM_ACS, heard.answers)
        self.assertIs(State.ACS_TURN, self.acs.state)

    def test_the_first_edition_s_last_empty_post_is_answered_by_one_more(self) -> None:
        acs = dialogue_in(State.ENDING, Role.ACS)
        self.assertIsNone(acs.hear(b"").message)
        self.assertEqual(b"", acs.say(None))
        self.assertTrue(acs.close())

    def test_white_space_is_an_empty_post(self) -> None:
        acs = dialogue_in(State.CPE_TURN, Role.ACS)
        self.assertIs(Signal.EMPTY, acs.hear(b" \r\n\t").signal)

    def test_an_envelope_with_an_empty_body_is_an_empty_post(self) -> None:
        acs = dialogue_in(State.CPE_TURN, Role.ACS)
        self.assertIs(Signal.EMPTY, acs.hear(write_envelope(Envelope(None))).signal)

    def test_a_cpe_of_ours_does_none_of_it(self) -> None:
        cpe = dialogue_in(State.ACS_ASKED, Role.CPE)
        for message in (None, FROM_CPE, fault(8005)):
            self.assertRaises(LocalProtocolError, cpe.say, message)
        self.assertRaises(LocalProtocolError, dialogue_in(State.ENDING, Role.CPE).say, None)


class RefusalTests(SynchronousTestCase):
    """What is refused changes nothing."""

    def refused(self, dialogue: Dialogue, error: type[Exception], call: str, *arguments: Any) -> str:
        """The reason for which the dialogue refuses the call, after which it is as it was."""
        before = condition_of(dialogue)
        failure = self.assertRaises(error, getattr(dialogue, call), *arguments)
        self.assertEqual(before, condition_of(dialogue))
        return str(failure)

    def test_a_second_inform_is_refused_in_every_state(self) -> None:
        for state in State:
            if state is not State.OPENING:
                dialogue = dialogue_in(state, Role.ACS)
                self.refused(dialogue, RemoteProtocolError, "hear", body_of(INFORM))

    def test_nothing_but_an_inform_opens_a_session(self) -> None:
        for message in (None, FROM_CPE, ANSWER, fault(9002), m.InformResponse()):
            reason = self.refused(Dialogue(Role.ACS), RemoteProtocolError, "hear", body_of(message))
            self.assertTrue(reason.endswith(" in state 'opening'"), reason)

    def test_an_answer_to_a_question_that_was_not_asked_is_refused(self) -> None:
        for state in (State.CPE_TURN, State.ENDING):
            for message in (ANSWER, fault(9002)):
                self.refused(dialogue_in(state, Role.ACS), RemoteProtocolError, "hear", body_of(message))

    def test_a_body_that_cannot_be_read_is_refused(self) -> None:
        for state in (State.OPENING, State.CPE_TURN, State.ACS_ASKED):
            self.refused(dialogue_in(state, Role.ACS), RemoteProtocolError, "hear", b"<Envelope>")

    def test_one_does_not_hear_while_it_is_one_s_own_turn(self) -> None:
        reason = self.refused(
            dialogue_in(State.CPE_ASKED, Role.ACS), RemoteProtocolError, "hear", body_of(FROM_CPE)
        )
        self.assertEqual("TransferComplete while it is not the CPE's turn", reason)

    def test_after_the_end_neither_side_speaks(self) -> None:
        for role in Role:
            for message in (None, INFORM, FROM_ACS, ANSWER):
                self.refused(dialogue_in(State.OVER, role), LocalProtocolError, "say", message)
                self.refused(dialogue_in(State.OVER, role), RemoteProtocolError, "hear", body_of(message))

    def test_the_answer_to_another_question_is_not_ours_to_give(self) -> None:
        dialogue = dialogue_in(State.CPE_ASKED, Role.ACS)
        reason = self.refused(dialogue, LocalProtocolError, "say", m.KickedResponse())
        self.assertEqual("KickedResponse where TransferCompleteResponse is due", reason)

    def test_what_cannot_be_written_is_not_said(self) -> None:
        dialogue = dialogue_in(State.ACS_TURN, Role.ACS)
        self.refused(dialogue, LocalProtocolError, "say", m.Reboot("\0"))
        self.assertEqual("1", read_envelope(dialogue.say(m.Reboot())).header.id)

    def test_an_empty_body_has_no_room_for_a_header(self) -> None:
        dialogue = dialogue_in(State.ACS_TURN, Role.ACS)
        self.refused(dialogue, LocalProtocolError, "say", None, Header(hold_requests=True))

    def test_the_name_of_a_strange_rpc_is_cut_short_in_the_reason(self) -> None:
        body = body_of(m.VendorRequest("X_" + "y" * 10000))
        self.assertLess(len(self.refused(Dialogue(Role.ACS), RemoteProtocolError, "hear", body)), 200)

    def test_rpcs_with_the_longest_names_find_their_answers(self) -> None:
        pair = Pair()
        pair.open()
        request = m.VendorRequest("X_" + "y" * 200)
        pair.cpe_says(request)
        response = m.VendorResponse(f"{request.Method}Response")
        self.assertEqual(request, pair.acs_says(response).answers)


class HoldTests(SynchronousTestCase):
    """HoldRequests: the CPE's own requests wait."""

    def setUp(self) -> None:
        self.pair = Pair()
        self.pair.open(Header(hold_requests=True))

    def test_a_held_cpe_asks_nothing(self) -> None:
        self.assertEqual((True, True), (self.pair.cpe.held, self.pair.acs.held))
        self.assertRaises(LocalProtocolError, self.pair.cpe.say, FROM_CPE)
        self.pair.cpe_says(None)

    def test_a_held_cpe_answers(self) -> None:
        self.pair.cpe_says(None)
        self.pair.acs_says(FROM_ACS, Header(hold_requests=True))
        self.assertEqual(FROM_ACS, self.pair.cpe_says(ANSWER).answers)

    def test_an_empty_answer_lifts_the_hold(self) -> None:
        self.pair.cpe_says(None)
        self.pair.acs_says(None)
        self.assertEqual((False, False), (self.pair.cpe.held, self.pair.acs.held))
        self.assertEqual("", self.pair.cpe_says(FROM_CPE).remark)

    def test_a_request_without_the_header_lifts_the_hold(self) -> None:
        self.pair.cpe_says(None)
        self.pair.acs_says(FROM_ACS)
        self.assertEqual((False, False), (self.pair.cpe.held, self.pair.acs.held))

    def test_a_cpe_that_asks_all_the_same_is_remarked_on_and_answered(self) -> None:
        heard = self.pair.acs.hear(body_of(FROM_CPE))
        self.assertEqual("TransferComplete while requests are held", heard.remark)
        self.assertTrue(self.pair.acs.say(answer_to(FROM_CPE)))

    def test_the_header_goes_out_beside_the_id(self) -> None:
        acs = dialogue_in(State.ACS_TURN, Role.ACS)
        said = acs.say(FROM_ACS, Header(id="not ours to choose", hold_requests=True))
        self.assertEqual(Header("1", hold_requests=True), read_envelope(said).header)


class TrustTests(SynchronousTestCase):
    """What the other side chose comes back only where it does no harm."""

    def test_a_namespace_that_breaks_out_is_refused(self) -> None:
        evil = b"urn:dslforum-org:cwmp-1-0&quot;/&gt;&lt;evil xmlns=&quot;"
        body = body_of(INFORM).replace(b"urn:dslforum-org:cwmp-1-0", evil)
        self.assertRaises(RemoteProtocolError, Dialogue(Role.ACS).hear, body)

    def test_a_namespace_of_no_cwmp_version_is_not_echoed(self) -> None:
        evil = b"urn:dslforum-org:cwmp-1-0'/&amp;evil"
        acs = Dialogue(Role.ACS)
        heard = acs.hear(body_of(INFORM).replace(b"urn:dslforum-org:cwmp-1-0", evil))
        self.assertEqual((INFORM, ""), (heard.message, heard.envelope.namespace))
        self.assertNotIn(b"evil", acs.say(m.InformResponse()))

    def test_a_cpe_keeps_its_namespace_where_the_answer_s_is_of_no_version(self) -> None:
        cpe = dialogue_in(State.CPE_ASKED, Role.CPE)
        cpe.hear(body_of(answer_to(FROM_CPE)).replace(b"urn:dslforum-org:cwmp-1-0", b"urn:evil"))
        self.assertIn(b"urn:dslforum-org:cwmp-1-0", cpe.say(FROM_CPE))

    def test_an_id_that_breaks_out_comes_back_as_text(self) -> None:
        evil = "</cwmp:ID></SOAP-ENV:Header><evil/>]]>"
        acs = Dialogue(Role.ACS)
        acs.hear(body_of(m.Inform(DEVICE), evil))
        said = acs.say(m.InformResponse())
        self.assertEqual(evil, read_envelope(said).header.id)
        self.assertEqual([], etree.fromstring(said).findall(".//{*}evil"))
