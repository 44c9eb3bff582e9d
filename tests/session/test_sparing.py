"""How often something is told."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.session.sparing import Sparing


class SparingTests(SynchronousTestCase):
    def test_so_many_lines_in_a_minute_and_then_how_many_more(self) -> None:
        lines = Sparing(3)
        self.assertEqual([True] * 3 + [False] * 7, [lines.wants(5.0) for _ in range(10)])
        self.assertEqual({}, lines.passed_over(64.0))
        self.assertEqual([7, 0], [lines.passed_over(now).total() for now in (65.0, 66.0)])
        self.assertTrue(lines.wants(66.0))

    def test_the_others_are_counted_by_reason(self) -> None:
        lines = Sparing(0)
        for reason in "abb":
            lines.wants(0.0, reason)
        self.assertEqual({"a": 1, "b": 2}, lines.passed_over(60.0))

    def test_lines_that_were_all_logged_are_not_told_of(self) -> None:
        lines = Sparing(3)
        for now in (1.0, 2.0, 3.0, 70.0):
            self.assertTrue(lines.wants(now))
        self.assertEqual({}, lines.passed_over(1000.0))

    def test_none_is_lost_though_nobody_asks_in_time(self) -> None:
        lines = Sparing(2)
        wanted = sum(lines.wants(now) for now in (1.0, 2.0, 3.0, 4.0, 100.0))
        self.assertEqual((2, 3), (wanted, lines.passed_over(101.0).total()))
