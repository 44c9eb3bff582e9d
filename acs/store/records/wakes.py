"""What the appliance keeps of how devices are woken, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class WakeOutcome(StrEnum):
    """What came of a ConnectionRequest.

    The device has called; it has said that it would; it does not know the credentials; it has no time;
    nothing is there; it does not answer; we would not call there; there is no way.
    """

    INFORMED = "informed"
    ACCEPTED = "accepted"
    UNAUTHORIZED = "unauthorized"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    IMPOSSIBLE = "impossible"


class NoMoreWaking(Exception):
    """The appliance stops, and wakes nobody any more."""


class TooMuchWaking(Exception):
    """More devices are to be woken than may be; ``seconds`` until there is room again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many devices are being woken; again in {seconds:.0f} s")
        self.seconds = seconds


class Waking(Struct, frozen=True):
    """What a device is woken with.

    ``username`` and ``password`` are its ConnectionRequestUsername and -Password, ``previous_*`` those that
    it had before, "" where none: it has the new ones for certain once it has answered to them.  By
    ``stun_username`` its STUN requests are known, by ``xmpp_username`` its account on the XMPP server, which
    is there where ``xmpp_made`` says so; ``xmpp_connection`` is the path of the instance for it on the
    device. ``method`` is the one that made it call last.
    """

    username: str = ""
    password: str = ""
    previous_username: str = ""
    previous_password: str = ""
    stun_username: str = ""
    stun_password: str = ""
    xmpp_username: str = ""
    xmpp_password: str = ""
    xmpp_made: bool = False
    xmpp_connection: str = ""
    method: str = ""

    def __repr__(self) -> str:
        return f"Waking({self.username!r}, {self.stun_username!r}, {self.xmpp_username!r})"


class Binding(Struct, frozen=True):
    """Where a device's NAT lets UDP in.

    That is the address that its STUN requests come from, as last ``seen`` (seconds since 1970) by the STUN
    server of a node.
    """

    host: str
    port: int
    seen: float
    node: int = 0


class Wake(Struct, frozen=True):
    """One time that a device was asked to call.

    ``time`` is when that began, ``seconds`` how long it was until the outcome was known; ``method`` is the
    way that led to it, ``detail`` says more for people, of all ways that were tried.  ``job``: for the sake
    of this one; ``session``: the one in which the device called.
    """

    id: int
    device: str
    time: float
    seconds: float
    method: str
    outcome: WakeOutcome
    detail: str = ""
    requested_by: str = ""
    job: int | None = None
    session: int | None = None
