"""Tests of `acs.wake.udp`: the datagrams that wake a device, when and where they go."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from msgspec.structs import replace
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.stun import Address
from acs.cwmp.udp_request import UdpRequest, read
from acs.wake.bindings import FRESH
from acs.wake.stun_server import StunServer
from acs.wake.udp import APART, MOST_PAIRS, UdpWay, address_of
from acs.wake.way import Attempt, Binding, Pair, Target, WakeOutcome, Way
from tests.support.datagrams import Internet
from tests.wake.stun_side import NAME, PASSWORD, Population, binding

SERVER = ("203.0.113.1", 3478)
CPE = ("198.51.100.7", 4711)
PAIR = Pair("CPE57689", "password")
START = 1_120_673_700


def counting() -> Callable[[int], bytes]:
    """Bytes that are new each time."""
    state = [0]

    def take(count: int) -> bytes:
        state[0] += 1
        return bytes((state[0] * 17 + at) % 256 for at in range(count))

    return take


class UdpWayTestCase(SynchronousTestCase):
    """Has a way, over a server in memory."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.net = Internet(self.clock)
        self.server = StunServer(Population(((NAME, PASSWORD),)), self.clock)
        self.port = self.net.listen(self.server, *SERVER)
        self.reason = ""
        self.looked_at: list[str] = []
        self.way = UdpWay(self.server, self.clock, counting(), self.allowed)

    def allowed(self, address: IPv4Address | IPv6Address) -> str:
        self.looked_at.append(str(address))
        return self.reason

    def target(self, *pairs: Pair, seen: float = START, udp_address: str = "") -> Target:
        return Target(
            "device", pairs or (PAIR,), udp_address=udp_address, binding=Binding(*CPE, seen) if seen else None
        )

    def request(self, target: Target) -> Attempt:
        asked = self.begin(target)
        self.run_for(8.5)
        return self.successResultOf(asked)

    def begin(self, target: Target) -> Deferred[Attempt]:
        self.assertEqual("", self.way.why_not(target))
        return ensureDeferred(self.way.request(target))

    def run_for(self, seconds: float) -> None:
        self.clock.pump([0.01] * round(seconds * 100))

    def sent(self) -> list[UdpRequest]:
        return [read(each.data) for each in self.net.from_(SERVER)]

    def times(self) -> list[float]:
        return [round(each.at - START, 1) for each in self.net.from_(SERVER)]


class RequestTests(UdpWayTestCase):
    def test_it_is_one_of_the_ways(self) -> None:
        way: Way = self.way
        self.assertEqual("udp", way.method)

    def test_a_signed_request_goes_to_the_binding_from_the_server_s_own_port(self) -> None:
        attempt = self.request(self.target())
        self.assertEqual(Attempt("udp", WakeOutcome.ACCEPTED, "sent, no answer is to come"), attempt)
        sent = self.net.sent[0]
        self.assertEqual({(SERVER, CPE)}, {(each.source, each.to) for each in self.net.sent})
        request = self.sent()[0]
        self.assertEqual((START, "CPE57689"), (request.ts, request.un))
        self.assertTrue(request.is_signed_with("password"))
        self.assertRegex(request.cn, r"^[0-9A-Za-z]{16}$")
        self.assertTrue(0 < request.id < 2**31)
        self.assertTrue(sent.data.startswith(b"GET http://198.51.100.7:4711?ts="))

    def test_four_copies_of_it_are_sent(self) -> None:
        self.request(self.target())
        self.run_for(5)
        self.assertEqual([0.0, 0.2, 1.0, 2.0], self.times())
        self.assertEqual(1, len({each.data for each in self.net.sent}))

    def test_no_more_of_them_once_the_device_has_called(self) -> None:
        asked = self.begin(self.target())
        self.run_for(0.3)
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.run_for(5)
        self.assertEqual([0.0, 0.2], self.times())

    def test_each_request_has_a_later_time_even_within_one_second(self) -> None:
        for _ in range(3):
            self.begin(self.target()).addErrback(lambda failure: failure.trap(CancelledError)).cancel()
        self.run_for(5.5)
        self.request(self.target())
        requests = {each.ts: each for each in self.sent()}
        self.assertEqual([START, START + 1, START + 2, START + 5], list(requests))
        self.assertEqual(4, len({each.id for each in requests.values()}))
        self.assertEqual(4, len({each.cn for each in requests.values()}))

    def test_even_after_the_clock_was_set_back(self) -> None:
        self.request(self.target())
        self.clock.rightNow -= 3600
        self.request(self.target())
        self.assertEqual([START, START + 1], list(dict.fromkeys(each.ts for each in self.sent())))

    def test_devices_do_not_wait_for_each_other(self) -> None:
        for number in range(3):
            self.begin(Target(f"d{number}", (PAIR,), binding=Binding(*CPE, START)))
        self.assertEqual([START] * 3, [each.ts for each in self.sent()])
        self.run_for(3)

    def test_what_the_device_had_before_is_tried_afterwards_with_a_later_time(self) -> None:
        self.request(self.target(PAIR, Pair("old", "before", "previous")))
        self.run_for(10)
        self.assertEqual([0.0, 0.2, 1.0, APART, APART + 0.2, 2.0, APART + 1, APART + 2], self.times())
        self.assertEqual([0, 0, 0, 1, 1, 0, 1, 1], [each.ts - START for each in self.sent()])
        own, previous = self.sent()[0], self.sent()[-1]
        self.assertEqual((START, "CPE57689"), (own.ts, own.un))
        self.assertEqual((START + 1, "old"), (previous.ts, previous.un))
        self.assertTrue(previous.is_signed_with("before"))

    def test_no_more_than_three_pairs_are(self) -> None:
        self.request(self.target(*(Pair(f"u{number}", "x") for number in range(9))))
        self.run_for(20)
        self.assertEqual(MOST_PAIRS, len({each.un for each in self.sent()}))

    def test_a_user_name_with_percent_signs_is_sent_as_it_is_then_encoded(self) -> None:
        self.request(self.target(Pair("02A098-NF%2D1200-1", "password")))
        self.run_for(10)
        texts = list(dict.fromkeys(each.data for each in self.net.sent))
        self.assertEqual([True, False], [b"&un=02A098-NF%2D1200-1&" in text for text in texts])
        self.assertEqual([False, True], [b"&un=02A098-NF%252D1200-1&" in text for text in texts])
        self.assertEqual([START, START + 1], [read(text).ts for text in texts])
        signed = [replace(read(text), un="02A098-NF%2D1200-1") for text in texts]
        self.assertEqual([True, True], [request.is_signed_with("password") for request in signed])


class WhereTests(UdpWayTestCase):
    def places(self, target: Target) -> list[tuple[str, int]]:
        self.net.sent.clear()
        self.begin(target)
        return [each.to for each in self.net.from_(SERVER)]

    def test_to_where_this_server_heard_the_device_last(self) -> None:
        self.net.send(binding(), ("192.0.2.9", 999), SERVER)
        self.clock.advance(1)
        target = Target(f"device {NAME}", (PAIR,), binding=Binding(*CPE, START - 5))
        self.assertEqual([("192.0.2.9", 999)], self.places(target))

    def test_to_where_another_node_did_if_that_was_later(self) -> None:
        self.net.send(binding(), ("192.0.2.9", 999), SERVER)
        self.run_for(10)
        target = Target(f"device {NAME}", (PAIR,), binding=Binding(*CPE, START + 5))
        self.assertEqual([CPE], self.places(target))

    def test_to_the_address_that_it_told_where_nobody_did_for_long(self) -> None:
        self.assertEqual([CPE], self.places(self.target(seen=START - FRESH + 1, udp_address="192.0.2.9:99")))
        self.assertEqual(
            [("192.0.2.9", 99)], self.places(self.target(seen=START - FRESH, udp_address="192.0.2.9:99"))
        )
        self.assertEqual([("192.0.2.9", 80)], self.places(self.target(seen=0, udp_address="192.0.2.9")))

    def test_nowhere_that_is_not_allowed(self) -> None:
        self.reason = "loopback"
        attempt = self.request(self.target())
        self.assertEqual((WakeOutcome.REFUSED, "loopback"), (attempt.outcome, attempt.detail))
        self.assertEqual((["198.51.100.7"], []), (self.looked_at, self.net.sent))

    def test_where_it_cannot_be_sent_that_is_told(self) -> None:
        self.net.broken.add(CPE[0])
        attempt = self.request(self.target())
        self.assertEqual((WakeOutcome.UNREACHABLE, "No route to host"), (attempt.outcome, attempt.detail))
        self.clock.advance(10)
        self.assertEqual([], self.net.sent)

    def test_a_copy_that_cannot_be_sent_does_not_keep_back_the_others(self) -> None:
        asked = self.begin(self.target())
        self.net.broken.add(CPE[0])
        self.run_for(0.5)
        self.net.broken.clear()
        self.run_for(5)
        self.assertEqual(WakeOutcome.ACCEPTED, self.successResultOf(asked).outcome)
        self.assertEqual([0.0, 1.0, 2.0], self.times())


class WhyNotTests(UdpWayTestCase):
    def test_without_a_server(self) -> None:
        self.port.stopListening()
        self.assertEqual("there is no STUN server on this node", self.way.why_not(self.target()))

    def test_without_a_pair(self) -> None:
        target = Target("device", binding=Binding(*CPE, START))
        self.assertIn("no ConnectionRequestUsername", self.way.why_not(target))

    def test_without_a_place(self) -> None:
        for target in (self.target(seen=0), self.target(seen=START - FRESH)):
            self.assertIn("no STUN request", self.way.why_not(target))
        self.assertIn("is no address", self.way.why_not(self.target(seen=0, udp_address="router.lan:80")))

    def test_what_is_requested_all_the_same_is_impossible(self) -> None:
        attempt = self.successResultOf(ensureDeferred(self.way.request(self.target(seen=0))))
        self.assertEqual(WakeOutcome.IMPOSSIBLE, attempt.outcome)


class AddressTests(SynchronousTestCase):
    def test_an_address_is_a_host_with_or_without_a_port(self) -> None:
        for text, expected in {
            "192.0.2.1:4711": Address("192.0.2.1", 4711),
            "192.0.2.1": Address("192.0.2.1", 80),
            " 192.0.2.1:80 ": Address("192.0.2.1", 80),
            "[2001:db8::1]:4711": Address("2001:db8::1", 4711),
            "[2001:db8::1]": Address("2001:db8::1", 80),
            "2001:DB8::1": Address("2001:db8::1", 80),
        }.items():
            self.assertEqual(expected, address_of(text))

    def test_nothing_else_is(self) -> None:
        for text in (
            "",
            ":80",
            "host:80",
            "192.0.2.1:0",
            "192.0.2.1:65536",
            "192.0.2.1:x",
            "1:2:3",
            "192.0.2.300",
        ):
            self.assertIsNone(address_of(text), text)
