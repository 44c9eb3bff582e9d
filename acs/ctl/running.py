"""Runs Twisted's reactor for one piece of work, from a program that is otherwise plain."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import react
from twisted.python.failure import Failure

T = TypeVar("T")


def in_reactor(work: Callable[[Any], Deferred[T] | Coroutine[Deferred[Any], Any, T]]) -> T:
    """Run the reactor until the work that it is given to is done; returns its result, or raises its error.

    The reactor of a process runs once.
    """
    outcome: list[T | Failure] = []

    def start(reactor: Any) -> Deferred[None]:
        return ensureDeferred(work(reactor)).addBoth(outcome.append)

    with suppress(SystemExit):  # how `react` ends, whatever came of it
        react(start)
    if not outcome:
        raise KeyboardInterrupt
    if isinstance(outcome[0], Failure):
        outcome[0].raiseException()
    return outcome[0]
