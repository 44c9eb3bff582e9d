"""Shows the state of a run as one line on a terminal, written anew again and again."""

from __future__ import annotations

import shutil
from typing import Any, TextIO

from twisted.internet.task import LoopingCall

from acs.simulate.statistics import Statistics

_SECONDS = 0.5


class Progress:
    """Runs from the start; ``clock`` is the one that the run goes by."""

    def __init__(self, statistics: Statistics, clock: Any, stream: TextIO) -> None:
        self._statistics = statistics
        self._clock = clock
        self._stream = stream
        self._loop = LoopingCall(self._show)
        self._loop.clock = clock
        self._loop.start(_SECONDS)

    def _show(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        line = self._statistics.line(self._clock.seconds())[:width]
        self._stream.write(f"\r{line:<{width}}")
        self._stream.flush()

    def stop(self) -> None:
        """Leave the line as it is."""
        self._loop.stop()
        self._show()
        self._stream.write("\n")
