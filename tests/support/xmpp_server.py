"""An XMPP server in memory: one component at a time, which hears what the test has it say."""

from __future__ import annotations

from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.test import iosim
from twisted.words.protocols.jabber.component import ListenComponentAuthenticator
from twisted.words.protocols.jabber.error import StreamError
from twisted.words.protocols.jabber.xmlstream import STREAM_AUTHD_EVENT, XmlStreamServerFactory

from acs.xmpp.elements import Element

PLACE = "tcp:127.0.0.1:5347"
NAME = "acs.isp.example"
DOMAIN = "devices.isp.example"
OURS = "acs@acs.isp.example/acs"


class MemoryServer:
    """Listens where `PLACE` says, in ``reactor``; ``heard`` has the stanzas of the newest connection."""

    def __init__(self, secret: str = "hush") -> None:
        self.reactor = MemoryReactorClock()
        self.heard: list[Element] = []
        self.tries = 0
        self._factory = XmlStreamServerFactory(lambda: ListenComponentAuthenticator(secret))
        self._factory.addBootstrap(STREAM_AUTHD_EVENT, self._taken)
        self.stream: Any = None
        self.pump: Any = None

    def waiting(self) -> bool:
        """Whether somebody is about to connect."""
        return len(self.reactor.tcpClients) > self.tries

    def accept(self) -> None:
        """Let in whoever has tried to connect last."""
        assert self.waiting(), "nobody wants to connect"
        self.tries = len(self.reactor.tcpClients)
        _, _, factory, _, _ = self.reactor.tcpClients[-1]
        client = factory.buildProtocol(None)
        self.stream = self._factory.buildProtocol(None)
        ends = iosim.makeFakeServer(self.stream), iosim.makeFakeClient(client)
        self.heard = []
        self.pump = iosim.connect(self.stream, ends[0], client, ends[1])
        self.flush()

    def refuse(self, reason: Exception) -> None:
        """Let whoever has tried to connect last find nobody."""
        self.tries = len(self.reactor.tcpClients)
        connector = self.reactor.connectors[-1]
        self.reactor.tcpClients[-1][2].clientConnectionFailed(connector, Failure(reason))

    def flush(self) -> None:
        """Let everything arrive."""
        self.pump.flush()

    def say(self, text: str) -> None:
        """Send XML to the component."""
        self.stream.send(text)
        self.flush()

    def end(self, condition: str) -> None:
        """End the stream with an error."""
        self.stream.sendStreamError(StreamError(condition))
        self.flush()

    def lose(self) -> None:
        """Lose the connection."""
        self.stream.transport.loseConnection()
        self.flush()

    def pass_time(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.reactor.advance(seconds)
        if self.pump is not None:
            self.flush()

    def _taken(self, stream: Any) -> None:
        stream.addObserver("/*", self.heard.append)

    def last(self, name: str) -> Element:
        """The newest stanza of that name."""
        return [each for each in self.heard if each.name == name][-1]

    def answer(self, inside: str = "", kind: str = "result") -> None:
        """Answer the newest question."""
        asked = self.last("iq")
        self.say(f"<iq type='{kind}' id='{asked['id']}' from='{asked['to']}' to='{OURS}'>{inside}</iq>")

    def error(self, condition: str) -> None:
        """Answer it with an error."""
        stanza = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        self.answer(f"<error type='cancel'>{stanza}</error>", "error")
