"""Requests as the site reads them: within bounds, in one form.

Bodies are in memory and of bounded length; targets have the origin form.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.web.server import Request

from acs.web.authentication import NOBODY, Principal

MAX_BODY = 1 << 20
"""Bytes that a body may have."""
MAX_DISCARDED = 16 << 20
"""Bytes of a longer body that are read before the connection is closed, so that the client hears that it
is too long."""


class _Bounded(BytesIO):
    """Keeps what is written up to `MAX_BODY`, and counts all of it."""

    seen = 0

    def write(self, data: Any) -> int:
        """Keep the data, unless that is too much."""
        self.seen += len(data)
        return super().write(data) if self.seen <= MAX_BODY else 0


class BoundedRequest(Request):
    """A request with a body of at most `MAX_BODY` bytes; ``overlong`` tells that there were more.

    ``principal`` is who asks, as soon as that is known.
    """

    principal: Principal = NOBODY
    content: _Bounded

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Keep the body in memory, however long it says that it is: twisted.web would write a file."""
        self.content = _Bounded()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Read on beyond the limit, for the client to hear of it; but not for ever."""
        super().handleContentChunk(data)  # type: ignore[no-untyped-call]
        if self.content.seen > MAX_DISCARDED:
            self.channel.loseConnection()  # type: ignore[no-untyped-call]

    @property
    def overlong(self) -> bool:
        """True where the body is longer than it may be; what is kept of it is then of no use."""
        return self.content.seen > MAX_BODY

    def process(self) -> None:
        """Bring the target into the origin form (RFC 9112, section 3.2): only clients of proxies send
        another."""
        if self.path[:7].lower() == b"http://" or self.path[:8].lower() == b"https://":
            _, slash, path = self.path.partition(b"://")[2].partition(b"/")
            self.path = slash + path or b"/"
        super().process()  # type: ignore[no-untyped-call]

    def write(self, data: bytes) -> None:
        """Send without twisted.web's name and version."""
        if not self.startedWriting:
            self.responseHeaders.removeHeader("Server")
        super().write(data)  # type: ignore[no-untyped-call]
