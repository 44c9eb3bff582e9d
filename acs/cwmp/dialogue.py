"""The session of CWMP as a machine: who may say what when (TR-069 3.7).

A session is a lock-step conversation over HTTP: the CPE posts, the ACS answers, and so on until both have
nothing to ask.  At every moment it is one side's turn.  `TABLE` says, for each state, where each thing that
this side may say leads; `Dialogue` walks it for one side.  The same table serves both roles, so that a CPE
(the simulator, the tests) and an ACS can be set to talk to each other in memory.

What is said is one of the `Signal`s.  ``EMPTY`` is an HTTP body with nothing in it: from the CPE "I have
nothing (more) to ask", from the ACS "nor have I".

Some steps are against the standard but occur, and must not wedge anybody.  They are marked as tolerated: an
ACS takes them, a CPE of ours never makes them.

* ``ACS_ASKED``, ``EMPTY``: the CPE does not know the RPC and says nothing (netcwmp).  The RPC counts as
  unanswered.
* ``ACS_ASKED``, ``REQUEST``: the CPE asks instead of answering.  It gets its answer, and our question stays
  open.
* ``ACS_ASKED``, ``RETRY``: the fault of an ACS from a CPE.  It is a fault like any other.
* ``ENDING``, ``EMPTY``: the first edition's last word of the CPE; it gets one more empty answer.

``HoldRequests`` is the one rule beside the table: while it is on, a CPE's own requests wait; an empty answer
lifts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from acs.cwmp.envelope import DECLARATION, Envelope, Header, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.faults import RETRY_REQUEST
from acs.cwmp.messages import AnyRequest, Fault, Inform, InformResponse, Message, Request, name_of
from acs.cwmp.namespaces import CWMP_1_0


class Role(StrEnum):
    """Which side of the conversation."""

    CPE = "CPE"
    ACS = "ACS"

    @property
    def peer(self) -> Role:
        """The other one."""
        return Role.ACS if self is Role.CPE else Role.CPE


class Signal(StrEnum):
    """What a message is to the conversation."""

    INFORM = "Inform"
    INFORM_RESPONSE = "InformResponse"
    REQUEST = "request"
    RESPONSE = "response"
    FAULT = "fault"
    RETRY = "fault 8005"
    EMPTY = "empty"


class State(StrEnum):
    """Where a session is; named by what has just happened."""

    OPENING = "opening"
    INFORMING = "informing"
    CPE_TURN = "CPE's turn"
    CPE_ASKED = "CPE asked"
    ACS_TURN = "ACS's turn"
    ACS_ASKED = "ACS asked"
    BOTH_ASKED = "both asked"
    ENDING = "ending"
    OVER = "over"


class Step(Struct, frozen=True):
    """Where a signal leads; ``tolerated`` ones are an ACS's kindness."""

    to: State
    tolerated: bool = False


TURN: Mapping[State, Role] = {
    State.OPENING: Role.CPE,
    State.INFORMING: Role.ACS,
    State.CPE_TURN: Role.CPE,
    State.CPE_ASKED: Role.ACS,
    State.ACS_TURN: Role.ACS,
    State.ACS_ASKED: Role.CPE,
    State.BOTH_ASKED: Role.ACS,
    State.ENDING: Role.CPE,
}
"""Whose turn it is."""

TABLE: Mapping[State, Mapping[Signal, Step]] = {
    State.OPENING: {
        Signal.INFORM: Step(State.INFORMING),
    },
    State.INFORMING: {
        Signal.INFORM_RESPONSE: Step(State.CPE_TURN),
        Signal.RETRY: Step(State.OPENING),
        Signal.FAULT: Step(State.OVER),
    },
    State.CPE_TURN: {
        Signal.REQUEST: Step(State.CPE_ASKED),
        Signal.EMPTY: Step(State.ACS_TURN),
    },
    State.CPE_ASKED: {
        Signal.RESPONSE: Step(State.CPE_TURN),
        Signal.FAULT: Step(State.CPE_TURN),
        Signal.RETRY: Step(State.CPE_TURN),
    },
    State.ACS_TURN: {
        Signal.REQUEST: Step(State.ACS_ASKED),
        Signal.EMPTY: Step(State.ENDING),
    },
    State.ACS_ASKED: {
        Signal.RESPONSE: Step(State.ACS_TURN),
        Signal.FAULT: Step(State.ACS_TURN),
        Signal.RETRY: Step(State.ACS_TURN, tolerated=True),
        Signal.EMPTY: Step(State.ACS_TURN, tolerated=True),
        Signal.REQUEST: Step(State.BOTH_ASKED, tolerated=True),
    },
    State.BOTH_ASKED: {
        Signal.RESPONSE: Step(State.ACS_ASKED),
        Signal.FAULT: Step(State.ACS_ASKED),
        Signal.RETRY: Step(State.ACS_ASKED),
    },
    State.ENDING: {
        Signal.REQUEST: Step(State.CPE_ASKED),
        Signal.EMPTY: Step(State.ACS_TURN, tolerated=True),
    },
    State.OVER: {},
}
"""For each state, what the side whose turn it is may say, and where that leads."""

_NOTHING: Mapping[Signal, Step] = {}
_SAYS = {
    role: {state: steps if TURN.get(state) is role else _NOTHING for state, steps in TABLE.items()}
    for role in Role
}
"""The same for either side: nothing where it is not its turn."""

_HEARS = {role: _SAYS[role.peer] for role in Role}
"""What either side may be told."""


def signal_of(message: Message | None) -> Signal:
    """What a message (None: an empty body) is to the conversation."""
    if message is None:
        return Signal.EMPTY
    if isinstance(message, Request):
        return Signal.INFORM if isinstance(message, Inform) else Signal.REQUEST
    if isinstance(message, Fault):
        return Signal.RETRY if message.FaultCode == RETRY_REQUEST else Signal.FAULT
    return Signal.INFORM_RESPONSE if isinstance(message, InformResponse) else Signal.RESPONSE


class Heard(Struct, frozen=True):
    """What the other side said: its envelope, what that is to the conversation, what it answers.

    ``unanswered`` is our request that it passed over (see the tolerated steps); ``remark`` what was odd about
    it.
    """

    envelope: Envelope
    signal: Signal
    answers: AnyRequest | None = None
    unanswered: AnyRequest | None = None
    remark: str = ""

    @property
    def message(self) -> Message | None:
        """What was said, None for nothing."""
        return self.envelope.message


class Dialogue:
    """One side of one session.  Feed it what the other side sent with `hear`, get what to send from `say`.

    ``namespace`` is the CWMP namespace to speak; a CPE that is answered in another one takes that (3.7.2.4).
    ``held`` tells that the ACS has asked the CPE to hold its requests.  ``declares``: what is said begins
    with an XML declaration.
    """

    __slots__ = (
        "role", "state", "namespace", "held", "declares", "_asked", "_asked_id", "_their_id", "_theirs",
        "_ids",
    )  # fmt: skip

    def __init__(self, role: Role, namespace: str = CWMP_1_0) -> None:
        self.role = role
        self.state = State.OPENING
        self.namespace = namespace
        self.held = False
        self.declares = False
        self._asked: AnyRequest | None = None
        self._asked_id = ""
        self._their_id: str | None = None
        self._theirs: AnyRequest | None = None
        self._ids = 0

    @property
    def my_turn(self) -> bool:
        """True when it is for this side to speak."""
        return TURN.get(self.state) is self.role

    @property
    def asked(self) -> AnyRequest | None:
        """Our request that has not been answered."""
        return self._asked

    @property
    def asked_id(self) -> str:
        """The ID of our last request."""
        return self._asked_id

    @property
    def asking(self) -> AnyRequest | None:
        """Their request that we have not answered."""
        return self._theirs

    def close(self) -> bool:
        """The conversation is over; True if it was complete: the ACS had had its last word."""
        complete = self.state is State.ENDING
        self.state = State.OVER
        return complete

    # What the other side says

    def hear(self, body: bytes, charset: str = "") -> Heard:
        """Take one HTTP body from the other side.

        Raises `RemoteProtocolError`, and changes nothing, if it cannot be read or is not to be said now.
        """
        envelope = read_envelope(body, charset) if body.strip() else Envelope(None, self.namespace)
        return self.take(envelope)

    def take(self, envelope: Envelope) -> Heard:
        """As `hear`, for an envelope that has been read."""
        message = envelope.message
        signal = signal_of(message)
        step = _HEARS[self.role][self.state].get(signal)
        if step is None:
            raise self._not_now(message)
        if self._asked is None and not self.held:
            heard = Heard(envelope, signal)
        else:
            heard = self._matched(signal, envelope)
        self.state = step.to
        if heard.answers is not None or heard.unanswered is not None:
            self._asked = None
        if isinstance(message, Request):
            self._theirs, self._their_id = message, envelope.header.id
        if self.role is Role.CPE:
            self.held = envelope.header.hold_requests
            self.namespace = envelope.namespace or self.namespace
        return heard

    def _not_now(self, message: Message | None) -> RemoteProtocolError:
        if self.my_turn:
            return RemoteProtocolError(
                f"{_called(message)} while it is not the {self.role.peer.value}'s turn"
            )
        return RemoteProtocolError(f"{_called(message)} in state {self.state.value!r}")

    def _matched(self, signal: Signal, envelope: Envelope) -> Heard:
        """Does it answer what we asked?"""
        asked, message = self._asked, envelope.message
        if isinstance(message, Request):
            held = self.held and self.role is Role.ACS
            remark = f"{_called(message)} while requests are held" if held else ""
            return Heard(envelope, signal, remark=_not_answered(message, asked) if asked else remark)
        if asked is None:
            return Heard(envelope, signal)
        if signal in (Signal.FAULT, Signal.RETRY) or _answers(message, asked):
            return Heard(envelope, signal, answers=asked, remark=self._remark_on_id(envelope.header.id))
        return Heard(envelope, signal, unanswered=asked, remark=_not_answered(message, asked))

    def _remark_on_id(self, given: str | None) -> str:
        if given is None or given.strip() == self._asked_id:
            return ""
        return f"the ID is {given[:64]!r}, not {self._asked_id!r}"

    # What this side says

    def say(self, message: Message | None, header: Header | None = None) -> bytes:
        """The HTTP body that says it.

        ``header`` may carry what the message needs (HoldRequests, SupportedCWMPVersions, ...); the ID is set
        here.  Raises `LocalProtocolError`, and changes nothing, if it must not be said now.
        """
        signal = signal_of(message)
        step = _SAYS[self.role][self.state].get(signal)
        if step is None or step.tolerated:
            raise LocalProtocolError(f"{_called(message)} in state {self.state.value!r}")
        if message is not None:
            self._check(message, signal)
            body = self._written(message, header)
        elif header is None:
            body = b""
        else:
            raise LocalProtocolError("an empty body has no header")
        self.state = step.to
        if self.role is Role.ACS:
            self.held = header is not None and header.hold_requests
        return body

    def _check(self, message: Message, signal: Signal) -> None:
        """Whether it is what is to be said now."""
        if signal is Signal.REQUEST and self.held and self.role is Role.CPE:
            raise LocalProtocolError(f"{_called(message)} while the ACS holds requests")
        if signal is Signal.RESPONSE and self._theirs is not None and not _answers(message, self._theirs):
            raise LocalProtocolError(f"{_called(message)} where {_answer_to(self._theirs)} is due")

    def _written(self, message: Message, header: Header | None) -> bytes:
        identifier = str(self._ids + 1) if isinstance(message, Request) else self._their_id
        whole = Header(identifier) if header is None else replace(header, id=identifier)
        body = write_envelope(Envelope(message, self.namespace, whole))
        if self.declares:
            body = DECLARATION + body
        if not isinstance(message, Request):
            self._theirs = None
            return body
        self._ids += 1
        self._asked, self._asked_id = message, identifier or ""
        return body


def _called(message: Message | None) -> str:
    return "an empty body" if message is None else name_of(message)[:80]


def _not_answered(message: Message | None, asked: AnyRequest) -> str:
    return f"{_called(message)} where {_answer_to(asked)} was due"


def _answers(message: Message | None, request: AnyRequest) -> bool:
    return message is not None and name_of(message) == f"{name_of(request)}Response"


def _answer_to(request: AnyRequest) -> str:
    return f"{name_of(request)[:72]}Response"


def table_as_text() -> str:
    """`TABLE` for people: a line per step, ``state | speaker | says | next``; a star: tolerated."""
    rows = []
    for state, signal, step in _steps():
        star = " *" if step.tolerated else ""
        rows.append(f"{state.value:<12} | {TURN[state].value} | {signal.value:<14} | {step.to.value}{star}")
    return "\n".join(rows)


def table_as_dot() -> str:
    """`TABLE` as a Graphviz graph, for the documentation."""
    font = 'fontname="sans-serif"'
    look = f"rankdir=LR; ranksep=0.2; node [shape=box, style=rounded, {font}]; edge [{font}, fontsize=12];"
    lines = ["digraph cwmp {", f"  {look}"]
    for state, signal, step in _steps():
        style = "dashed" if step.tolerated else "solid"
        label = f"{TURN[state].value}: {signal.value}"
        lines.append(f'  "{state.value}" -> "{step.to.value}" [label="{label}", style={style}];')
    return "\n".join([*lines, "}"])


def _steps() -> Iterator[tuple[State, Signal, Step]]:
    for state, steps in TABLE.items():
        for signal, step in steps.items():
            yield state, signal, step
