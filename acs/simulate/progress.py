"""Shows how far something has come, as one line on a terminal that is written anew each time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from twisted.internet.task import LoopingCall

_SECONDS = 0.5


@contextmanager
def progress(line: Callable[[], str], clock: Any, stream: TextIO, asked_for: bool) -> Iterator[None]:
    """Show it meanwhile, on a terminal or where it is ``asked_for``.

    ``line`` gives the text of the moment, ``clock`` is the one that it goes by.
    """
    shown = _Progress(line, clock, stream) if asked_for or stream.isatty() else None
    try:
        yield
    finally:
        if shown is not None:
            shown.stop()


class _Progress:
    def __init__(self, line: Callable[[], str], clock: Any, stream: TextIO) -> None:
        self._line = line
        self._stream = stream
        self._loop = LoopingCall(self._show)
        self._loop.clock = clock
        self._loop.start(_SECONDS)

    def _show(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        line = self._line()[:width]
        self._stream.write(f"\r{line:<{width}}")
        self._stream.flush()

    def stop(self) -> None:
        """Leave the line as it is."""
        self._loop.stop()
        self._show()
        self._stream.write("\n")
