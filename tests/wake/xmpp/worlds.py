"""A component in memory, connected to a server in memory."""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from acs.wake.way import Pair, Target
from acs.wake.xmpp.component import Component
from tests.support.xmpp_server import DOMAIN, NAME, PLACE, MemoryServer

DEVICE = f"cpe-1@{DOMAIN}/cwmp"
PAIR = Pair("user", "s3cret")


class ComponentTestCase(SynchronousTestCase):
    """Has a server, and a component that is started."""

    secret = "hush"

    def setUp(self) -> None:
        self.server = MemoryServer()
        numbers = count(1)
        self.component = Component(
            self.server.reactor,
            PLACE,
            NAME,
            self.secret,
            DOMAIN,
            lambda size: next(numbers).to_bytes(size, "big"),
        )
        self.lines: list[str] = []
        globalLogPublisher.addObserver(self._logged)
        self.addCleanup(globalLogPublisher.removeObserver, self._logged)
        self.component.startService()
        self.addCleanup(self.component.stopService)

    def _logged(self, event: LogEvent) -> None:
        if event.get("log_namespace", "").startswith("acs."):
            self.lines.append(formatEvent(event))

    def connect(self) -> None:
        """Have the server take the component."""
        self.server.accept()
        assert self.component.connected, self.component.why

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """Begin something, and let what it sends arrive."""
        begun = ensureDeferred(coroutine)
        if self.component.connected:
            self.server.flush()
        return begun

    def target(self, jid: str = DEVICE, *pairs: Pair) -> Target:
        """A device."""
        return Target(device="02A181-HX0001", jid=jid, pairs=pairs or (PAIR,))
