"""Tests of `acs.wake.xmpp.way`: which devices can be asked, and what comes of it."""

from __future__ import annotations

from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Attempt, Pair, Target, Way
from acs.wake.xmpp.way import XmppWay
from tests.support.xmpp_server import DOMAIN, OURS
from tests.wake.xmpp.worlds import DEVICE, PAIR, ComponentTestCase


class WayTestCase(ComponentTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.way: Way = XmppWay(self.component)

    def online(self, jid: str = DEVICE, kind: str = "") -> None:
        """A device shows itself."""
        attribute = f"type='{kind}'" if kind else ""
        self.server.say(f"<presence from='{jid}' to='{OURS}' {attribute}/>")


class WhyNotTests(WayTestCase):
    def test_a_device_in_our_domain_can_be_asked(self) -> None:
        self.connect()
        for jid in (DEVICE, f"A.B@{DOMAIN.upper()}/x", f"caf\u00e9@{DOMAIN}/\u00fc"):
            self.assertEqual("", self.way.why_not(self.target(jid)), jid)

    def test_nobody_else_gets_a_password(self) -> None:
        self.connect()
        for jid in (
            "cpe@evil.example/cwmp",
            f"cpe@{DOMAIN}.evil.example/x",
            f"cpe@evil.{DOMAIN}/x",
            f"cpe@evil.example/{DOMAIN}",
            f"evil.example/cpe@{DOMAIN}",
            f"{DOMAIN}/cwmp",
            f"@{DOMAIN}/cwmp",
            DOMAIN,
        ):
            self.assertIn(f"of no account in {DOMAIN}", self.way.why_not(self.target(jid)), jid)

    def test_what_is_no_jid_is_refused(self) -> None:
        self.connect()
        for jid in (
            "@",
            f"a b@{DOMAIN}/x",
            f"a<b@{DOMAIN}/x",
            "a" * 3000,
            f"a\x00@{DOMAIN}/x",
        ):
            reason = self.way.why_not(self.target(jid))
            self.assertIn("the device's JID is none", reason, ascii(jid[:20]))

    def test_without_a_jid_or_a_password_it_cannot_be(self) -> None:
        self.connect()
        self.assertIn("has told no JID", self.way.why_not(Target(device="d", pairs=(PAIR,))))
        self.assertIn("no ConnectionRequest user name", self.way.why_not(Target(device="d", jid=DEVICE)))

    def test_without_a_server_it_cannot_be(self) -> None:
        self.assertIn("not connected yet", self.way.why_not(self.target()))
        self.connect()
        self.server.lose()
        self.assertIn("the connection was lost", self.way.why_not(self.target()))

    def test_a_jid_without_a_resource_will_do_where_presence_tells_one(self) -> None:
        self.connect()
        target = self.target(f"cpe-1@{DOMAIN}")
        self.assertIn("names no resource", self.way.why_not(target))
        self.online()
        self.assertEqual("", self.way.why_not(target))
        self.begin(self.way.request(target))
        self.assertEqual(DEVICE, self.server.last("iq")["to"])

    def test_who_asks_is_one_jid(self) -> None:
        self.assertEqual("acs@acs.isp.example/acs", XmppWay(self.component).allowed_jid)
        self.assertEqual("xmpp", self.way.method)


class RequestTests(WayTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.connect()

    def test_a_device_that_says_yes_has_accepted(self) -> None:
        asked = self.begin(self.way.request(self.target()))
        question = self.server.last("iq")
        self.assertEqual((OURS, DEVICE), (question["from"], question["to"]))
        self.assertEqual("s3cret", str(question.connectionRequest.password))
        self.server.answer()
        self.assertEqual(Attempt("xmpp", WakeOutcome.ACCEPTED, "", PAIR), self.successResultOf(asked))

    def test_the_next_pair_is_tried_where_one_is_not_taken(self) -> None:
        previous = Pair("user", "0ld", "previous")
        for condition in ("not-authorized", "forbidden", "not-autorized"):
            asked = self.begin(self.way.request(self.target(DEVICE, PAIR, previous)))
            self.server.error(condition)
            self.assertEqual("0ld", str(self.server.last("iq").connectionRequest.password))
            self.server.answer()
            attempt = self.successResultOf(asked)
            self.assertEqual((WakeOutcome.ACCEPTED, previous), (attempt.outcome, attempt.pair))

    def test_what_all_of_a_vendor_have_is_told_to_none_that_has_its_own(self) -> None:
        factory = Pair("factory", "word", "default")
        asking = self.begin(self.way.request(self.target(DEVICE, PAIR, factory)))
        self.server.error("not-authorized")
        self.assertEqual(WakeOutcome.UNAUTHORIZED, self.successResultOf(asking).outcome)
        asking = self.begin(self.way.request(self.target(DEVICE, factory)))
        self.server.answer()
        self.assertEqual(WakeOutcome.ACCEPTED, self.successResultOf(asking).outcome)

    def test_where_none_is_taken_it_is_unauthorized(self) -> None:
        asked = self.begin(self.way.request(self.target(DEVICE, PAIR, PAIR)))
        self.server.error("not-authorized")
        self.server.error("not-authorized")
        attempt = self.successResultOf(asked)
        self.assertEqual((WakeOutcome.UNAUTHORIZED, None), (attempt.outcome, attempt.pair))
        self.assertNotIn("s3cret", attempt.detail)

    def test_a_password_that_is_said_back_is_not_told(self) -> None:
        asked = self.begin(self.way.request(self.target()))
        namespace = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
        said = f"{'x' * 180} what is s3cret?"
        self.server.answer(
            f"<error><bad-request {namespace}/><text {namespace}>{said}</text></error>", "error"
        )
        attempt = self.successResultOf(asked)
        self.assertIn("bad-request: xxx", attempt.detail)
        self.assertNotIn("s3c", attempt.detail)

    def test_no_further_pair_is_given_away_for_another_reason(self) -> None:
        asked = self.begin(self.way.request(self.target(DEVICE, PAIR, PAIR)))
        self.server.error("item-not-found")
        self.assertEqual(WakeOutcome.UNREACHABLE, self.successResultOf(asked).outcome)
        self.assertEqual(1, len(self.server.heard))

    def test_silence_for_ten_seconds_is_a_timeout(self) -> None:
        asked = self.begin(self.way.request(self.target()))
        self.server.pass_time(10)
        self.assertEqual(WakeOutcome.TIMEOUT, self.successResultOf(asked).outcome)

    def test_a_stream_that_is_lost_reaches_nobody(self) -> None:
        asked = self.begin(self.way.request(self.target()))
        self.server.lose()
        attempt = self.successResultOf(asked)
        self.assertEqual(WakeOutcome.UNREACHABLE, attempt.outcome)
        self.assertIn("the connection was lost", attempt.detail)
        again = self.successResultOf(self.begin(self.way.request(self.target())))
        self.assertEqual(WakeOutcome.UNREACHABLE, again.outcome)

    def test_presence_tells_busy_from_gone(self) -> None:
        for kind, outcome in (("", WakeOutcome.BUSY), ("unavailable", WakeOutcome.UNREACHABLE)):
            self.online(kind=kind)
            asked = self.begin(self.way.request(self.target()))
            self.server.error("service-unavailable")
            self.assertEqual(outcome, self.successResultOf(asked).outcome)

    def test_a_password_that_xml_cannot_hold_is_not_sent(self) -> None:
        for text in ("a\x00b", "\x1b", "\ufffe", "\ud800"):
            attempt = self.successResultOf(self.begin(self.way.request(self.target(DEVICE, Pair("u", text)))))
            self.assertEqual(WakeOutcome.REFUSED, attempt.outcome)
            self.assertNotIn(text, attempt.detail)
        self.assertEqual([], self.server.heard)
        self.assertTrue(self.component.connected)
