"""twisted.web's connection, which would wait for a request in whatever comes until its time is up."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger
from twisted.web.http import HTTPChannel

_HANDSHAKE = b"\x16"
"""With this byte TLS begins, and no request."""

log = Logger()


class Channel(HTTPChannel):
    """Cuts who speaks TLS to a plain port, as nobody else would tell either side."""

    transport: Any
    _begun = False

    def dataReceived(self, data: bytes) -> None:
        """Look at the first byte."""
        if not self._begun and data.startswith(_HANDSHAKE):
            client = getattr(self.getPeer(), "host", "")  # type: ignore[no-untyped-call]
            log.info("{client} is cut: no request begins with the byte 0x16 (TLS?)", client=client)
            self.transport.loseConnection()
            return
        self._begun = True
        super().dataReceived(data)  # type: ignore[no-untyped-call]
