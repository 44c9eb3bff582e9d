"""Passes events on to the other processes on the database, gathered, as many at once as may be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import orjson
from twisted.internet.interfaces import IReactorTime

from acs.store.interface import Store
from acs.web.serving.schema import JSON

GATHERED = 0.2
"""Seconds for which events are gathered."""
MOST = 2000
"""How many may be gathered meanwhile."""
LONGEST_WORDS = 6980
"""Bytes of what is said at once, of the 7000 that may be (`acs.store.verbs.together.Together.tell`)."""

SOME_MISSED = "null"
"""What is said instead of a list where some events could not be."""


class Passing:
    """What is said of a ``topic``: a number and a JSON list of events, or `SOME_MISSED`.

    The numbers are for PostgreSQL, which says only once what is said twice in a transaction.
    """

    def __init__(self, store: Store, clock: IReactorTime, topic: str) -> None:
        self._store = store
        self._clock = clock
        self._topic = topic
        self._gathered: list[bytes] = []
        self._said = 0
        self._missed = False
        self._call: Any = None

    def add(self, event: dict[str, JSON]) -> None:
        """Pass this on, in a moment."""
        if len(self._gathered) >= MOST:
            self._missed = True
            return
        self._gathered.append(orjson.dumps(event))
        if self._call is None:
            self._call = self._clock.callLater(GATHERED, self._pass_on)

    def close(self) -> None:
        """Say no more."""
        self._gathered = []
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _pass_on(self) -> None:
        self._call = None
        gathered, self._gathered = self._gathered, []
        if not self._store.available:
            # What is said now would be kept until the database is back, and is worth nothing then.
            self._missed = True
            return
        if self._missed:
            self._missed = False
            self._say(SOME_MISSED)
        for words in packed(gathered):
            self._say(words)

    def _say(self, words: str) -> None:
        self._said += 1
        self._store.tell(self._topic, f"{self._said} {words}")


def unpacked(words: str) -> list[dict[str, JSON]] | None:
    """The events of what was said; None for `SOME_MISSED`.  Raises msgspec.DecodeError."""
    return msgspec.json.decode(words.partition(" ")[2], type=list[dict[str, Any]] | None)


def packed(events: Iterable[bytes]) -> Iterator[str]:
    """JSON lists of the events in their order, none longer than `LONGEST_WORDS` unless one event is."""
    words: list[bytes] = []
    length = 0
    for event in events:
        if words and length + len(event) + 2 > LONGEST_WORDS:
            yield f"[{b','.join(words).decode()}]"
            words, length = [], 0
        words.append(event)
        length += len(event) + 1
    if words:
        yield f"[{b','.join(words).decode()}]"
