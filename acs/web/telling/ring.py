"""The last events, numbered, for streams to read at their own pace.

An id is that of an epoch with the event's number in it.  An epoch ends where events may have been missed: who
comes with an id of another one cannot go on from there.
"""

from __future__ import annotations

from collections import deque

import orjson
from msgspec import Struct

from acs.web.serving.schema import JSON

REMEMBERED = 1000
"""How many events can be had again, and how many a reader may be behind."""


class Position(Struct, frozen=True):
    """Where a reader is: behind the event of this number."""

    epoch: str
    number: int


class Step(Struct, frozen=True):
    """The next thing to tell a reader, and where it is then; ``event`` None: that it has to ask anew.  A
    ``text`` that is empty is nothing to tell."""

    position: Position
    event: dict[str, JSON] | None
    text: bytes


class TooFarBehind(Exception):
    """The reader's next event is forgotten."""


class Ring:
    """The events of one epoch."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=REMEMBERED)
        self._end = Position("", 0)

    def begin(self, epoch: str) -> None:
        """Forget what there is, and begin an epoch of this name, which had none before; numbers go on."""
        self._steps.clear()
        self._end = Position(epoch, self._end.number)

    def add(self, event: dict[str, JSON]) -> None:
        """Add an event, which gets its id."""
        position = self._next()
        event = event | {"id": id_of(position)}
        self._steps.append(Step(position, event, _text(event)))

    def mark(self) -> int:
        """Set those who come from now on apart from those who were here before; returns the number from which
        on they are."""
        position = self._next()
        self._steps.append(Step(position, {"type": ""}, b""))
        return position.number

    def _next(self) -> Position:
        self._end = Position(self._end.epoch, self._end.number + 1)
        return self._end

    @property
    def end(self) -> Position:
        """Behind all events."""
        return self._end

    def position_of(self, last: str, since: int = 0) -> Position:
        """Where somebody is who had the event of this id last; "": who comes for the first time.  What was
        before the event of the number ``since`` may have been without what is wanted."""
        if not last:
            return self._end
        epoch, _, number = last.rpartition("-")
        known = epoch == self._end.epoch and number.isascii() and number.isdigit() and len(number) < 16
        if known and since <= int(number) and 0 <= self._end.number - int(number) <= len(self._steps):
            return Position(epoch, int(number))
        return Position("", 0)

    def after(self, position: Position) -> Step | None:
        """What comes next; None at the end.  Raises `TooFarBehind`."""
        if position.epoch != self._end.epoch:
            return Step(self._end, None, _text({"id": id_of(self._end), "type": "reset"}))
        behind = self._end.number - position.number
        if not behind:
            return None
        if behind > len(self._steps):
            raise TooFarBehind
        return self._steps[-behind]


def id_of(position: Position) -> str:
    """The id of the event before it."""
    return f"{position.epoch}-{position.number}"


def _text(event: dict[str, JSON]) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event["id"].encode(), event["type"].encode(), orjson.dumps(event)
    )  # fmt: skip
