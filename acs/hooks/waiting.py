"""Waits for another system: never for long, not at all while its circuit is open."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from acs.hooks.circuit import Circuit
from acs.hooks.errors import HookFailed

T = TypeVar("T")


class Call(Protocol):
    """What `Clock.callLater` returns."""

    def cancel(self) -> None:
        """Do not call."""


class Clock(Protocol):
    """The part of `twisted.internet.interfaces.IReactorTime` that is needed."""

    def seconds(self) -> float:
        """The time."""

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any) -> Call:
        """Call it ``delay`` seconds from now."""


def within(
    clock: Clock, seconds: float, waiting: Deferred[T], stop: Callable[[], object] | None = None
) -> Deferred[T]:
    """Fires as ``waiting`` does, or fails with `HookFailed` when that takes longer.

    Then ``stop`` is called, which cancels it where nothing else is given; what becomes of it is nobody's
    business any more.
    """
    told: Deferred[T] = Deferred()

    def late() -> None:
        told.errback(HookFailed(f"no answer within {seconds:g} s"))
        (stop or waiting.cancel)()

    call = clock.callLater(seconds, late)

    def answered(value: T) -> None:
        if not told.called:
            call.cancel()
            told.callback(value)

    def failed(reason: Failure) -> None:
        if not told.called:
            call.cancel()
            told.errback(reason)

    waiting.addCallbacks(answered, failed)
    return told


class Guard:
    """Stands before another system, for all who ask it.

    :param seconds: how long one of them waits at most.
    """

    def __init__(self, clock: Clock, seconds: float, circuit: Circuit) -> None:
        self._clock = clock
        self._seconds = seconds
        self._circuit = circuit

    async def ask(self, question: Coroutine[Any, Any, T], stop: Callable[[], object] | None = None) -> T:
        """The answer; raises `HookFailed`.  ``stop`` is as with `within`."""
        if wait := self._circuit.enter(self._clock.seconds()):
            question.close()
            raise HookFailed(f"it has failed again and again, and is asked again in {wait:.0f} s")
        try:
            answer = await within(self._clock, self._seconds, Deferred.fromCoroutine(question), stop)
        except Exception:
            self._circuit.failed(self._clock.seconds())
            raise
        self._circuit.succeeded()
        return answer
