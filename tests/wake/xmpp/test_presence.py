"""Tests of `acs.wake.xmpp.presence`: who is online, as far as somebody tells."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.wake.xmpp.presence import Presence
from acs.xmpp import elements
from tests.support.xmpp_server import DOMAIN, OURS
from tests.wake.xmpp.worlds import DEVICE, ComponentTestCase


class PresenceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.presence = Presence(OURS, DOMAIN, most=3)

    def hear(self, sender: str = DEVICE, kind: str = "") -> list[tuple[str, str]]:
        """What is answered: the kinds, and to whom."""
        said = self.presence.heard(elements.presence(sender, OURS, kind))
        return [(each.getAttribute("type") or "", each["to"]) for each in said]

    def test_a_device_is_online_from_when_it_says_so_until_it_says_otherwise(self) -> None:
        self.assertFalse(self.presence.is_online(DEVICE))
        self.assertEqual([], self.hear())
        self.assertTrue(self.presence.is_online(DEVICE))
        self.hear(kind="unavailable")
        self.assertFalse(self.presence.is_online(DEVICE))

    def test_the_newest_resource_counts(self) -> None:
        other = f"cpe-1@{DOMAIN}/other"
        self.hear()
        self.hear(other)
        self.assertEqual(other, self.presence.resource_of(DEVICE))
        self.assertFalse(self.presence.is_online(DEVICE))
        self.hear(DEVICE, "unavailable")
        self.assertTrue(self.presence.is_online(other), "that was the old one")
        self.hear(f"cpe-1@{DOMAIN}", "unavailable")
        self.assertTrue(self.presence.is_online(other), "that is of no resource")
        self.hear(other, "unavailable")
        self.assertEqual("", self.presence.resource_of(DEVICE))

    def test_strangers_are_not_heard(self) -> None:
        for sender in ("cpe@evil.example/x", DOMAIN, f"{DOMAIN}/x", "@", ""):
            for kind in ("", "subscribe", "probe"):
                self.assertEqual([], self.hear(sender, kind), sender)
        self.assertEqual([], self.presence.heard(elements.element("presence")))
        self.assertEqual(0, len(self.presence))

    def test_a_device_that_asks_to_see_us_may_and_is_asked_the_same(self) -> None:
        account = f"cpe-1@{DOMAIN}"
        self.assertEqual(
            [("subscribed", account), ("", account), ("subscribe", account)], self.hear(kind="subscribe")
        )
        self.assertEqual([("", account)], self.hear(kind="probe"))
        self.assertEqual([("unsubscribed", account)], self.hear(kind="unsubscribe"))
        for kind in ("subscribed", "unsubscribed", "error", "anything"):
            self.assertEqual([], self.hear(kind=kind))
        self.assertEqual(0, len(self.presence))

    def test_no_more_than_so_many_are_remembered(self) -> None:
        for number in range(5):
            self.hear(f"cpe-{number}@{DOMAIN}/x")
        self.assertEqual(3, len(self.presence))
        self.assertTrue(self.presence.is_online(f"cpe-4@{DOMAIN}/x"))
        self.assertFalse(self.presence.is_online(f"cpe-1@{DOMAIN}/x"))


class OnTheStreamTests(ComponentTestCase):
    def test_it_is_forgotten_with_the_stream_and_answered_on_it(self) -> None:
        self.connect()
        self.server.say(f"<presence from='{DEVICE}' to='{OURS}'/>")
        self.server.say(f"<presence type='subscribe' from='cpe-2@{DOMAIN}' to='{OURS}'/>")
        self.assertEqual(
            ["subscribed", None, "subscribe"], [each.getAttribute("type") for each in self.server.heard]
        )
        self.assertTrue(self.component.presence.is_online(DEVICE))
        self.server.lose()
        self.assertFalse(self.component.presence.is_online(DEVICE))
