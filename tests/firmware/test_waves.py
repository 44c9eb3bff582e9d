"""The rules of campaigns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.waves import ALL, CAREFUL, MINUTES, Rule, Wave, Window, turns, wave_of

WAVES = st.lists(st.builds(Wave, st.integers(0, 50), st.floats(0, 100)), max_size=6)


class WaveTests(SynchronousTestCase):
    def test_a_few_come_first_then_more_then_all(self) -> None:
        self.assertEqual([1, 10, 100, 1000], turns(CAREFUL, 1000))
        self.assertEqual([1, 4, 35], turns([Wave(1), Wave(percent=10)], 35))
        self.assertEqual([1], turns(CAREFUL, 1))
        self.assertEqual([7], turns([ALL], 7))
        self.assertEqual([0], turns(CAREFUL, 0))

    @given(WAVES, st.integers(0, 5000))
    def test_each_device_has_its_turn_once(self, waves: list[Wave], count: int) -> None:
        limits = turns(waves, count)
        self.assertEqual(count, limits[-1])
        self.assertEqual(sorted(set(limits)), limits)
        places = [wave_of(place, limits) for place in range(count)]
        self.assertEqual(sorted(places), places)
        self.assertLess(max(places, default=-1), len(limits))


class RuleTests(SynchronousTestCase):
    def test_so_many_of_the_last_stop_it(self) -> None:
        rule = Rule(failures=3, of_last=5)
        good, bad = [False], [True]
        self.assertEqual("", rule.why_stop([]))
        self.assertEqual("", rule.why_stop(bad * 2 + good * 50))
        self.assertEqual("", rule.why_stop(bad * 3 + good * 5))
        self.assertEqual("3 of the last 5 have failed", rule.why_stop(good * 50 + bad * 3))
        self.assertEqual("3 of the last 3 have failed", rule.why_stop(bad * 3))

    def test_such_a_share_stops_it_once_there_are_enough(self) -> None:
        rule = Rule(percent=5.0, least=20)
        self.assertEqual("", rule.why_stop([True] * 19))
        self.assertEqual("5 % of 20 have failed", rule.why_stop([True] + [False] * 19))
        self.assertEqual("", rule.why_stop([True] + [False] * 20))

    def test_without_a_rule_nothing_does(self) -> None:
        self.assertEqual("", Rule().why_stop([True] * 1000))


class WindowTests(SynchronousTestCase):
    def test_it_opens_and_closes_and_may_go_over_midnight(self) -> None:
        by_day, by_night = Window(60, 120), Window(23 * 60, 60)
        self.assertEqual([60, 119], [min(_open(by_day)), max(_open(by_day))])
        self.assertEqual(120, len(_open(by_night)))
        self.assertTrue(by_night.is_open(0) and by_night.is_open(MINUTES - 1))
        self.assertEqual(MINUTES, len(_open(Window())))


def _open(window: Window) -> list[int]:
    return [minute for minute in range(MINUTES) if window.is_open(minute)]
