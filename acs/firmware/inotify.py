"""Linux's inotify, read by the reactor (inotify(7)).

Twisted's own stops altogether when one of its folders is deleted, and says nothing of events that were lost.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct
from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

MODIFY = 0x2
ATTRIB = 0x4
CLOSE_WRITE = 0x8
MOVED_FROM = 0x40
MOVED_TO = 0x80
CREATE = 0x100
DELETE = 0x200
DELETE_SELF = 0x400
MOVE_SELF = 0x800
UNMOUNT = 0x2000
OVERFLOW = 0x4000
IGNORED = 0x8000
ONLY_FOLDERS = 0x01000000
IS_FOLDER = 0x40000000

_WANTED = (
    MODIFY
    | ATTRIB
    | CLOSE_WRITE
    | MOVED_FROM
    | MOVED_TO
    | CREATE
    | DELETE
    | DELETE_SELF
    | MOVE_SELF
    | ONLY_FOLDERS
)
_HEAD = struct.Struct("=iIII")
_AT_ONCE = 1 << 16

log = Logger()


class Event(Struct, frozen=True, gc=False):
    """``watch`` is the number of the folder's, -1 where events were lost; ``name`` is of what is in it, "" of
    the folder itself."""

    watch: int
    mask: int
    name: bytes


def events_in(data: bytes) -> Iterator[Event]:
    """The events that were read: the kernel gives them whole."""
    at = 0
    while at + _HEAD.size <= len(data):
        watch, mask, _, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield Event(watch, mask, data[at : at + length].rstrip(b"\0"))
        at += length


@implementer(IReadDescriptor)
class Inotify:
    """Tells of what happens in folders; raises OSError where inotify is not to be had.

    :param told: is called in the reactor's thread with each event.
    """

    def __init__(self, reactor: Any, told: Callable[[Event], None]) -> None:
        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError("this system has no inotify")
        self._descriptor = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._reactor = reactor
        self._told = told
        reactor.addReader(self)

    def watch(self, folder: int) -> int:
        """Watch an open folder, from any thread; returns the number that its events have, the same when asked
        again.  Raises OSError where the system's limit is reached."""
        path = f"/proc/self/fd/{folder}".encode()
        return self._checked(self._libc.inotify_add_watch(self._descriptor, path, _WANTED))

    def forget(self, watch: int) -> None:
        """Watch it no more; nothing where it is gone."""
        self._libc.inotify_rm_watch(self._descriptor, watch)

    def close(self) -> None:
        """Let go of all; nothing where that is done."""
        if self._descriptor >= 0:
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._descriptor = -1

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    # What the reactor says

    def fileno(self) -> int:
        """What to read."""
        return self._descriptor

    def doRead(self) -> None:
        """Tell of what there is."""
        if self._descriptor < 0:
            return  # it was closed in this very turn
        try:
            data = os.read(self._descriptor, _AT_ONCE)
        except BlockingIOError:
            return
        for event in events_in(data):
            self._told(event)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops, or cannot read."""
        self.close()

    def logPrefix(self) -> str:
        """What the log calls this."""
        return "inotify"
