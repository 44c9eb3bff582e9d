"""The STUN server that CPEs behind NAT keep their bindings alive at (TR-069 Annex G)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Protocol

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.cwmp.stun import Address
from acs.datagrams import own_address, plain
from acs.session.rates import Rates
from acs.wake.bindings import Bindings, Heard
from acs.wake.passwords import Passwords
from acs.wake.way import Binding

SECONDS = 10.0
FROM_ONE = 5_000
"""Datagrams in `SECONDS` from one address, behind which there may be a thousand subscribers."""
FROM_ALL = 60_000
"""Datagrams in `SECONDS` from everybody who is not known to have a device there."""
MOST_LOOK_UPS = 64
"""User names that are looked up at the same time."""
LOOK_UPS = 10_000
"""How many are in `SECONDS`."""
LOG_SECONDS = 60.0

log = Logger()


class Known(Protocol):
    """What the server asks about devices, and tells of them."""

    async def stun_password(self, username: str) -> tuple[str, str] | None:
        """The device that has this STUNUsername, and its STUNPassword; None where none has."""

    def bound(self, device_id: str, binding: Binding) -> None:
        """Where a device was just heard: at once where that changed, else every `acs.wake.bindings.KEEP`
        seconds."""


class StunServer(DatagramProtocol):
    """Answers STUN requests, and tells whoever ``known`` is which device is heard where.

    ``bindings`` has what was heard; ``clock`` counts seconds since 1970.
    """

    def __init__(
        self,
        known: Known,
        clock: IReactorTime,
        node: int = 0,
        from_one: int = FROM_ONE,
        from_all: int = FROM_ALL,
    ) -> None:
        self._known = known
        self._clock = clock
        self._passwords = Passwords()
        self.bindings = Bindings(self._passwords, self._own, node)
        self._from_one = Rates(from_one, SECONDS)
        self._from_all = Rates(from_all, SECONDS)
        self._look_ups = Rates(LOOK_UPS, SECONDS)
        self._looking_up: dict[str, Deferred[None]] = {}
        self._logged = float("-inf")

    @property
    def is_listening(self) -> bool:
        """Whether there is a port to hear and to send from."""
        return self.transport is not None

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        source, now = Address(plain(addr[0]), addr[1]), self._clock.seconds()
        if self._from_one.wait(source.host, now) or (
            not self.bindings.knows(source) and self._from_all.wait("", now)
        ):
            self.bindings.counts["dropped"] += 1
            return
        heard = self.bindings.hear(datagram, source, now)
        if heard.ask:
            self._look_up(heard.ask, datagram, source)
        else:
            self._carry_out(heard)

    def connectionRefused(self) -> None:
        """Somebody is gone; he will be heard when he is back."""

    def send(self, datagram: bytes, to: Address) -> str:
        """Send a datagram from the server's own port; "" if it went out, else why not."""
        if self.transport is None:
            return "the STUN server does not listen"
        at = ip_address(to.host)
        is_ipv6 = ":" in self.transport.getHost().host
        if at.version == 6 and not is_ipv6:
            return "the STUN server listens on IPv4 only"
        host = f"::ffff:{at}" if at.version == 4 and is_ipv6 else str(at)
        try:
            self.transport.write(datagram, (host, to.port))
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def _carry_out(self, heard: Heard) -> None:
        if heard.binding is not None:
            self._known.bound(heard.device, heard.binding)
        if heard.to is not None and (why := self.send(heard.answer, heard.to)):
            self.bindings.counts["not sent"] += 1
            log.debug("STUN answer to {host} not sent: {why}", host=heard.to.host, why=why)

    def _look_up(self, username: str, datagram: bytes, source: Address) -> None:
        """Judge a datagram as soon as the user name is known; he who asks meanwhile has to ask again."""
        if (
            username in self._looking_up
            or len(self._looking_up) >= MOST_LOOK_UPS
            or self._look_ups.wait("", self._clock.seconds())
        ):
            self.bindings.counts["dropped"] += 1
            return
        asked = ensureDeferred(self._look_up_and_judge(username, datagram, source))
        if not asked.called:
            self._looking_up[username] = asked
        asked.addErrback(self._failed).addBoth(self._looked_up, username)

    async def _look_up_and_judge(self, username: str, datagram: bytes, source: Address) -> None:
        found = await self._known.stun_password(username)
        now = self._clock.seconds()
        self._passwords.learn(username, found, now)
        heard = self.bindings.hear(datagram, source, now)
        if not heard.ask:
            self._carry_out(heard)

    def _looked_up(self, _: None, username: str) -> None:
        self._looking_up.pop(username, None)

    def _failed(self, failure: Failure) -> None:
        self.bindings.counts["look-up failed"] += 1
        now = self._clock.seconds()
        if self.is_listening and not 0 <= now - self._logged < LOG_SECONDS:
            self._logged = now
            log.failure("a STUN user name could not be looked up", failure=failure)

    def stopProtocol(self) -> None:
        for asked in list(self._looking_up.values()):
            asked.cancel()

    def _own(self, host: str) -> Address | None:
        """The address that somebody sees us at."""
        if self.transport is None:
            return None
        at = self.transport.getHost()
        own = plain(at.host)
        if ip_address(own).is_unspecified:
            own = own_address(host)
        return Address(own, at.port) if own else None
