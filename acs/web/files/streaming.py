"""A file as the answer of the API, sent as it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.web.files.pace import Unhurried
from acs.web.files.ranges import Span
from acs.web.files.sending import Broken, Sending
from acs.web.serving.threads import InThread

log = Logger()


class FileStream:
    """So many bytes of a file, which ``opens`` opens in a thread once they are to be sent."""

    def __init__(
        self, opens: Callable[[], BinaryIO], size: int, in_thread: InThread, clock: IReactorTime
    ) -> None:
        self._opens = opens
        self._size = size
        self._in_thread = in_thread
        self._clock = clock

    def begin(self, request: Any, admitted: Callable[[], Awaitable[object]]) -> None:
        """Send them."""
        Deferred.fromCoroutine(self._send(request))

    async def _send(self, request: Any) -> None:
        try:
            with await self._in_thread(self._opens) as file:
                sending = Sending(request, file, self._in_thread, self._clock, Unhurried())
                await sending.send([Span(0, self._size)])
        except (Broken, OSError, LookupError) as error:
            log.info("a file is not sent to its end: {reason}", reason=str(error))
            if request.channel is not None:
                request.transport.abortConnection()
