"""Tests of `acs.wake.xmpp.component`: connecting, asking, being asked; against a server in memory."""

from __future__ import annotations

from twisted.internet.error import ConnectionRefusedError
from twisted.internet.testing import MemoryReactorClock, StringTransportWithDisconnection
from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from acs.wake.xmpp.asking import NoAnswer, NotConnected
from acs.wake.xmpp.component import LOOPBACK, Component
from acs.xmpp.elements import iq
from tests.support.xmpp_server import DOMAIN, NAME, OURS
from tests.wake.xmpp.worlds import DEVICE, ComponentTestCase


class ConnectingTests(ComponentTestCase):
    def test_it_says_when_it_is_connected(self) -> None:
        self.assertEqual((False, "not connected yet"), (self.component.connected, self.component.why))
        self.connect()
        self.assertEqual((True, ""), (self.component.connected, self.component.why))
        self.assertEqual([f"connected to tcp:127.0.0.1:5347 as {NAME}"], self.lines)
        self.assertEqual(OURS, self.component.jid)

    def test_a_server_that_is_not_there_is_told_once_and_tried_again(self) -> None:
        waits = []
        for _ in range(8):
            self.server.refuse(ConnectionRefusedError())
            waited = 0.0
            while not self.server.waiting():
                self.server.pass_time(0.5)
                waited += 0.5
            waits.append(waited)
        self.assertEqual([1, 2, 4, 8, 16, 30, 30, 30], waits)
        self.assertEqual(1, len(self.lines), self.lines)
        self.assertIn("Connection was refused", self.component.why)
        self.connect()

    def test_a_lost_connection_is_made_again(self) -> None:
        self.connect()
        self.server.pass_time(100)
        self.server.answer()
        self.server.lose()
        self.assertEqual((False, "the connection was lost"), (self.component.connected, self.component.why))
        self.server.pass_time(1)
        self.connect()
        self.assertEqual(3, len(self.lines), self.lines)

    def test_a_server_that_casts_us_out_at_once_is_asked_less_and_less_often(self) -> None:
        for waited in (1, 2, 4):
            self.connect()
            self.server.end("conflict")
            self.server.pass_time(waited - 0.1)
            self.assertFalse(self.server.waiting())
            self.server.pass_time(0.1)
            self.assertTrue(self.server.waiting())

    def test_a_server_that_says_nothing_is_given_up(self) -> None:
        self.server.tries += 1
        client = self.server.reactor.tcpClients[-1][2].buildProtocol(None)
        transport = StringTransportWithDisconnection()
        transport.protocol = client
        client.makeConnection(transport)
        self.server.pass_time(15)
        self.assertEqual("no answer in 15 seconds", self.component.why)
        self.assertFalse(transport.connected)
        self.server.pass_time(1)
        self.connect()

    def test_a_connection_on_which_nobody_answers_any_more_is_cut(self) -> None:
        self.connect()
        self.server.pass_time(60)
        self.assertEqual(DOMAIN, self.server.last("iq")["to"])
        self.server.pass_time(10)
        self.assertFalse(self.component.connected)
        self.assertIn("does not answer: the connection is cut", self.lines[1])
        self.server.pass_time(2)
        self.connect()

    def test_any_answer_to_that_will_do(self) -> None:
        self.connect()
        self.server.pass_time(60)
        self.server.error("service-unavailable")
        self.server.pass_time(30)
        self.assertTrue(self.component.connected)

    def test_it_stops_whatever_it_is_doing(self) -> None:
        self.successResultOf(self.component.stopService())
        self.component.startService()
        self.connect()
        stopped = self.component.stopService()
        self.server.flush()
        self.successResultOf(stopped)
        self.assertFalse(self.component.connected)
        self.server.pass_time(100)
        self.assertFalse(self.server.waiting())

    def test_a_stream_with_a_document_type_is_ended(self) -> None:
        self.server.tries += 1
        client = self.server.reactor.tcpClients[-1][2].buildProtocol(None)
        transport = StringTransportWithDisconnection()
        transport.protocol = client
        client.makeConnection(transport)
        client.dataReceived(b"<!DOCTYPE x [<!ENTITY a 'b'>]><stream:stream xmlns='jabber:component:accept'>")
        self.assertFalse(transport.connected)
        self.assertIn("a document type", self.component.why)


class RefusalTests(ComponentTestCase):
    secret = "falsch"

    def test_a_wrong_secret_is_told_once_and_not_tried_each_second(self) -> None:
        for _ in range(5):
            self.server.accept()
            while not self.server.waiting():
                self.server.pass_time(1)
        self.assertGreaterEqual(self.server.reactor.seconds(), 1 + 2 + 4 + 8 + 16)
        self.assertEqual(1, len(self.lines), self.lines)
        self.assertIn("the server does not take wake.xmpp.secret (not-authorized)", self.lines[0])
        self.assertNotIn("falsch", self.lines[0])


class AskingTests(ComponentTestCase):
    def question(self) -> object:
        return iq("get", OURS, DEVICE, self.component.new_id())

    def test_an_answer_goes_to_whoever_has_asked(self) -> None:
        self.connect()
        one, other = (self.begin(self.component.ask(self.question())) for _ in range(2))
        self.server.answer()
        self.assertNoResult(one)
        self.assertEqual("result", self.successResultOf(other)["type"])
        self.server.heard.pop()
        self.server.error("bad-request")
        self.assertEqual("error", self.successResultOf(one)["type"])

    def test_nobody_is_waited_for_without_end(self) -> None:
        self.connect()
        asked = self.begin(self.component.ask(self.question()))
        self.server.pass_time(9.9)
        self.assertNoResult(asked)
        self.server.pass_time(0.2)
        self.failureResultOf(asked, NoAnswer)
        self.server.answer()  # too late: nothing happens
        self.assertTrue(self.component.connected)

    def test_what_waits_fails_with_the_stream(self) -> None:
        self.connect()
        asked = self.begin(self.component.ask(self.question()))
        self.server.lose()
        self.failureResultOf(asked, NotConnected)
        self.assertEqual([], self.flushWarnings())

    def test_nothing_is_kept_for_a_stream_to_come(self) -> None:
        self.failureResultOf(self.begin(self.component.ask(self.question())), NotConnected)
        self.connect()
        self.assertEqual([], self.server.heard)

    def test_who_has_given_up_is_forgotten(self) -> None:
        self.connect()
        asked = self.begin(self.component.ask(self.question()))
        asked.cancel()
        self.failureResultOf(asked)
        self.assertEqual(0, len(self.component._asking))
        self.server.answer()

    def test_an_answer_of_somebody_else_is_none(self) -> None:
        self.connect()
        asked = self.begin(self.component.ask(self.question()))
        identifier = self.server.last("iq")["id"]
        for sender in (f"from='cpe-2@{DOMAIN}/cwmp'", "", "from='@'"):
            self.server.say(f"<iq type='result' id='{identifier}' {sender} to='{OURS}'/>")
        self.assertNoResult(asked)
        self.server.say(
            f"<iq type='result' id='{identifier}' from='CPE-1@{DOMAIN.upper()}/cwmp' to='{OURS}'/>"
        )
        self.successResultOf(asked)


class QuestionTests(ComponentTestCase):
    def ask(self, inside: str, kind: str = "get", attributes: str = "id='q1'") -> None:
        self.connect()
        self.server.say(f"<iq type='{kind}' {attributes} from='{DEVICE}' to='{OURS}'>{inside}</iq>")

    def test_a_ping_is_answered(self) -> None:
        self.ask("<ping xmlns='urn:xmpp:ping'/>")
        answer = self.server.last("iq")
        self.assertEqual(
            ("result", "q1", DEVICE, OURS), tuple(answer[name] for name in ("type", "id", "to", "from"))
        )

    def test_who_we_are_is_told(self) -> None:
        self.ask("<query xmlns='http://jabber.org/protocol/disco#info'/>")
        query = self.server.last("iq").query
        self.assertEqual("component", query.identity["category"])

    def test_anything_else_is_refused(self) -> None:
        self.connect()
        for kind, inside in (
            ("get", "<query xmlns='jabber:iq:version'/>"),
            ("set", "<ping xmlns='urn:xmpp:ping'/>"),
            ("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>"),
            ("get", ""),
        ):
            self.server.say(f"<iq type='{kind}' id='q' from='{DEVICE}' to='{OURS}'>{inside}</iq>")
            answer = self.server.last("iq")
            self.assertEqual("error", answer["type"])
            self.assertIsNotNone(answer.error.firstChildElement().name)
        self.assertEqual(4, len(self.server.heard))

    def test_what_has_no_id_is_not_answered(self) -> None:
        self.ask("<ping xmlns='urn:xmpp:ping'/>", attributes="")
        self.assertEqual([], self.server.heard)


class PlaceTests(SynchronousTestCase):
    def test_these_are_on_this_machine(self) -> None:
        for place in ("tcp:127.0.0.1:1", "tcp:localhost:1", "unix:/run/x", "tcp:host=127.0.0.1:port=1"):
            self.assertTrue(LOOPBACK.match(place), place)
        for place in ("tcp:10.0.0.1:5347", "tcp:localhost.example:1", "tcp:127.0.0.1.example:1", "tls:a:1"):
            self.assertFalse(LOOPBACK.match(place), place)

    def test_secrets_that_leave_the_machine_are_warned_of(self) -> None:
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        for place, warned in (("tcp:192.0.2.1:1", 1), ("tls:192.0.2.1:1", 0), ("tcp:127.0.0.1:1", 0)):
            events.clear()
            component = Component(MemoryReactorClock(), place, NAME, "hush", DOMAIN, bytes)
            component.startService()
            self.addCleanup(component.stopService)
            self.assertEqual(warned, len([each for each in events if "without TLS" in str(each)]), place)
