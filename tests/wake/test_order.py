"""The order of the ways, and how many devices are woken in a second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.wake.order import Known, behind_nat, in_order
from acs.wake.pacing import Pace, network_of

ALL = ("http", "udp", "xmpp")
KNOWN = st.builds(
    Known,
    st.sampled_from(["", "http", "xmpp", "udp", "pigeon"]),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)


class OrderTests(SynchronousTestCase):
    def test_a_device_in_the_open_is_called_directly(self) -> None:
        for nat in (False, None):
            self.assertEqual(["http", "xmpp", "udp"], in_order(ALL, Known(nat=nat)))

    def test_behind_a_nat_that_is_the_last_resort(self) -> None:
        self.assertEqual(["xmpp", "udp", "http"], in_order(ALL, Known(nat=True)))

    def test_what_has_worked_comes_first(self) -> None:
        self.assertEqual(["udp", "http", "xmpp"], in_order(ALL, Known("udp")))
        self.assertEqual(["http", "xmpp", "udp"], in_order(ALL, Known("http", True)))

    def test_one_that_is_online_is_reached_there_and_one_that_is_not_is_not(self) -> None:
        self.assertEqual(["xmpp", "udp", "http"], in_order(ALL, Known("udp", None, True)))
        self.assertEqual(["http", "udp", "xmpp"], in_order(ALL, Known("xmpp", None, False)))

    @given(st.sets(st.sampled_from(ALL)), KNOWN)
    def test_each_way_that_there_is_is_tried_once(self, methods: set[str], known: Known) -> None:
        self.assertEqual(sorted(methods), sorted(in_order(methods, known)))


class NatTests(SynchronousTestCase):
    def test_it_shows_by_the_addresses_or_the_device_says_so(self) -> None:
        for url, address, detected, expected in (
            ("http://192.0.2.7:7547/x", "192.0.2.7", "", False),
            ("http://192.0.2.7:7547/x", "192.0.2.7", "true", True),
            ("http://192.168.1.1:7547/x", "8.8.8.8", "0", True),
            ("http://192.168.1.1/x", "192.168.7.7", "", None),
            ("http://[2001:db8::1]/x", "2001:db8::1", "false", False),
            ("http://cpe.example/x", "8.8.8.8", "", None),
            ("", "8.8.8.8", "", None),
            ("http://[::1", "8.8.8.8", "", None),
            ("http://8.8.8.8/", "not an address", "", None),
        ):
            self.assertIs(expected, behind_nat(url, address, detected), (url, address))


class PaceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.pace = Pace(self.clock.seconds, 10.0, 2.0)

    def taken(self, *addresses: str) -> int:
        """How many of these may be woken now."""
        return sum(self.pace.wait(address) == 0.0 for address in addresses)

    def test_so_many_in_a_second_altogether(self) -> None:
        addresses = [f"192.0.{number}.1" for number in range(30)]
        self.assertEqual((10, 10), (self.pace.free, self.taken(*addresses)))
        self.assertEqual((0, 0), (self.pace.free, self.taken(*addresses)))
        self.clock.advance(0.5)
        self.assertEqual(5, self.taken(*addresses))
        self.clock.advance(60)
        self.assertEqual(10, self.taken(*addresses))

    def test_so_many_in_a_network(self) -> None:
        addresses = [f"192.0.2.{number}" for number in range(9)]
        self.assertEqual(2, self.taken(*addresses))
        self.assertEqual(0.5, self.pace.wait("192.0.2.77"))
        self.assertEqual(2, self.taken(*(f"2001:db8:0:{number}::1" for number in range(9))))

    def test_who_cannot_wait_is_counted(self) -> None:
        for _ in range(10):
            self.pace.take("192.0.2.1")
        self.assertEqual(0, self.pace.free)
        self.assertGreater(self.pace.wait("192.0.2.1"), 3.9)

    def test_a_clock_that_is_set_back_holds_nobody_up(self) -> None:
        self.assertEqual(1, self.taken("192.0.2.1"))
        self.clock.rightNow -= 3600.0
        self.assertEqual(1, self.taken("192.0.2.1"))
        self.clock.advance(0.5)
        self.assertEqual(1, self.taken("192.0.2.1"))

    def test_what_is_only_looked_at_is_not_counted(self) -> None:
        for _ in range(30):
            self.assertEqual(0.0, self.pace.due("192.0.2.1"))
        self.assertEqual(2, self.taken(*["192.0.2.1"] * 3))
        self.assertEqual(0.5, self.pace.due("192.0.2.1"))

    def test_networks_are_forgotten_before_they_are_too_many(self) -> None:
        for number in range(20_000):
            self.clock.advance(1)
            self.pace.wait(f"10.{number >> 8}.{number & 255}.1")
        self.assertLessEqual(len(self.pace._networks), 10_000)

    def test_what_is_no_address_is_in_one_network(self) -> None:
        self.assertEqual(
            ["", "192.0.2.0/24", "2001:db8::/48"], [*map(network_of, ("x", "192.0.2.9", "2001:db8::9"))]
        )

    @given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 5))))
    def test_none_gets_more_than_its_due(self, calls: list[tuple[float, int]]) -> None:
        self.setUp()
        taken = 0
        for seconds, network in calls:
            self.clock.advance(seconds)
            taken += self.pace.wait(f"10.0.{network}.1") == 0.0
        self.assertLessEqual(taken, 10 + 10 * self.clock.seconds() + 1e-6)
