"""The way past a plain connection's transport, on which the kernel sends a file by itself.

Only where there is no TLS.  What the transport still has must have gone out before.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IWriteDescriptor
from zope.interface import implementer

FULL = -1
"""What `Outlet.send` returns where there is no room now."""


@implementer(IWriteDescriptor)
class Outlet:
    """The socket of a connection under a descriptor of our own, so that it cannot become another's while a
    thread uses it; `close` gives that back."""

    def __init__(self, reactor: Any, connection: socket.socket) -> None:
        self._reactor = reactor
        self._descriptor = os.dup(connection.fileno())
        self._waiting: Deferred[None] | None = None

    def send(self, file: int, at: int, count: int) -> int:
        """Let the kernel send some bytes of a file; returns how many it took, 0 at the file's end, `FULL`.

        It waits for the disk, never for the client, and belongs in a thread.
        """
        try:
            return os.sendfile(self._descriptor, file, at, count)
        except BlockingIOError:
            return FULL

    async def room(self) -> None:
        """Wait until there is room, or nobody any more who makes it."""
        self._waiting = Deferred()
        self._reactor.addWriter(self)
        await self._waiting

    def wake(self) -> None:
        """Wait no more."""
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._reactor.removeWriter(self)
            waiting.callback(None)

    def close(self) -> None:
        """Let the descriptor go; the connection stays."""
        self.wake()
        os.close(self._descriptor)

    # What the reactor says

    def fileno(self) -> int:
        """Where it looks."""
        return self._descriptor

    def doWrite(self) -> None:  # noqa: N802
        """There is room."""
        self.wake()

    def connectionLost(self, reason: Any) -> None:
        """There is nobody: the next attempt to send says so."""
        self.wake()

    def logPrefix(self) -> str:
        """What failures in here are logged under."""
        return "files"


def outlet_of(transport: Any) -> Outlet | None:
    """That of a connection; None where what it sends has to pass through our hands, as TLS does."""
    handle = transport.getHandle() if hasattr(transport, "getHandle") else None
    return Outlet(transport.reactor, handle) if isinstance(handle, socket.socket) else None
