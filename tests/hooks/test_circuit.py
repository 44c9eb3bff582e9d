"""A circuit opens after failures in a row, and closes when an answer comes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.hooks.circuit import Circuit


class CircuitTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.circuit = Circuit(3, 30.0)

    def fail_times(self, count: int, now: float = 0.0) -> None:
        for _ in range(count):
            self.circuit.failed(now)

    def test_it_lets_everybody_through_until_there_were_so_many_failures_in_a_row(self) -> None:
        self.fail_times(2)
        self.circuit.succeeded()
        self.fail_times(2)
        self.assertEqual((False, 0.0), (self.circuit.open, self.circuit.enter(0.0)))

    def test_open_it_lets_nobody_through_and_says_for_how_long(self) -> None:
        self.fail_times(3, now=100.0)
        self.assertEqual((True, 30.0, 1.0), (self.circuit.open, *map(self.circuit.enter, (100.0, 129.0))))

    def test_when_it_has_rested_one_is_let_through_and_the_others_wait_for_what_comes_of_that(self) -> None:
        self.fail_times(3)
        self.assertEqual([0.0, 30.0, 28.0], [self.circuit.enter(now) for now in (30.0, 30.0, 32.0)])

    def test_an_answer_closes_it(self) -> None:
        self.fail_times(3)
        self.circuit.enter(30.0)
        self.circuit.succeeded()
        self.assertEqual([False, 0.0, 0.0], [self.circuit.open, *map(self.circuit.enter, (30.0, 30.0))])

    def test_another_failure_has_it_rest_as_long_again(self) -> None:
        self.fail_times(3)
        self.circuit.enter(30.0)
        self.circuit.failed(33.0)
        self.assertEqual([28.0, 0.0], [self.circuit.enter(now) for now in (35.0, 63.0)])

    def test_one_that_was_let_through_and_never_came_back_does_not_keep_it_open_for_ever(self) -> None:
        self.fail_times(3)
        self.assertEqual([0.0, 0.0], [self.circuit.enter(now) for now in (30.0, 60.0)])
