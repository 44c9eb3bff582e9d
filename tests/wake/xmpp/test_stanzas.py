"""Tests of `acs.wake.xmpp.stanzas`: the request, and what is understood of each answer."""

from __future__ import annotations

from lxml import etree
from twisted.trial.unittest import SynchronousTestCase
from twisted.words.xish import domish

from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Pair
from acs.wake.xmpp.stanzas import connection_request, understood
from acs.xmpp.elements import Element
from tests import REFERENCE, needs_reference

SCHEMA = "bbf/xsd/cwmp-xmppConnReq-1-0.xsd"


def stanza(text: str) -> Element:
    """The stanza that a text is."""
    found: list[Element] = []
    stream = domish.elementStream()
    stream.DocumentStartEvent = lambda root: None
    stream.ElementEvent = found.append
    stream.parse(f"<stream xmlns='jabber:component:accept'>{text}".encode())
    return found[0]


def error(inside: str) -> Element:
    """An error stanza."""
    return stanza(f"<iq type='error' id='1' from='a@b/c'><error type='cancel'>{inside}</error></iq>")


def named(condition: str) -> Element:
    """An error stanza as it should be."""
    return error(f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>")


class RequestTests(SynchronousTestCase):
    def text(self, pair: Pair) -> str:
        made = connection_request("acs@acs.example/acs", "cpe@devices.example/cwmp", "cr001", pair)
        return str(made.toXml())

    def test_it_is_written_as_the_standard_has_it(self) -> None:
        self.assertEqual(
            "<iq type='get' to='cpe@devices.example/cwmp' id='cr001' from='acs@acs.example/acs'>"
            "<connectionRequest xmlns='urn:broadband-forum-org:cwmp:xmppConnReq-1-0'>"
            "<username>user</username><password>s3cret</password></connectionRequest></iq>",
            self.text(Pair("user", "s3cret")),
        )

    def test_what_it_carries_is_only_text(self) -> None:
        read = etree.fromstring(self.text(Pair("<&'\">", "]]></password>\u00e9")))
        self.assertEqual(["<&'\">", "]]></password>\u00e9"], [each.text for each in read[0]])

    def test_it_is_valid_by_the_schema(self) -> None:
        schema = etree.XMLSchema(etree.parse(REFERENCE / SCHEMA))
        for pair in (Pair("user", "s3cret"), Pair("", ""), Pair("a" * 300, "<")):
            read = etree.fromstring(self.text(pair))[0]
            self.assertTrue(schema.validate(read), schema.error_log)

    test_it_is_valid_by_the_schema.skip = needs_reference(SCHEMA)  # type: ignore[attr-defined]


class UnderstandingTests(SynchronousTestCase):
    def test_a_result_is_a_yes(self) -> None:
        self.assertEqual((WakeOutcome.ACCEPTED, ""), understood(stanza("<iq type='result' id='1'/>"), False))

    def test_each_condition_means_something(self) -> None:
        for condition, outcome in {
            "not-authorized": WakeOutcome.UNAUTHORIZED,
            "not-autorized": WakeOutcome.UNAUTHORIZED,
            "forbidden": WakeOutcome.UNAUTHORIZED,
            "service-unavailable": WakeOutcome.UNREACHABLE,
            "recipient-unavailable": WakeOutcome.UNREACHABLE,
            "item-not-found": WakeOutcome.UNREACHABLE,
            "remote-server-not-found": WakeOutcome.UNREACHABLE,
            "bad-request": WakeOutcome.REFUSED,
            "policy-violation": WakeOutcome.REFUSED,
        }.items():
            found, detail = understood(named(condition), False)
            self.assertEqual(outcome, found, condition)
            self.assertIn(condition, detail)

    def test_a_device_that_is_online_is_busy_where_it_is_not_available(self) -> None:
        outcome, detail = understood(named("service-unavailable"), True)
        self.assertEqual(WakeOutcome.BUSY, outcome)
        self.assertIn("in a session", detail)

    def test_a_condition_of_any_namespace_or_age_counts(self) -> None:
        for inside, outcome in {
            "<not-autorized/>": WakeOutcome.UNAUTHORIZED,
            "<text>no</text><not-authorized xmlns='x'/>": WakeOutcome.UNAUTHORIZED,
            "": WakeOutcome.REFUSED,
        }.items():
            self.assertEqual(outcome, understood(error(inside), False)[0], inside)
        old = stanza("<iq type='error' id='1'><error code='401'>Unauthorized</error></iq>")
        self.assertEqual(WakeOutcome.UNAUTHORIZED, understood(old, False)[0])
        nothing = stanza("<iq type='error' id='1'/>")
        self.assertIn("an error without a condition", understood(nothing, True)[1])

    def test_the_standard_condition_comes_before_a_vendors_own(self) -> None:
        inside = "<oops xmlns='x'/><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        self.assertIn("bad-request", understood(error(inside), False)[1])

    def test_what_a_device_says_is_cut(self) -> None:
        text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" + "a" * 10_000 + "</text>"
        self.assertLess(len(understood(error(text), False)[1]), 250)
