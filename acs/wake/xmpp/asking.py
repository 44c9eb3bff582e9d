"""The IQs that wait for their answers, none of them without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from acs.xmpp.elements import Element, is_same
from acs.xmpp.streams import Stream


class NoAnswer(Exception):
    """Nobody has answered in time."""


class NotConnected(Exception):
    """There is no stream, or it was lost before the answer came; the text says why."""


class Asking:
    """Sends IQs, and gives each answer to whoever has asked.

    An answer is known by its id, which nobody else can guess, and by its sender: any account of the server
    can send us stanzas.
    """

    def __init__(self, clock: IReactorTime, random: Callable[[int], bytes]) -> None:
        self._clock: Any = clock
        self._random = random
        self._waiting: dict[str, tuple[str, Deferred[Element]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def new_id(self) -> str:
        """An id for the next IQ."""
        return self._random(16).hex()

    async def ask(self, stream: Stream, question: Element, seconds: float) -> Element:
        """Send an IQ, and wait so long for its answer, be that a result or an error.

        Raises `NoAnswer` and `NotConnected`.
        """
        answered: Deferred[Element] = Deferred()
        identifier = question["id"]
        self._waiting[identifier] = question["to"], answered
        timer = self._clock.callLater(seconds, answered.errback, NoAnswer())
        try:
            stream.say(question)
            return await answered
        finally:
            self._waiting.pop(identifier, None)
            if timer.active():
                timer.cancel()

    def heard(self, answer: Element) -> None:
        """An IQ of the type result or error has come; what nobody waits for is passed over."""
        identifier = answer.getAttribute("id") or ""
        recipient, answered = self._waiting.get(identifier, ("", None))
        if answered is not None and is_same(answer.getAttribute("from") or "", recipient):
            del self._waiting[identifier]
            answered.callback(answer)

    def lost(self, why: str) -> None:
        """The stream has ended, and with it all that was asked on it."""
        waiting, self._waiting = self._waiting, {}
        for _, answered in waiting.values():
            answered.errback(NotConnected(why))
