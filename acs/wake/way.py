"""What the ways to wake a device have in common: what each is given, what each says afterwards."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from acs.store.records.wakes import Binding, WakeOutcome

__all__ = ["Attempt", "Binding", "Pair", "Target", "WakeOutcome", "Way"]


class Pair(Struct, frozen=True):
    """A ConnectionRequestUsername and its password; ``whose`` says which of several, for people: own,
    previous, default."""

    username: str
    password: str
    whose: str = "own"

    def __repr__(self) -> str:
        return f"Pair({self.whose})"


class Target(Struct, frozen=True):
    """What is known of a device that is to be woken.

    Nothing in here but the pairs is ours: ``url`` (ConnectionRequestURL), ``jid`` (ConnReqJabberID) and
    ``udp_address`` (UDPConnectionRequestAddress) are as the device told them, "" where it did not.  ``pairs``
    are tried in turn.  ``client_ip`` is where it called from last.  ``basic``: it may be given its password
    as it is.  ``closing_accepts``: it closes the connection instead of an answer, and comes all the same.
    """

    device: str
    pairs: tuple[Pair, ...] = ()
    url: str = ""
    client_ip: str = ""
    jid: str = ""
    udp_address: str = ""
    binding: Binding | None = None
    basic: bool = False
    closing_accepts: bool = False


class Attempt(Struct, frozen=True):
    """What came of one way: ACCEPTED where the request was taken (or sent, where no answer is to come), else
    why not, ``detail`` in words for a person, without secrets.

    ``pair`` is the one that the device took, where it shows.
    """

    method: str
    outcome: WakeOutcome
    detail: str = ""
    pair: Pair | None = None


class Way(Protocol):
    """One way to ask a device for a session.  It does not wait for that."""

    @property
    def method(self) -> str:
        """What it is called: http, xmpp or udp."""

    def why_not(self, target: Target) -> str:
        """Why this way cannot even be tried with what is known of the device; "" where it can."""

    async def request(self, target: Target) -> Attempt:
        """Ask; to be called where `why_not` has nothing to say.

        Raises nothing but `CancelledError`: whatever goes wrong is an `Attempt`.
        """
