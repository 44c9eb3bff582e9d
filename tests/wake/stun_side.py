"""A device's side of STUN for the tests of the server: requests made by hand, and who is known."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.defer import Deferred

from acs.cwmp import stun
from acs.cwmp.stun import Attribute, Integrity, Kind, StunMessage
from acs.wake.way import Binding

NAME = "02A098-NF%2D1200-1"
PASSWORD = "hush"
TRANSACTION = b"transaction of 1"
BINDS = (int(Attribute.CONNECTION_REQUEST_BINDING), stun.TR_111)
CHANGED = (int(Attribute.BINDING_CHANGE), b"")


def request(
    *attributes: tuple[int, bytes],
    name: str = "",
    password: str = "",
    transaction: bytes = TRANSACTION,
    integrity: Integrity = Integrity.PADDED,
) -> bytes:
    """A Binding Request, with USERNAME and MESSAGE-INTEGRITY where there are a name and a password."""
    named = ((int(Attribute.USERNAME), stun.username(name)),) if name else ()
    message = StunMessage(Kind.BINDING_REQUEST, transaction, (*named, *attributes))
    return stun.encode(message, password.encode(), integrity)


def binding(
    *more: tuple[int, bytes], name: str = NAME, password: str = PASSWORD, transaction: bytes = TRANSACTION
) -> bytes:
    """The request of a device that listens where it comes from."""
    return request(BINDS, *more, name=name, password=password, transaction=transaction)


class Population:
    """Who is known, and what was told of them; look-ups wait for `answer` where ``slow``."""

    def __init__(self, passwords: Iterable[tuple[str, str]] = ((NAME, PASSWORD),)) -> None:
        self.passwords = dict(passwords)
        self.asked: list[str] = []
        self.told: list[tuple[str, Binding]] = []
        self.slow = False
        self.broken = False
        self.waiting: list[Deferred[None]] = []

    async def stun_password(self, username: str) -> tuple[str, str] | None:
        self.asked.append(username)
        if self.slow:
            self.waiting.append(Deferred())
            await self.waiting[-1]
        if self.broken:
            raise RuntimeError("the database is away")
        password = self.passwords.get(username)
        return None if password is None else (f"device {username}", password)

    def bound(self, device_id: str, binding: Binding) -> None:
        self.told.append((device_id, binding))

    def answer(self) -> None:
        """Let those who wait go on."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.callback(None)
