"""A session in which nothing is to be done: what is heard or said in it, with nothing beside.

It is an Inform, its answer, an empty request, an empty answer, with no dialogue and no script.  Where
anything else comes, a conversation takes up what was said (`Conversation.take_up`).
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from acs.cwmp.envelope import DECLARATION, Envelope, Header, write_envelope
from acs.cwmp.messages import Inform, InformResponse
from acs.cwmp.versions import Version
from acs.quirks.adapter import Adapter
from acs.session.caller import Caller
from acs.session.credentials import Kind
from acs.store.records import Exchange, Session, SessionResult
from acs.store.residents import Resident

_ACCEPTED = InformResponse()
_FOUND_OUT = (
    "device", "client_ip", "client_ip_verified", "verified_by", "listener", "events", "cwmp_version",
    "cwmp_version_source", "root_data_model", "root_data_model_source", "quirks", "device_uptime",
)  # fmt: skip

Wanted: TypeAlias = tuple[object, ...]
"""What the operator wants, as it is compared."""


class Routine(Struct, frozen=True):
    """What a device's sessions come to while nothing changes.

    ``edition`` is that of the device, ``told`` the hash of what its Inform said of it, ``wanted`` what the
    operator wanted then; the rest is what the script has found out, of which ``row`` is the row of such a
    session, but for what is another in each.
    """

    edition: int
    told: int
    wanted: Wanted
    version: Version
    credentials: Kind
    adapter: Adapter
    row: Session


class Brief:
    """One session, of a device that is pinned in memory.

    Names are those of `acs.session.conversation.Conversation`, and stand for the same.

    :ivar routine: what it was recognised by.
    :ivar exchanges: what was said so far, for the record.
    :ivar complete: True when we have had our last word.
    """

    __slots__ = (
        "adapter", "caller", "client_ip", "complete", "connections", "deadline", "device_id", "exchanges",
        "id", "inform", "inform_key", "listener", "resident", "routine", "silence", "started", "token",
    )  # fmt: skip

    def __init__(
        self,
        caller: Caller,
        inform: Envelope,
        number: int,
        started: float,
        token: str,
        silence: float,
        resident: Resident,
        routine: Routine,
    ) -> None:
        self.caller = caller
        self.id = number
        self.started = started
        self.token = token
        self.silence = max(silence, routine.adapter.silence_seconds)
        self.deadline = 0.0
        self.inform = inform
        self.inform_key = self.device_id = resident.record.id
        self.client_ip, self.listener = caller.client_ip, caller.listener
        self.resident = resident
        self.routine = routine
        self.adapter = routine.adapter
        self.connections: set[int] = set()
        self.exchanges: list[Exchange] = []
        self.complete = False

    def heard(self, time: float, head: bytes, body: bytes) -> None:
        """Note a request: its Inform, or its last, which is empty."""
        number = len(self.exchanges) + 1
        rpc = Inform.__name__ if body else ""
        self.exchanges.append(Exchange(number, "in", time, rpc, head, body))

    def said(self, time: float, status: int, head: bytes, body: bytes) -> None:
        """Note what we answered; nothing is our last word."""
        if body:
            answered = Exchange(2, "out", time, InformResponse.__name__, head, body, status, answers=1)
        else:
            answered = Exchange(4, "out", time, "", head, b"", status)
            self.complete = True
        self.exchanges.append(answered)

    def greeting(self) -> bytes:
        """The body that accepts its Inform."""
        version = self.routine.version
        header = Header(self.inform.header.id, use_version=version.use)
        body = write_envelope(Envelope(_ACCEPTED, version.namespace, header))
        return DECLARATION + body if self.adapter.xml_declaration else body

    def facts(self) -> dict[str, Any]:
        """The fields of its row that the script would note."""
        row = self.row(SessionResult.OPEN)
        return {name: getattr(row, name) for name in _FOUND_OUT}

    def row(self, result: SessionResult, ended: float | None = None) -> Session:
        """Its row as it stands."""
        said = self.exchanges
        answered = len(said) > 1
        return replace(
            self.routine.row,
            id=self.id,
            started=self.started,
            device=self.device_id,
            client_ip=self.client_ip,
            ended=ended,
            result=result,
            last_rpc=InformResponse.__name__ if answered else Inform.__name__,
            requests=(len(said) + 1) // 2,
            responses=len(said) // 2,
            bytes_in=len(said[0].body),
            bytes_out=len(said[1].body) if answered else 0,
        )
