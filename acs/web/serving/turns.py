"""One after the other: whoever changes a thing waits until who came before has done so."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from twisted.internet.defer import Deferred


class Turns:
    """Who waits for each thing that somebody changes at the moment."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Deferred[None]]] = {}
        self._left: deque[Hashable] = deque()
        self._passing_on = False

    @asynccontextmanager
    async def taken(self, thing: Hashable) -> AsyncIterator[None]:
        """Until this ends nobody else has the thing."""
        queue = self._waiting.get(thing)
        if queue is None:
            self._waiting[thing] = deque()
        else:
            turn: Deferred[None] = Deferred()
            queue.append(turn)
            await turn
        try:
            yield
        finally:
            self._leave(thing)

    def _leave(self, thing: Hashable) -> None:
        # Who comes next may be done at once: however many there are, none is called within another.
        self._left.append(thing)
        if self._passing_on:
            return
        self._passing_on = True
        try:
            while self._left:
                self._pass_on(self._left.popleft())
        finally:
            self._passing_on = False

    def _pass_on(self, thing: Hashable) -> None:
        if self._waiting[thing]:
            self._waiting[thing].popleft().callback(None)
        else:
            del self._waiting[thing]
