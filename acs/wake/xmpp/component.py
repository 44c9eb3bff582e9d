"""The ACS as an external component of an XMPP server (XEP-0114)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, TimeoutError, ensureDeferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.words.protocols.jabber.component import ConnectComponentAuthenticator
from twisted.words.protocols.jabber.error import StreamError
from twisted.words.protocols.jabber.xmlstream import XMPPHandler

from acs.wake.xmpp.asking import Asking, NoAnswer, NotConnected
from acs.wake.xmpp.presence import Presence
from acs.wake.xmpp.questions import answer
from acs.wake.xmpp.wokkel_side import StreamManager
from acs.xmpp.elements import Element, jid_of, ping
from acs.xmpp.link import READY_SECONDS, Link
from acs.xmpp.streams import Stream

MOST_WAIT = 30.0
"""The longest pause between two tries to connect, in seconds."""
PING_SECONDS = 60.0
"""How often the server is asked whether it is there, as a lost connection may look like an idle one."""
ANSWER_SECONDS = 10.0

LOOPBACK = re.compile(r"(unix|tcp:(host=)?(127\.\d+\.\d+\.\d+|localhost)|tcp:(host=)?\\?:\\?:1)(:|$)")

log = Logger()

_authenticator: Any = ConnectComponentAuthenticator


class Component(Service):
    """Is connected to the server between start and stop, or tries to be.

    :param server: the endpoint string of the server's component port.
    :param name: the component's domain, as ``acs.isp.example``.
    :param secret: what the server knows it by.
    :param domain: where the devices' accounts live.
    :param random: gives so many random bytes.
    """

    def __init__(
        self,
        reactor: Any,
        server: str,
        name: str,
        secret: str,
        domain: str,
        random: Callable[[int], bytes],
    ) -> None:
        self.jid = jid_of("acs", name, "acs")
        self.name = name
        self.domain = domain
        self.why = "not started"
        self.presence = Presence(self.jid, domain)
        self._server = server
        self._asking = Asking(reactor, random)
        endpoint = clientFromString(reactor, server)  # type: ignore[no-untyped-call]
        self._link = Link(reactor, endpoint, lambda: _authenticator(name, secret), self, _wait)
        self._pings: Any = LoopingCall(self._ping)
        self._pings.clock = reactor
        StreamManager(self._link.streams, reactor).addHandler(_Stanzas(self._asking, self.presence))

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self.why = "not connected yet"
        if not self._server.startswith("tls:") and not LOOPBACK.match(self._server):
            log.warn(
                "wake.xmpp.server, {server}, is reached without TLS: passwords of devices go there in clear",
                server=self._server,
            )
        self._link.start()

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return self._link.stop()

    @property
    def connected(self) -> bool:
        """Whether the server has taken us; `why` says why not."""
        return self._link.stream is not None

    def new_id(self) -> str:
        """An id for an IQ."""
        return self._asking.new_id()

    async def ask(self, question: Element, seconds: float = ANSWER_SECONDS) -> Element:
        """Send an IQ and wait for its answer, which may be an error; nothing is kept for later.

        Raises `NoAnswer` and `NotConnected`.
        """
        stream = self._link.stream
        if stream is None:
            raise NotConnected(self.why)
        return await self._asking.ask(stream, question, seconds)

    # What the link tells

    def up(self, stream: Stream) -> None:
        """The server has taken us."""
        self.why = ""
        log.info("connected to {server} as {name}", server=self._server, name=self.name)
        self._pings.start(PING_SECONDS, now=False)

    def down(self, reason: Exception | None) -> None:
        """There is no stream, or none any more; told once, however often it is tried."""
        if self._pings.running:
            self._pings.stop()
        why = "the connection was lost" if reason is None else _in_words(reason)
        if why != self.why and self.running:
            log.warn(
                "not connected to {server} as {name}: {why}", server=self._server, name=self.name, why=why
            )
        self.why = why

    def _ping(self) -> Deferred[None]:
        return ensureDeferred(self._look())

    async def _look(self) -> None:
        """Cut a connection on which nobody answers any more."""
        stream = self._link.stream
        try:
            await self.ask(ping(self.jid, self.domain, self.new_id()), ANSWER_SECONDS)
        except NoAnswer:
            log.warn("{server} does not answer: the connection is cut", server=self._server)
            if stream is not None:
                stream.abort()
        except NotConnected:
            return  # `down` has told so


class _Stanzas(XMPPHandler):  # type: ignore[misc,unused-ignore]
    """What comes on the stream, given to whom it concerns."""

    xmlstream: Any

    def __init__(self, asking: Asking, presence: Presence) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._asking = asking
        self._presence = presence

    def connectionInitialized(self) -> None:  # noqa: N802
        for kind, heard in {
            "result": self._asking.heard,
            "error": self._asking.heard,
            "get": self._asked,
            "set": self._asked,
        }.items():
            self.xmlstream.addObserver(f"/iq[@type='{kind}']", heard)
        self.xmlstream.addObserver("/presence", self._present)

    def connectionLost(self, reason: object) -> None:
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self._asking.lost("the connection was lost")
        self._presence.forget()

    def _asked(self, question: Element) -> None:
        if (said := answer(question)) is not None:
            self.xmlstream.say(said)

    def _present(self, stanza: Element) -> None:
        for said in self._presence.heard(stanza):
            self.xmlstream.say(said)


def _wait(failures: int) -> float:
    """Seconds until the next try."""
    return float(min(MOST_WAIT, 2 ** min(failures - 1, 10)))


_REFUSALS = {
    "not-authorized": "the server does not take wake.xmpp.secret (not-authorized)",
    "conflict": "another component is connected under this name (conflict)",
    "host-unknown": "the server has no component of this name (host-unknown)",
}


def _in_words(reason: Exception) -> str:
    """Why there is no stream, for a person."""
    if isinstance(reason, StreamError):
        condition: str = reason.condition
        return _REFUSALS.get(condition, f"the server refuses us: {condition}")
    if isinstance(reason, TimeoutError):
        return f"no answer in {READY_SECONDS:.0f} seconds"
    return str(reason) or type(reason).__name__
