"""A STUN client that is not ours, ``stun`` of Debian's stun-client (the Vovida stack), with our server.

Many CPEs have a STUN client that was made from it.
"""

from __future__ import annotations

import re
from typing import Any

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from acs.datagrams import listen
from acs.wake.stun_server import StunServer
from tests import needs_program
from tests.wake.stun_side import Population


class StunClientTests(TestCase):
    skip = needs_program("stun")

    async def said(self, endpoint: str) -> tuple[str, int]:
        """What the program says of our server, and our port."""
        clock: Any = reactor
        self.server = StunServer(Population(), clock)
        port: Any = listen(reactor, endpoint, self.server)
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        output, errors, _ = await getProcessOutputAndValue("stun", (f"127.0.0.1:{number}", "-v"), env=None)
        return (output + errors).decode("latin-1"), number

    async def test_it_learns_its_address_and_knows_ours(self) -> None:
        for endpoint in ("udp:0:interface=127.0.0.1", "udp:0"):
            text, port = await self.said(endpoint)
            (opened, *_) = re.findall(r"Opened port (\d+)", text)
            self.assertIn(f"MappedAddress = 127.0.0.1:{opened}\n", text)
            self.assertIn(f"SourceAddress = 127.0.0.1:{port}\n", text)
            self.assertIn("test I = 1\n", text)
            self.assertIn("is nat  = 0\n", text)

    async def test_what_cannot_come_from_elsewhere_does_not_mislead_it(self) -> None:
        """It took an error for an answer from another address, and everybody for let in."""
        text, _ = await self.said("udp:0:interface=127.0.0.1")
        self.assertIn("test II = 0\n", text)
        self.assertIn("test III = 0\n", text)
        self.assertNotIn("Primary: Open", text)
        self.assertTrue(self.server.bindings.counts["from elsewhere"])
