"""Waking a device by UDP, through NAT: a signed datagram, sent from the STUN server's port (TR-069 G.2.2)."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from acs.cwmp.stun import Address
from acs.cwmp.udp_request import signed, spellings, write
from acs.wake.bindings import FRESH, is_fresh
from acs.wake.passwords import put
from acs.wake.stun_server import StunServer
from acs.wake.way import Attempt, Binding, Target, WakeOutcome

Allowed = Callable[[IPv4Address | IPv6Address], str]
"""Why nothing may be sent to an address; "" where it may."""

COPIES = (0.0, 0.2, 1.0, 2.0)
"""When the copies of a request go out, in seconds: the device takes one, whichever arrives."""
APART = 1.0
"""Seconds until the next request, to a device that does not take the first one as it is."""
MOST_PAIRS = 3
MOST_REMEMBERED = 10_000

_DEFAULT_PORT = 80
_LETTERS = string.digits + string.ascii_letters
_NONCE = 16
_ADDRESS = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]+)")

log = Logger()


class UdpWay:
    """ConnectionRequest by UDP.

    The device is sought where the STUN server, this one or another node's, heard it within ``fresh``
    seconds, else at the address that it told.  Devices that take the request do not say so, those that
    do not neither: a request with the next pair, or with the user name spelt otherwise, follows after
    `APART` seconds.
    """

    method = "udp"

    def __init__(
        self,
        server: StunServer,
        clock: IReactorTime,
        random: Callable[[int], bytes],
        allowed: Allowed,
        fresh: float = FRESH,
    ) -> None:
        self._server = server
        self._clock: Any = clock
        self._random = random
        self._allowed = allowed
        self._fresh = fresh
        self._last: dict[str, int] = {}

    def why_not(self, target: Target) -> str:
        """Why it cannot even be tried; "" where it can."""
        reason = self.why_nowhere(target)
        if reason or self._server.is_listening:
            return reason
        return "there is no STUN server on this node"

    def why_nowhere(self, target: Target) -> str:
        """Why no node can."""
        if not target.pairs:
            return "the device has no ConnectionRequestUsername of ours"
        if self._place(target) is not None:
            return ""
        if target.udp_address:
            return "its UDPConnectionRequestAddress is no address"
        return "no STUN request of the device's is known, nor its UDPConnectionRequestAddress"

    async def request(self, target: Target) -> Attempt:
        """Send all copies, or those until the device has called: then this is cancelled."""
        place = self._place(target)
        if place is None:
            return Attempt(self.method, WakeOutcome.IMPOSSIBLE, self.why_not(target))
        if refused := self._allowed(ip_address(place.host)):
            return Attempt(self.method, WakeOutcome.REFUSED, refused)
        datagrams = self._datagrams(target, place)
        if why := self._server.send(datagrams[0], place):
            return Attempt(self.method, WakeOutcome.UNREACHABLE, why)
        began = self._clock.seconds()
        for after, datagram in _planned(datagrams):
            await deferLater(self._clock, max(0.0, began + after - self._clock.seconds()))
            if why := self._server.send(datagram, place):
                log.debug("copy of a ConnectionRequest to {host} not sent: {why}", host=place.host, why=why)
        return Attempt(self.method, WakeOutcome.ACCEPTED, "sent, no answer is to come")

    def _place(self, target: Target) -> Address | None:
        heard = (self._server.bindings.binding_of(target.device), target.binding)
        known = [binding for binding in heard if binding is not None]
        newest: Binding | None = max(known, key=lambda binding: binding.seen, default=None)
        if newest is not None and is_fresh(newest, self._clock.seconds(), self._fresh):
            return Address(newest.host, newest.port)
        return address_of(target.udp_address)

    def _datagrams(self, target: Target, place: Address) -> list[bytes]:
        """A request for each pair and each spelling of its user name, later ones with a later ``ts``.

        Some devices note ``ts`` and ``id`` of a request that they then refuse.
        """
        variants = [
            (pair, spelling) for pair in target.pairs[:MOST_PAIRS] for spelling in spellings(pair.username)
        ]
        made: list[bytes] = []
        for (pair, spelling), ts in zip(variants, self._times(target.device, len(variants)), strict=True):
            number = 1 + int.from_bytes(self._random(4), "big") % (2**31 - 1)
            request = signed(pair.password, ts, number, pair.username, self._nonce())
            made.append(write(request, place.host, place.port, spelling))
        return made

    def _times(self, device: str, count: int) -> Iterator[int]:
        """Values for ``ts``: each later than any that the device was sent, even if the clock was set back."""
        first = max(int(self._clock.seconds()), self._last.get(device, 0) + 1)
        put(self._last, device, first + count - 1, MOST_REMEMBERED)
        return iter(range(first, first + count))

    def _nonce(self) -> str:
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self._random(_NONCE))


def _planned(datagrams: list[bytes]) -> list[tuple[float, bytes]]:
    """When to send which, but for the first copy of the first, in the order of time."""
    copies = [(number * APART + after, number) for number in range(len(datagrams)) for after in COPIES]
    return [(after, datagrams[number]) for after, number in sorted(copies)[1:]]


def address_of(text: str) -> Address | None:
    """A UDPConnectionRequestAddress, ``host:port`` or ``host`` for port 80; None for what is none.

    A name is none: nothing that a device told is looked up.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    port = int(found[3] or _DEFAULT_PORT)
    try:
        host = str(ip_address(found[1] or found[2] or found[4]))
    except ValueError:
        return None
    return Address(host, port) if 0 < port <= 65535 else None
