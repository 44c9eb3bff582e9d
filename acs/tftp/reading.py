"""A file that is read ahead of its transfer, a piece at a time, in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred

from acs.tftp.codec import to_netascii

PIECE = 16_384
"""About so many bytes are read at once, where a window is shorter."""

InThread = Callable[..., Deferred[Any]]
"""Carries out a call with its arguments, which may take long, and fires with what it gives."""


class Shorter(Exception):
    """A file that has fewer bytes than it had."""


def piece_of(window: int) -> int:
    """How many bytes to read at once: whole windows of so many bytes."""
    return window * max(1, PIECE // window)


class Pieces:
    """A file's first ``size`` bytes, ``piece`` of them at a time; closes it in the end.

    :param netascii: whether each is translated.
    """

    def __init__(self, file: BinaryIO, size: int, piece: int, netascii: bool, in_thread: InThread) -> None:
        self._file = file
        self._left = size
        self._piece = piece
        self._netascii = netascii
        self._in_thread = in_thread
        self._closing: Deferred[None] | None = None
        self.is_reading = False

    def read(self) -> Deferred[tuple[bytes, bool]]:
        """The next bytes, and whether they are the last.

        Fails with `OSError`, or with `Shorter` where the file has not as many as it should.  Never two at
        once, none after the last.
        """
        self.is_reading = True
        reading: Deferred[tuple[bytes, bool]] = self._in_thread(self._read)
        return reading.addBoth(self._was_read)

    def close(self) -> Deferred[None]:
        """Close the file; a thread that reads in it ends first."""
        closing: Deferred[None] = Deferred()
        self._closing = closing
        if not self.is_reading:
            self._close(closing)
        return closing

    def _read(self) -> tuple[bytes, bool]:
        wanted = min(self._piece, self._left)
        found = b""
        while len(found) < wanted:
            more = self._file.read(wanted - len(found))
            if not more:
                raise Shorter("the file is shorter than it was")
            found += more
        self._left -= wanted
        return to_netascii(found) if self._netascii else found, not self._left

    def _was_read(self, result: Any) -> Any:
        self.is_reading = False
        if self._closing is not None:
            self._close(self._closing)
        return result

    def _close(self, closing: Deferred[None]) -> None:
        self._file.close()
        closing.callback(None)
