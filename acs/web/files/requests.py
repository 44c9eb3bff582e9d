"""Requests as the file site reads them: the body goes where it belongs while it comes.

twisted.web has a whole body, in memory or in a file of its own, before it shows the request to anybody.  Here
whoever takes the body is asked for as soon as the head is read, and may answer before the rest has come.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request, datetimeToString

from acs.web.serving.channel import Channel

MAX_DISCARDED = 1 << 20
"""Bytes of a body that nobody wants which are read, so that the client hears why."""
LINGER = 10.0
"""Seconds in which a client that was refused may end what it is sending."""

_ON_EVERY_ANSWER = {
    "Cache-Control": "private, no-transform",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_BODILESS = (204, 304)

log = Logger()


def _now() -> str:
    date: bytes = datetimeToString()  # type: ignore[no-untyped-call]
    return date.decode()


class Body(Protocol):
    """Takes the body of a request."""

    def take(self, data: bytes) -> None:
        """Some more of it has come."""

    def end(self) -> None:
        """All of it has come."""

    def lost(self) -> None:
        """The client is gone."""


class Serves(Protocol):
    """What the site does with requests."""

    def body_of(self, request: FileRequest, length: int | None) -> Body | None:
        """Who takes the body of a request, and answers it; ``length`` is None where it is chunked.  None:
        nobody wants it, `serve` answers."""

    def serve(self, request: FileRequest) -> Awaitable[None]:
        """Answer a request whose body nobody took."""

    def malformed(self, request: FileRequest) -> None:
        """What has come is no request, and was answered so."""


class FileRequest(Request):
    """A request for a file, or with one.

    :ivar gone: whether its client is.
    :ivar coming: whether there is a body that has not all come.
    """

    channel: Any
    transport: Any

    def __init__(self, site: Serves, later: Callable[..., Any], channel: Any, queued: Any = False) -> None:
        super().__init__(channel, queued)
        self._site = site
        self._later = later
        self._body: Body | None = None
        self._discarded = 0
        self._refused = False
        self._end: Any = None
        self.gone = False
        self.coming = False

    @property
    def target(self) -> str:
        """What is asked for, a character for each byte."""
        return self.uri.decode("latin-1")

    @property
    def address(self) -> str:
        """Where the client is; "" for a UNIX socket."""
        return str(getattr(self.client, "host", ""))

    def header(self, name: str) -> str | None:
        """A header's value, of several of that name all, with commas; a character for each byte."""
        values = self.requestHeaders.getRawHeaders(name.encode("ascii"))
        return b", ".join(values).decode("latin-1") if values else None

    # What the channel says

    def begun(self, line: bytes) -> None:
        """The request line has come."""
        parts = line.split(b" ")
        if len(parts) == 3:  # else the channel has refused it
            self.method, self.uri, self.clientproto = parts

    def is_none(self, line: bytes) -> None:
        """It is no request by HTTP's rules; that was its last line."""
        if self.uri == FileRequest.uri:
            self.uri = line.partition(b" ")[2]
        self._site.malformed(self)

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The head is read."""
        self.content = BytesIO()  # stays empty: twisted.web looks into it
        waits = "100-continue" in (self.header("expect") or "").lower() and self.clientproto != b"HTTP/1.0"
        # Whoever takes the body says when it may come (`proceed`), and not the channel.
        self.requestHeaders.removeHeader(b"expect")
        self._waits = waits
        self.coming = length != 0
        self._body = self._site.body_of(self, length)
        if self._body is None:
            self.proceed()

    def proceed(self) -> None:
        """Tell a client that waits for it that the body may come."""
        if self._waits and not self._refused:
            self._waits = False
            self.channel.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Some of the body has come."""
        if self._body is not None and not self._refused:
            self._body.take(data)
            return
        self._discarded += len(data)
        if self._discarded > MAX_DISCARDED:
            self.channel.loseConnection()

    def process(self) -> None:
        """All of the request has come."""
        self.coming = False
        if self._refused:
            self._close()
        elif self._body is not None:
            self._body.end()
        else:
            Deferred.fromCoroutine(_as_coroutine(self._site.serve(self))).addErrback(self._failed)

    def connectionLost(self, reason: Any) -> None:
        """The client is gone."""
        self._lost()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _lost(self) -> None:
        if self.gone:
            return
        self.gone = True
        if self._end is not None and self._end.active():
            self._end.cancel()
        if self._body is not None:
            self._body.lost()

    # What is answered

    def begin(self, status: int, headers: Mapping[str, str | list[str]], length: int) -> None:
        """Set the head of an answer whose body has so many bytes."""
        self.setResponseCode(status, HTTPStatus(status).phrase.encode())
        said = {"Date": _now(), **_ON_EVERY_ANSWER, **headers}
        if status not in _BODILESS:
            said["Content-Length"] = str(length)
        for name, value in said.items():
            self.responseHeaders.setRawHeaders(name, value if isinstance(value, list) else [value])

    def answer(self, status: int, headers: Mapping[str, str | list[str]] | None = None) -> None:
        """Answer with a status, and its name as the body where that is a refusal; nothing where the client
        is gone."""
        if not self.gone:
            self._say(status, headers or {})
            self.finish()  # type: ignore[no-untyped-call]

    def refuse(self, status: int, headers: Mapping[str, str | list[str]] | None = None) -> None:
        """Answer though the body has not come, or not all of it: what still comes is thrown away, and the
        connection closed."""
        if self.gone or self._refused:
            return
        self._refused = True
        self.channel.persistent = False
        self._say(status, {"Connection": "close", **(headers or {})})
        self._end = self._later(LINGER, self._close)

    def _say(self, status: int, headers: Mapping[str, str | list[str]]) -> None:
        text = b"" if status < 400 else f"{status} {HTTPStatus(status).phrase}\n".encode()
        kind = {"Content-Type": "text/plain; charset=us-ascii"} if text else {}
        self.begin(status, {**kind, **headers}, len(text))
        self.write(text)  # type: ignore[no-untyped-call]

    def _close(self) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()
        if not self.gone and not self.finished:
            self.channel.loseConnection()

    def cut(self, why: str) -> None:
        """End the connection at once."""
        if not self.gone:
            log.info("{client} is cut: {why}", client=self.address, why=why)
            self.transport.abortConnection()

    def _failed(self, failure: Failure) -> None:
        log.failure("a request for {path} failed", failure, path=ascii(self.target))
        if self.gone:
            return
        if self.startedWriting:
            self.cut("the answer could not be sent")
        else:
            self.answer(500)


async def _as_coroutine(waiting: Awaitable[None]) -> None:
    await waiting


class FileChannel(Channel):
    """A connection with devices."""

    _line = b""

    def lineReceived(self, line: bytes) -> None:
        """Show a new request its first line, which it hears of too late otherwise."""
        before, self._line = len(self.requests), line
        super().lineReceived(line)  # type: ignore[no-untyped-call]
        if len(self.requests) > before:
            self.requests[-1].begun(line)

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802
        """Answer what is no request, which twisted.web tells nobody of."""
        super()._respondToBadRequestAndDisconnect()  # type: ignore[no-untyped-call]
        if self.requests:
            self.requests[-1].is_none(self._line)

    def checkPersistence(self, request: Any, version: bytes) -> bool:  # noqa: N802
        """Whether the connection stays open, of HTTP/1.0 too where the client says so: every answer has its
        length."""
        said = (request.header("connection") or "").lower()
        wanted = {token.strip() for token in said.split(",")}
        if "close" in wanted or not (version == b"HTTP/1.1" or "keep-alive" in wanted):
            request.responseHeaders.setRawHeaders("Connection", ["close"])
            return False
        if version != b"HTTP/1.1":
            request.responseHeaders.setRawHeaders("Connection", ["keep-alive"])
        return True
