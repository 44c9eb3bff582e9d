"""Tests of `acs.simulate.progress`: who is shown how far something has come."""

from __future__ import annotations

import io

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.simulate.progress import progress
from tests.ctl import Terminal


class ProgressTests(SynchronousTestCase):
    def shown(self, stream: io.TextIOWrapper, asked_for: bool) -> list[str]:
        """The lines that are written over each other, in a second and a half of work that fails."""
        clock, numbers = Clock(), iter("012345")
        with self.assertRaises(ZeroDivisionError), progress(lambda: next(numbers), clock, stream, asked_for):
            clock.advance(0.5)
            clock.advance(0.5)
            raise ZeroDivisionError
        self.assertEqual([], clock.getDelayedCalls())
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        return [line.rstrip(" ") for line in stream.buffer.getvalue().decode().split("\r")]

    def test_on_a_terminal_it_is_shown_to_the_end(self) -> None:
        lines = self.shown(Terminal(io.BytesIO(), newline=""), asked_for=False)
        self.assertEqual(["", "0", "1", "2", "3"], [line.rstrip("\n ") for line in lines])

    def test_elsewhere_only_where_it_is_asked_for(self) -> None:
        self.assertEqual([""], self.shown(io.TextIOWrapper(io.BytesIO()), asked_for=False))
        self.assertEqual(5, len(self.shown(io.TextIOWrapper(io.BytesIO(), newline=""), asked_for=True)))
