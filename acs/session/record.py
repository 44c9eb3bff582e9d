"""The record of a session while it runs, as the store will keep it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from acs.cwmp.messages import Message, Request, Response, name_of
from acs.store.records import Exchange, Session, SessionResult


class Said(Struct, frozen=True, gc=False):
    """What goes out: the bytes (none: an empty response), the name of the message, and the job that it
    belongs to.

    ``asks`` tells an RPC of ours from an answer.
    """

    body: bytes
    rpc: str = ""
    job: int | None = None
    asks: bool = False


class Saying:
    """What a script awaits that speaks: it hands out what is said, and gets what the CPE says to that (None:
    nothing)."""

    __slots__ = ("_said",)

    def __init__(self, said: Said) -> None:
        self._said = said

    def __await__(self) -> Generator[Said, Response | None, Response | None]:
        return (yield self._said)


class Record:
    """Collects what is said, each message linked to the one it answers; `row` and `exchanges` are what the
    store keeps."""

    __slots__ = (
        "id", "started", "facts", "exchanges", "requests", "responses", "bytes_in", "bytes_out", "last_rpc",
        "_their_question", "_our_question", "_job",
    )  # fmt: skip

    def __init__(self, session_id: int, started: float) -> None:
        self.id = session_id
        self.started = started
        self.facts: dict[str, Any] = {}
        self.exchanges: list[Exchange] = []
        self.requests = self.responses = self.bytes_in = self.bytes_out = 0
        self.last_rpc = ""
        self._their_question: int | None = None
        self._our_question: int | None = None
        self._job: int | None = None

    def take_up(self, exchanges: Sequence[Exchange], row: Session) -> None:
        """Go on with what was recorded of the session so far, in which nothing waits for its answer."""
        self.exchanges.extend(exchanges)
        self.requests, self.responses = row.requests, row.responses
        self.bytes_in, self.bytes_out = row.bytes_in, row.bytes_out
        self.last_rpc = row.last_rpc

    def heard(self, time: float, head: bytes, body: bytes, message: Message | None, note: str = "") -> None:
        """Note a message of the CPE; None for an empty one, or one that could not be read (``note`` says
        why)."""
        self.requests += 1
        self.bytes_in += len(body)
        number = len(self.exchanges) + 1
        rpc = "" if message is None else name_of(message)
        answers = job = None
        if isinstance(message, Request):
            self._their_question = number
        else:
            answers, job = self._our_question, self._job
            self._our_question = self._job = None
        self.exchanges.append(Exchange(number, "in", time, rpc, head, body, 0, answers, job, note))
        self.last_rpc = rpc or self.last_rpc

    def heard_again(self, time: float, head: bytes, body: bytes, message: Message | None) -> None:
        """Note the CPE's last message, which came once more: it answers nothing anew."""
        self.requests += 1
        self.bytes_in += len(body)
        rpc = "" if message is None else name_of(message)
        number = len(self.exchanges) + 1
        self.exchanges.append(Exchange(number, "in", time, rpc, head, body, note="repeated"))
        self.last_rpc = rpc or self.last_rpc

    def said(self, time: float, status: int, head: bytes, said: Said, note: str = "") -> None:
        """Note what we answered."""
        self.responses += 1
        self.bytes_out += len(said.body)
        number = len(self.exchanges) + 1
        answers = None
        if said.asks:
            self._our_question, self._job = number, said.job
        else:
            answers, self._their_question = self._their_question, None
        self.exchanges.append(
            Exchange(number, "out", time, said.rpc, head, said.body, status, answers, said.job, note)
        )
        self.last_rpc = said.rpc or self.last_rpc

    def remark(self, note: str) -> None:
        """Say something about the last message."""
        last = self.exchanges[-1]
        self.exchanges[-1] = replace(last, note="; ".join(filter(None, (last.note, note))))

    def note(self, **facts: Any) -> None:
        """Facts of the session's row as they become known, by the names of `acs.store.records.Session`."""
        self.facts.update(facts)

    def row(self, result: SessionResult, ended: float | None = None, failure: str = "") -> Session:
        """The session's row as it stands."""
        return Session(
            id=self.id,
            started=self.started,
            ended=ended,
            result=result,
            failure=failure,
            last_rpc=self.last_rpc,
            requests=self.requests,
            responses=self.responses,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            **self.facts,
        )
