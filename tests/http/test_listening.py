"""How long the queue of callers is that have not been taken yet."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from acs.http.listening import BACKLOG, listen


class BacklogTests(SynchronousTestCase):
    def listens(self, endpoint: str) -> Any:
        """What the reactor is asked."""
        reactor: Any = MemoryReactor()
        self.successResultOf(ensureDeferred(listen(reactor, endpoint, Factory())))
        return (reactor.tcpServers + reactor.unixServers)[0]

    def test_hundreds_may_wait(self) -> None:
        for endpoint in ("tcp:7547", "tcp:7547:interface=127.0.0.1", "tcp6:port=7547:interface=\\:\\:1"):
            port, _, backlog, _ = self.listens(endpoint)
            self.assertEqual((7547, BACKLOG), (port, backlog), endpoint)
        address, _, backlog, mode, _ = self.listens("unix:/run/acs/node.sock:mode=600")
        self.assertEqual(("/run/acs/node.sock", BACKLOG, 0o600), (address, backlog, mode))

    def test_as_many_as_the_configuration_says_where_it_says_so(self) -> None:
        _, _, backlog, interface = self.listens("tcp:7547:backlog=10:interface=127.0.0.1")
        self.assertEqual((10, "127.0.0.1"), (backlog, interface))
