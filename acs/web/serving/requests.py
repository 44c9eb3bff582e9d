"""Requests as the site reads them: within bounds, in one form.

Bodies are in memory and of bounded length; targets have the origin form.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.web.server import Request

from acs.web.people.authentication import NOBODY, Principal
from acs.web.serving.incoming import MAX_DISCARDED, Incoming
from acs.web.serving.peers import NO_PEER, Peer

MAX_BODY = 1 << 20
"""Bytes that a body may have."""


class _Bounded(BytesIO):
    """Keeps what is written up to `MAX_BODY`, and counts all of it."""

    seen = 0

    def write(self, data: Any) -> int:
        """Keep the data, unless that is too much."""
        self.seen += len(data)
        return super().write(data) if self.seen <= MAX_BODY else 0


class BoundedRequest(Request):
    """A request with a body of at most `MAX_BODY` bytes; ``overlong`` tells that there were more.

    ``principal`` is who asks, ``peer`` from where, as soon as that is known.
    """

    principal: Principal = NOBODY
    peer: Peer = NO_PEER
    content: _Bounded | Incoming
    channel: Any

    def said(self, name: str) -> list[str]:
        """The values of a header, whatever bytes they are."""
        given = self.requestHeaders.getRawHeaders(name.encode("ascii")) or []
        return [each.decode("latin-1") for each in given]

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Keep the body in memory, however long it says that it is: twisted.web would write a file."""
        self.content = _Bounded()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Read on beyond the limit, for the client to hear of it; but not for ever."""
        super().handleContentChunk(data)  # type: ignore[no-untyped-call]
        if isinstance(self.content, _Bounded) and self.content.seen > MAX_DISCARDED:
            self.channel.loseConnection()

    @property
    def overlong(self) -> bool:
        """True where the body is longer than it may be; what is kept of it is then of no use."""
        return isinstance(self.content, _Bounded) and self.content.seen > MAX_BODY

    @property
    def whole_body(self) -> bytes:
        """All of it, where it was kept."""
        return self.content.read() if isinstance(self.content, _Bounded) else b""

    @property
    def incoming(self) -> Incoming | None:
        """The body, where it is read while it comes."""
        return self.content if isinstance(self.content, Incoming) else None

    def process(self) -> None:
        """Bring the target into the origin form."""
        self.path = _origin_form(self.path)
        super().process()  # type: ignore[no-untyped-call]

    def write(self, data: bytes) -> None:
        """Send without twisted.web's name and version."""
        if not self.startedWriting:
            self.responseHeaders.removeHeader("Server")
        super().write(data)  # type: ignore[no-untyped-call]


class StreamedRequest(BoundedRequest):
    """The same for a site whose resource is the dispatcher: where that says so, the body is ``incoming``, and
    the request is served before all of it is there."""

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Begin to serve it, if its body is to be streamed."""
        # twisted.web says this only when the body is there.
        self.method, self.uri = self.channel._command, self.channel._path
        self.clientproto = self.channel._version
        self.path = _origin_form(self.uri.partition(b"?")[0])
        root = self.channel.site.resource
        if most := root.most_streamed(self):
            self.content = Incoming(self.transport, most, length)
            root.begin(self)
        else:
            super().gotLength(length)


def _origin_form(path: bytes) -> bytes:
    """The path of a target (RFC 9112, section 3.2), which only clients of proxies send with a host."""
    if path[:7].lower() == b"http://" or path[:8].lower() == b"https://":
        _, slash, path = path.partition(b"://")[2].partition(b"/")
        return slash + path or b"/"
    return path
