"""The ACS's side for the tests of the simulator: the ACS role of the protocol core, scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Heard, Role, Signal
from acs.cwmp.envelope import Header
from acs.cwmp.messages import AnyRequest, Message

RESPONSES: dict[type[Message], Message] = {
    m.Inform: m.InformResponse(),
    m.TransferComplete: m.TransferCompleteResponse(),
    m.AutonomousTransferComplete: m.AutonomousTransferCompleteResponse(),
    m.DUStateChangeComplete: m.DUStateChangeCompleteResponse(),
    m.RequestDownload: m.RequestDownloadResponse(),
    m.Kicked: m.KickedResponse(),
}


class ScriptedACS:
    """Answers what a CPE asks, and asks what it is told to; every message that comes is read and kept.

    ``requests`` are asked one by one, over as many sessions as it takes, ``instead`` answers what it knows
    how to answer, for all else the usual answer is given.
    """

    def __init__(
        self,
        requests: Iterable[AnyRequest] = (),
        instead: Callable[[Message | None], Message | None] = lambda message: None,
        header: Header | None = None,
    ) -> None:
        self.requests = list(requests)
        self.instead = instead
        self.header = header
        self.heard: list[Heard] = []
        self.dialogue = Dialogue(Role.ACS)

    @property
    def messages(self) -> list[Message | None]:
        """What has come, in its order; None for an empty body."""
        return [heard.message for heard in self.heard]

    @property
    def answers(self) -> list[Message | None]:
        """What came in answer to the requests."""
        return [heard.message for heard in self.heard if heard.answers is not None]

    @property
    def informs(self) -> list[m.Inform]:
        """The Informs that came."""
        return [message for message in self.messages if isinstance(message, m.Inform)]

    def events(self, inform: int = -1) -> list[tuple[str, str]]:
        """The events of an Inform, the last one if not told otherwise, with their CommandKeys."""
        return [(event.EventCode, event.CommandKey) for event in self.informs[inform].Event]

    async def exchange(self, body: bytes) -> tuple[int, bytes]:
        """One POST and its answer."""
        return self.answer(body)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """As `exchange`."""
        if b":Inform>" in body:
            self.dialogue = Dialogue(Role.ACS)
        heard = self.dialogue.hear(body)
        self.heard.append(heard)
        self.dialogue.namespace = heard.envelope.namespace or self.dialogue.namespace
        reply = self._reply(heard)
        return (200 if reply else 204), reply

    def _reply(self, heard: Heard) -> bytes:
        instead = self.instead(heard.message)
        if instead is not None:
            return self.dialogue.say(instead)
        if heard.signal is Signal.INFORM:
            return self.dialogue.say(RESPONSES[m.Inform], self.header)
        if heard.message is not None and heard.signal is Signal.REQUEST:
            return self.dialogue.say(RESPONSES[type(heard.message)])
        return self.dialogue.say(self.requests.pop(0) if self.requests else None)
