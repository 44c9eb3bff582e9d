"""A file as the answer of the API, sent as it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.web.appliance import InThread
from acs.web.files.pace import Unhurried
from acs.web.files.ranges import Span
from acs.web.files.sending import Broken, Sending

log = Logger()


class FileStream:
    """So many bytes of an open file, which is closed when they have gone, or cannot go any more."""

    def __init__(self, file: BinaryIO, size: int, in_thread: InThread, clock: IReactorTime) -> None:
        self._file = file
        self._size = size
        self._in_thread = in_thread
        self._clock = clock

    def begin(self, request: Any, admitted: Callable[[], Awaitable[object]]) -> None:
        """Send them."""
        Deferred.fromCoroutine(self._send(request))

    async def _send(self, request: Any) -> None:
        with self._file:
            try:
                sending = Sending(request, self._file, self._in_thread, self._clock, Unhurried())
                await sending.send([Span(0, self._size)])
            except (Broken, OSError) as error:
                log.info("a file is not sent to its end: {reason}", reason=str(error))
                if request.channel is not None:
                    request.transport.abortConnection()
