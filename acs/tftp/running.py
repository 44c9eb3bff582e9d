"""The transfers that run, by client, with the bounds on how many there may be."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from acs.session.sources import PerSource
from acs.tftp.sending import Sending
from acs.tftp.sockets import Place


class Limits(Struct, frozen=True):
    """What the server grants: transfers at once, in all, from one source (`acs.session.sources`; 0: no
    limit), and ``requests`` of one source in so many ``seconds``."""

    transfers: int = 500
    per_source: int = 100
    requests: int = 300
    seconds: float = 60.0


class Running:
    """One transfer for each client, two where it seems to have begun anew.

    A request can be forged, and one that came twice can be late.  So the new transfer takes the place of an
    older one, which the client has answered, only when the client answers the new one too.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._newest: dict[Place, Sending] = {}
        self._all: dict[Sending, None] = {}
        self._of_source = PerSource()

    def __iter__(self) -> Iterator[Sending]:
        return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def of(self, client: Place) -> Sending | None:
        """The newest transfer of a client."""
        return self._newest.get(client)

    def make_room(self, source: str) -> bool:
        """Whether there may be one more: in place of the oldest whose client has not answered, if need be."""
        if self._limits.per_source and self._of_source.get(source, 0) >= self._limits.per_source:
            return self._end_one(source)
        return len(self._all) < self._limits.transfers or self._end_one()

    def add(self, sending: Sending) -> None:
        """There is one more."""
        older = self._newest.get(sending.client)
        if older is not None and not older.answered:
            older.end("the client has asked for something else")
            older = self._newest.get(sending.client)  # that which the ended one was not sure to replace
        sending.older = older
        self._newest[sending.client] = sending
        self._all[sending] = None
        self._of_source.add(sending.source)

    def answered(self, sending: Sending) -> None:
        """The client goes on with this one."""
        older, sending.older = sending.older, None
        if older is not None:
            older.end("the client has begun anew")

    def remove(self, sending: Sending) -> None:
        """There is one less."""
        if sending not in self._all:
            return
        del self._all[sending]
        self._of_source.remove(sending.source)
        if self._newest.get(sending.client) is sending:
            del self._newest[sending.client]
            if sending.older is not None and not sending.older.over:
                self._newest[sending.client] = sending.older

    def _end_one(self, source: str = "") -> bool:
        for sending in self._all:
            if not sending.answered and source in ("", sending.source):
                sending.end("others have asked since")
                return True
        return False
