"""A CPE and an ACS in memory: two dialogues, and a way to bring one of them into any state."""

from __future__ import annotations

from collections import deque
from functools import cache

from acs.cwmp import messages as m
from acs.cwmp.dialogue import TABLE, Dialogue, Heard, Role, Signal, State
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.faults import fault
from tests.support.messages import INFORM, answer_to

FROM_CPE = m.TransferComplete("key")
FROM_ACS = m.GetParameterValues(("Device.DeviceInfo.",))


def condition_of(dialogue: Dialogue) -> dict[str, object]:
    """All that a dialogue remembers."""
    return {name: getattr(dialogue, name) for name in Dialogue.__slots__}


class Pair:
    """The two sides of one session; what one says, the other hears."""

    def __init__(self) -> None:
        self.cpe = Dialogue(Role.CPE)
        self.acs = Dialogue(Role.ACS)

    def cpe_says(self, message: m.Message | None, header: Header | None = None) -> Heard:
        """The CPE posts."""
        return self.acs.hear(self.cpe.say(message, header))

    def acs_says(self, message: m.Message | None, header: Header | None = None) -> Heard:
        """The ACS answers."""
        return self.cpe.hear(self.acs.say(message, header))

    def open(self, header: Header | None = None) -> None:
        """Inform and InformResponse."""
        self.cpe_says(INFORM)
        self.acs_says(m.InformResponse(), header)


def message_for(dialogue: Dialogue, signal: Signal) -> m.Message | None:
    """A message that is this signal to the conversation, and fits what has been asked in it."""
    speaker = REQUESTS[dialogue.role if dialogue.my_turn else dialogue.role.peer]
    asked = dialogue.asking if dialogue.my_turn else dialogue.asked
    plain = {
        Signal.INFORM: INFORM,
        Signal.INFORM_RESPONSE: m.InformResponse(),
        Signal.REQUEST: speaker,
        Signal.FAULT: fault(9002),
        Signal.RETRY: fault(8005),
        Signal.EMPTY: None,
    }
    if signal is not Signal.RESPONSE:
        return plain[signal]
    return m.RebootResponse() if asked is None or isinstance(asked, m.Inform) else answer_to(asked)


REQUESTS: dict[Role, m.AnyRequest] = {Role.CPE: FROM_CPE, Role.ACS: FROM_ACS}


def body_of(message: m.Message | None, identifier: str | None = None) -> bytes:
    """The body that somebody sends who keeps no rules."""
    return b"" if message is None else write_envelope(Envelope(message, header=Header(identifier)))


def step(dialogue: Dialogue, signal: Signal) -> None:
    """Whoever's turn it is says this."""
    message = message_for(dialogue, signal)
    if dialogue.my_turn:
        dialogue.say(message)
    else:
        dialogue.hear(body_of(message))


def dialogue_in(state: State, role: Role) -> Dialogue:
    """One side of a session that has come to this state by the shortest way."""
    dialogue = Dialogue(role)
    for signal in way_to(state, role):
        step(dialogue, signal)
    assert dialogue.state is state
    return dialogue


@cache
def way_to(state: State, role: Role) -> tuple[Signal, ...]:
    """The fewest signals that lead from the beginning to a state; a CPE cannot go the tolerated ways."""
    ways: deque[tuple[State, tuple[Signal, ...]]] = deque([(State.OPENING, ())])
    while ways:
        here, way = ways.popleft()
        if here is state:
            return way
        for signal, following in TABLE[here].items():
            if len(way) < len(State) and not (following.tolerated and role is Role.CPE):
                ways.append((following.to, (*way, signal)))
    raise LookupError(f"no way to {state} for the {role.value}")
