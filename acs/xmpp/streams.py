"""XML streams over Twisted's endpoints, which tell when they are ready or have ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.xmlstream import (
    INIT_FAILED_EVENT,
    STREAM_AUTHD_EVENT,
    XmlStream,
)
from twisted.words.xish import domish
from twisted.words.xish.xmlstream import STREAM_END_EVENT, STREAM_ERROR_EVENT, BootstrapMixin

from acs.xmpp.elements import Element

CLOSE_SECONDS = 5.0
"""How long the other side has to close a stream that we have closed."""


class Stream(XmlStream):  # type: ignore[misc,unused-ignore]
    """One stream.

    ``ready`` fires when it may be used, or fails with the reason for which it will never be; ``ended`` fires
    when its connection is closed, with None.
    """

    stream: Any
    transport: Any

    def __init__(self, authenticator: Any, clock: IReactorTime) -> None:
        self._clock: Any = clock
        self.ready: Deferred[None] = Deferred()
        self.ended: Deferred[None] = Deferred()
        super().__init__(authenticator)  # type: ignore[no-untyped-call]

    def watch(self) -> None:
        """To be called once: what others observe is told to them first."""
        for event, heard in (
            (STREAM_AUTHD_EVENT, self._authenticated),
            (INIT_FAILED_EVENT, self._failed),
            (STREAM_ERROR_EVENT, self._failed),
            (STREAM_END_EVENT, self._over),
        ):
            self.addObserver(event, heard)  # type: ignore[no-untyped-call]

    def _initializeStream(self) -> None:  # noqa: N802
        super()._initializeStream()  # type: ignore[no-untyped-call]
        # XMPP has no document types (RFC 6120 11.1), and expat would expand what they define.
        self.stream.parser.StartDoctypeDeclHandler = _no_doctype

    def _callLater(self, *arguments: Any) -> Any:  # noqa: N802
        return self._clock.callLater(*arguments)

    def say(self, element: Element) -> None:
        """Send a stanza."""
        self.send(element)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End it in good order, and after a while in any order."""
        if self.ended.called:
            return
        self.sendFooter()  # type: ignore[no-untyped-call]
        self.transport.loseConnection()
        timer = self._clock.callLater(CLOSE_SECONDS, self.abort)
        self.ended.addCallback(lambda _: timer.cancel() if timer.active() else None)

    def abort(self) -> None:
        """Cut the connection."""
        if not self.ended.called:
            self.transport.abortConnection()

    def _authenticated(self, _: object) -> None:
        if not self.ready.called:
            self.ready.callback(None)

    def _failed(self, reason: Failure) -> None:
        if not self.ready.called:
            self.ready.errback(reason)

    def _over(self, reason: Failure) -> None:
        self._failed(reason)
        # Nobody may be waiting for it any more.
        self.ready.addErrback(lambda _: None)
        self.ended.callback(None)


class Streams(BootstrapMixin, Factory):  # type: ignore[misc,unused-ignore]
    """Makes a stream of each connection, each with an authenticator of its own."""

    noisy = False

    def __init__(self, authenticator: Callable[[], Any], clock: IReactorTime) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._authenticator = authenticator
        self._clock = clock

    def buildProtocol(self, addr: IAddress | None) -> Stream:
        made = Stream(self._authenticator(), self._clock)
        made.factory = self
        self.installBootstraps(made)  # type: ignore[no-untyped-call]
        made.watch()
        return made


def _no_doctype(*_: object) -> None:
    raise domish.ParserError("a document type")
