"""A simulated CPE's STUN client: learns its binding, keeps it alive, tells of its changes (TR-069 G.2.1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from msgspec import Struct
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import DatagramProtocol

from acs.cwmp import stun
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.stun import TRANSACTION_BYTES, Address, Attribute, Kind, StunMessage

WAITS = (0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6, 1.6, 1.6)
"""Seconds until the next copy of a request without an answer; after the last one it is given up (RFC 3489
9.3)."""

_UNAUTHORIZED = 401


class Login(Struct, frozen=True):
    """STUNUsername, "" for none, and STUNPassword."""

    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.username!r})"


class StunClient(DatagramProtocol):
    """Asks the ``server`` where it is seen, and again every ``seconds``.

    Each answer is ``told``; what is no STUN message, and so may be a ConnectionRequest, is ``other``.
    """

    def __init__(
        self,
        server: Address,
        login: Login,
        seconds: float,
        clock: IReactorTime,
        chance: random.Random,
        told: Callable[[Address], None],
        other: Callable[[bytes], None],
    ) -> None:
        self._server = server
        self._login = login
        self._seconds = seconds
        self._clock = clock
        self._chance = chance
        self._told = told
        self._other = other
        self._mapped: Address | None = None
        self._request: StunMessage | None = None
        self._key = b""
        self._waits: Iterator[float] = iter(())
        self._timer: IDelayedCall | None = None

    def startProtocol(self) -> None:
        self._ask()

    def stopProtocol(self) -> None:
        self._request = None
        self._wait(None)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if datagram[:1] >= b"\x40":
            self._other(datagram)
            return
        try:
            message = stun.decode(datagram)
        except RemoteProtocolError:
            return
        if self._request is not None and message.transaction == self._request.transaction:
            self._hear(message, self._request)

    def _ask(self, *more: tuple[int, bytes], key: bytes = b"") -> None:
        """Begin a transaction, with MESSAGE-INTEGRITY where there is a key."""
        named = (
            [(int(Attribute.USERNAME), stun.username(self._login.username))] if self._login.username else []
        )
        attributes = (*named, (int(Attribute.CONNECTION_REQUEST_BINDING), stun.TR_111), *more)
        transaction = self._chance.randbytes(TRANSACTION_BYTES)
        self._request = StunMessage(Kind.BINDING_REQUEST, transaction, attributes)
        self._key = key
        self._waits = iter(WAITS)
        self._send()

    def _send(self) -> None:
        wait = next(self._waits, None)
        if wait is None or self._request is None or self.transport is None:
            self._rest()
            return
        self._wait(wait, self._send)
        with suppress(OSError):  # there is no way just now: as good as lost on it
            self.transport.write(stun.encode(self._request, self._key), self._server)

    def _hear(self, message: StunMessage, request: StunMessage) -> None:
        if message.kind == Kind.BINDING_ERROR:
            if message.error == _UNAUTHORIZED and not self._key and self._login.username:
                self._ask(*_changes(request), key=self._login.password.encode())
            else:
                self._rest()
            return
        mapped = message.address(Attribute.MAPPED_ADDRESS)
        is_forged = bool(self._key and message.signed and not stun.verify(message, self._key))
        if message.kind == Kind.BINDING_RESPONSE and mapped is not None and not is_forged:
            self._learn(mapped)

    def _learn(self, mapped: Address) -> None:
        changed = mapped != self._mapped
        self._mapped = mapped
        self._rest()
        self._told(mapped)
        if changed and self.transport is not None:
            self._ask((int(Attribute.BINDING_CHANGE), b""))

    def _rest(self) -> None:
        """The transaction is over, well or not."""
        self._request = None
        self._wait(self._seconds, self._ask)

    def _wait(self, seconds: float | None, then: Callable[[], None] = lambda: None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None if seconds is None else self._clock.callLater(seconds, then)


def _changes(request: StunMessage) -> list[tuple[int, bytes]]:
    return [each for each in request.attributes if each[0] == Attribute.BINDING_CHANGE]
