"""Who is let in, and when those who are not come back: by the rules of `acs.session.admission`."""

from __future__ import annotations

import random
from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from acs.session.admission import LEAST_WAIT, MOST_WAIT, Admission, Urgency

ORDINARY, CLAIMED, KNOWN = Urgency


def full(places: int, more: int = 0, per_source: int = 0, spread: float = 0.5) -> Admission:
    """One whose places for everybody are all taken, since the time 0."""
    admission = Admission(places, more, per_source, lambda: spread)
    for number in range(places):
        admission.take(f"k{number}", f"s{number}", 0.0)
    return admission


class PlaceTests(SynchronousTestCase):
    def let_in(self, admission: Admission, urgency: Urgency, name: str) -> bool:
        """Whether one is, who then has a place."""
        if admission.why_not(name, lambda: urgency):
            return False
        admission.take(name, name, 0.0)
        return True

    def test_those_for_the_urgent_are_for_nobody_else(self) -> None:
        admission = full(10, more=4)
        callers = [
            (ORDINARY, "a"),
            *((CLAIMED, f"c{n}") for n in range(3)),
            *((KNOWN, f"u{n}") for n in range(3)),
        ]
        admitted = [name for urgency, name in callers if self.let_in(admission, urgency, name)]
        self.assertEqual(["c0", "c1", "u0", "u1"], admitted)
        self.assertEqual(14, admission.taken)

    def test_whether_it_is_urgent_is_not_asked_while_there_are_places(self) -> None:
        admission = full(2)
        admission.leave("k0", 1.0)
        self.assertEqual("", admission.why_not("x", lambda: self.fail("asked")))

    def test_a_place_is_given_back_once(self) -> None:
        admission = full(2)
        for _ in range(3):
            admission.leave("k0", 1.0)
        admission.leave("nobody", 1.0)
        self.assertEqual(1, admission.taken)

    def test_one_source_has_no_more_than_its_share_however_urgent(self) -> None:
        admission = Admission(100, 10, 2, lambda: 0.5)
        admission.take("a", "192.0.2.1", 0.0)
        admission.take("b", "192.0.2.1", 0.0)
        for urgency in Urgency:
            self.assertIn("this address", admission.why_not("192.0.2.1", lambda urgency=urgency: urgency))
        self.assertEqual("", admission.why_not("192.0.2.2", lambda: ORDINARY))
        admission.leave("a", 1.0)
        self.assertEqual("", admission.why_not("192.0.2.1", lambda: ORDINARY))

    def test_who_has_no_address_has_no_share(self) -> None:
        admission = Admission(100, 10, 1, lambda: 0.5)
        for number in range(5):
            self.assertEqual("", admission.why_not("", lambda: ORDINARY))
            admission.take(str(number), "", 0.0)

    def test_nothing_is_remembered_of_sources_that_have_no_session(self) -> None:
        admission = Admission(100, 10, 2, lambda: 0.5)
        for number in range(1000):
            admission.take("k", f"s{number}", 0.0)
            admission.leave("k", 1.0)
        self.assertEqual({}, admission._of_source)


class WaitTests(SynchronousTestCase):
    def test_the_wait_grows_with_the_number_that_was_sent_away(self) -> None:
        admission = full(10, spread=0.0)  # a session a second is what a place is taken to have
        waits = [admission.wait(ORDINARY, 0.0) for _ in range(1000)]
        self.assertEqual(sorted(waits), waits)
        self.assertEqual((LEAST_WAIT + 1, LEAST_WAIT + 100), (waits[0], waits[-1]))

    def test_those_who_had_their_turn_are_behind_nobody(self) -> None:
        admission = full(10, spread=0.0)
        for _ in range(1000):
            admission.wait(ORDINARY, 0.0)
        self.assertEqual(LEAST_WAIT + 51, admission.wait(ORDINARY, 50.0))
        self.assertEqual(LEAST_WAIT + 1, admission.wait(ORDINARY, 500.0))

    def test_the_pace_is_that_at_which_sessions_end(self) -> None:
        admission = full(10, spread=0.0)
        for number in range(2000):
            admission.take(f"x{number}", "", 0.0)
            admission.leave(f"x{number}", 0.02)
        waits = [admission.wait(ORDINARY, 1.0) for _ in range(1000)]
        self.assertLessEqual(abs(waits[-1] - (LEAST_WAIT + 1000 * 0.02 / 10)), 1)

    def test_a_clock_that_is_set_back_makes_no_wait_of_half_an_hour(self) -> None:
        admission = full(10, spread=0.0)
        for number in range(10):
            admission.take(f"x{number}", "", 10_000.0)
            admission.leave(f"x{number}", 0.0)
        self.assertEqual(LEAST_WAIT + 1, admission.wait(ORDINARY, 0.0))

    def test_a_burst_comes_back_no_faster_than_it_can_be_taken(self) -> None:
        chance = random.Random(1)
        admission = Admission(50, 5, 0, chance.random)
        seconds = Counter(admission.wait(ORDINARY, 0.0) for _ in range(10_000))
        later = {second: count for second, count in seconds.items() if second > 2 * LEAST_WAIT}
        self.assertGreater(len(later), 200)
        self.assertLess(max(later.values()), 1.3 * 50)
        steady = [count for second, count in later.items() if 20 <= second < 200]
        self.assertLess(abs(sum(steady) / len(steady) - 0.81 * 50), 2)

    def test_nobody_is_told_a_time_beyond_half_an_hour_and_its_half(self) -> None:
        admission = full(1, spread=1.0)
        waits = [admission.wait(ORDINARY, 0.0) for _ in range(10_000)]
        self.assertEqual(MOST_WAIT * 1.5, max(waits))
        # Of those beyond it none is remembered as waiting.
        self.assertEqual(ceil_of(1.5 * (LEAST_WAIT + 1)), admission.wait(ORDINARY, MOST_WAIT))

    def test_the_urgent_do_not_queue(self) -> None:
        admission = full(10, spread=0.0)
        for _ in range(1000):
            admission.wait(ORDINARY, 0.0)
        self.assertEqual([5, 5], [admission.wait(urgency, 0.0) for urgency in (CLAIMED, KNOWN)])


def ceil_of(seconds: float) -> int:
    return -int(-seconds // 1)
