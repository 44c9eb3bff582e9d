"""How often somebody may call, and how often that is told."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.session.rates import Rates
from acs.session.sources import source_of


class RateTests(SynchronousTestCase):
    def test_above_the_count_a_caller_waits_and_others_do_not(self) -> None:
        rates = Rates(3, 60.0)
        self.assertEqual([0, 0, 0], [rates.wait("a", 10.0) for _ in range(3)])
        self.assertGreater(rates.wait("a", 10.0), 0)
        self.assertEqual(0, rates.wait("b", 10.0))

    def test_who_waits_as_long_as_told_is_served(self) -> None:
        rates = Rates(3, 60.0)
        for now in (10.0, 20.0, 30.0):
            rates.wait("a", now)
        wait = rates.wait("a", 40.0)
        self.assertEqual(0, rates.wait("a", 40.0 + wait + 0.001))

    def test_what_was_said_just_before_a_window_counts_in_it_and_what_was_long_before_does_not(self) -> None:
        for now, served in ((61.0, False), (119.0, True), (181.0, True)):
            rates = Rates(10, 60.0)
            self.assertEqual({0.0}, {rates.wait("a", 59.0) for _ in range(10)})
            self.assertEqual(served, rates.wait("a", now) == 0, now)

    def test_a_name_that_is_counted_already_makes_no_window_end(self) -> None:
        rates = Rates(10, 60.0, names=2)
        for name in ("a", "b", "a", "b", "a"):
            self.assertEqual(0, rates.wait(name, 1.0))
        self.assertEqual(2, len(rates))

    def test_made_up_names_take_bounded_memory_and_refuse_nobody(self) -> None:
        rates = Rates(3, 60.0, names=100)
        for number in range(10_000):
            self.assertEqual(0, rates.wait(f"{number}" * 100, 1.0))
            self.assertLessEqual(len(rates), 200)

    def test_a_count_of_0_is_no_limit(self) -> None:
        rates = Rates(0, 60.0)
        self.assertEqual({0.0}, {rates.wait("a", 1.0) for _ in range(1000)})


class SourceTests(SynchronousTestCase):
    def test_an_ipv4_address_is_one(self) -> None:
        self.assertEqual("192.0.2.7", source_of("192.0.2.7"))

    def test_of_ipv6_it_is_the_network_that_a_customer_has(self) -> None:
        self.assertEqual("2001:db8:1:2::/64", source_of("2001:db8:1:2:3:4:5:6"))
        self.assertEqual(source_of("2001:db8:1:2::1"), source_of("2001:DB8:1:2:ffff::"))
        self.assertNotEqual(source_of("2001:db8:1:3::1"), source_of("2001:db8:1:2::1"))

    def test_what_is_no_address_stands_for_itself(self) -> None:
        self.assertEqual(["", "no:address"], [source_of(""), source_of("no:address")])
