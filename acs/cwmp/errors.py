"""What can be wrong with a message: ours (a mistake of this program) or theirs (a mistake of the device)."""

from __future__ import annotations


class ProtocolError(Exception):
    """The one family of errors that this package raises.  Raise one of the two below, never this."""


class LocalProtocolError(ProtocolError):
    """This side tried to say what it must not: a wrong argument, or the wrong moment."""


class RemoteProtocolError(ProtocolError):
    """The other side said what cannot be understood or is not its turn to say.

    ``fault`` is the CWMP fault code (8000-8006) to answer with where the message was at least a whole
    envelope; None where only an HTTP status will do.  With a fault, ``id`` and ``namespace`` are those for
    the answer to carry.
    """

    def __init__(self, reason: str, fault: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault
        self.id: str | None = None
        self.namespace = ""
