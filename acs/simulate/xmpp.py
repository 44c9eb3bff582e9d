"""The XMPP side of a simulated CPE: it is logged in as its tree says, where it can be asked for a session.

From TR-069 Annex K, TR-181 ``XMPP.``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from acs.simulate.device import Device
from acs.simulate.events import CONNECTION_REQUEST
from acs.simulate.places import BadURL
from acs.simulate.trust import Trust
from acs.simulate.xmpp_login import InTurn, Login, status_after
from acs.simulate.xmpp_settings import (
    Settings,
    are_credentials,
    connection_for_requests,
    connection_wanted,
    may_ask,
    retry_range,
)
from acs.xmpp import elements
from acs.xmpp.elements import BadJID, Element
from acs.xmpp.link import Link
from acs.xmpp.streams import Stream


class XmppClient:
    """Keeps a device's connection as its tree has it; ``settings`` are those that it has now.

    :param stirred: called when the device has something to tell: it was asked for a session, or its JID is
        another.
    :param busy: whether the device is in a session now.
    """

    def __init__(
        self,
        device: Device,
        reactor: Any,
        trust: Trust,
        chance: random.Random,
        stirred: Callable[[], None],
        busy: Callable[[], bool],
    ) -> None:
        self._device = device
        self._reactor = reactor
        self._trust = trust
        self._chance = chance
        self._stirred = stirred
        self._busy = busy
        self.settings: Settings | None = None
        self._link: Link | None = None
        self._keeping_alive: LoopingCall | None = None

    def look(self) -> None:
        """Follow the tree, which a session may have changed."""
        wanted = connection_wanted(self._device.tree)
        if wanted != self.settings:
            self.stop()
            self.settings = wanted
            if wanted is not None:
                self._connect(wanted)
        self._tell_jid()

    def stop(self) -> Deferred[None]:
        """Log out; fires when that is done."""
        self._quiet()
        link, self._link = self._link, None
        if self.settings is not None:
            self._say(self.settings, Status="Disabled", TLSEstablished="false")
            self.settings = None
        return succeed(None) if link is None else link.stop()

    def _connect(self, wanted: Settings) -> None:
        self._say(wanted, Status="Connecting")
        try:
            Login(wanted, self._trust)
        except (BadJID, BadURL):
            self._say(wanted, Status="Error_Misconfigured")
            return
        watcher = _Watcher(self, wanted)
        endpoint = InTurn(self._reactor, wanted.servers)
        self._link = Link(self._reactor, endpoint, lambda: Login(wanted, self._trust), watcher, self._wait)
        self._link.start()

    def _wait(self, failures: int) -> float:
        path = self.settings.path if self.settings else ""
        return self._chance.uniform(0.0, retry_range(self._device.tree, path, failures))

    # What the link tells

    def up(self, settings: Settings, stream: Stream) -> None:
        """The server has let us in."""
        secured = "true" if hasattr(stream.transport, "TLS") and stream.transport.TLS else "false"
        jid: str = stream.authenticator.jid.full()
        self._say(settings, Status="Enabled", JabberID=jid, TLSEstablished=secured)
        for kind in ("get", "set"):
            stream.addObserver(f"/iq[@type='{kind}']", self._asked, 0, stream)  # type: ignore[no-untyped-call]
        stream.say(elements.element("presence"))
        self._keep_alive(settings, stream)
        self._tell_jid()

    def down(self, settings: Settings, reason: Exception | None) -> None:
        """There is no stream; JabberID stays as it was (TR-181 ConnReqJabberID)."""
        self._quiet()
        status = "Connecting" if reason is None else status_after(reason)
        self._say(settings, Status=status, TLSEstablished="false")

    def _keep_alive(self, settings: Settings, stream: Stream) -> None:
        told = self._device.tree.told(settings.path + "KeepAliveInterval")
        if told.isdecimal() and int(told):
            self._keeping_alive = LoopingCall(stream.send, " ")
            self._keeping_alive.clock = self._reactor
            self._keeping_alive.start(int(told), now=False)

    def _quiet(self) -> None:
        if self._keeping_alive is not None:
            self._keeping_alive.stop()
            self._keeping_alive = None

    # What the tree tells

    def _say(self, settings: Settings, **values: str) -> None:
        for name, value in values.items():
            path = settings.path + name
            if self._device.tree.entry(path) is not None:
                self._device.change(path, value)

    def _tell_jid(self) -> None:
        """ConnReqJabberID is the JID of the connection for requests, which the ACS is told of at once."""
        tree = self._device.tree
        path = tree.model.server("ConnReqJabberID")
        if tree.entry(path) is None:
            return
        connection = connection_for_requests(tree)
        is_ours = self.settings is not None and self.settings.path == connection
        jid = tree.told(connection + "JabberID") if connection and is_ours else ""
        if jid != tree.value(path):
            self._device.change(path, jid)
            self._stirred()

    # Being asked

    def _asked(self, stream: Stream, question: Element) -> None:
        answer = self._answer(question)
        if answer is not None:
            stream.say(answer)

    def _answer(self, question: Element) -> Element | None:
        if not question.getAttribute("id"):
            return None
        if question["type"] == "get":
            if elements.child(question, "ping", elements.PING) is not None:
                return elements.result(question)
            request = elements.child(question, "connectionRequest", elements.CONNECTION_REQUEST)
            if request is not None:
                return self._requested(question, request)
        return elements.refusal(question, "service-unavailable")

    def _requested(self, question: Element, request: Element) -> Element:
        """Somebody wants a session (TR-069 K.2.3)."""
        tree = self._device.tree
        texts = [
            elements.child(request, name, elements.CONNECTION_REQUEST) for name in ("username", "password")
        ]
        if not may_ask(tree, question.getAttribute("from") or ""):
            return elements.refusal(question, "forbidden", "auth")
        if None in texts:
            return elements.refusal(question, "bad-request", "modify")
        if not are_credentials(tree, *map(str, texts)):
            return elements.refusal(question, "not-authorized", "auth")
        if self._busy():
            return elements.refusal(question, "service-unavailable")
        self._device.happened(CONNECTION_REQUEST)
        # The answer goes first.
        self._reactor.callLater(0, self._stirred)
        return elements.result(question)


class _Watcher:
    """Tells the client how the link of these settings is, as long as it has no others."""

    def __init__(self, client: XmppClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def up(self, stream: Stream) -> None:
        if self._client.settings is self._settings:
            self._client.up(self._settings, stream)

    def down(self, reason: Exception | None) -> None:
        if self._client.settings is self._settings:
            self._client.down(self._settings, reason)
