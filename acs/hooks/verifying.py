"""Verification by the operator's systems: what they confirmed a moment ago still holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from acs.hooks.remembered import Remembered
from acs.hooks.values import Related, Subject
from acs.hooks.waiting import Clock

Question = Callable[[Subject, Related | None], Awaitable[bool]]


class Verifier:
    """Asks whether a device is what it says it is.

    A yes is remembered for ``seconds``, for this device at this address as this related device with these
    parameters; a no is not, and where there is no answer, nothing that was remembered longer ago counts.
    """

    def __init__(self, ask: Question, clock: Clock, seconds: float) -> None:
        self._ask = ask
        self._clock = clock
        self._seconds = seconds
        self._confirmed: Remembered[bool] = Remembered()

    async def verify(self, subject: Subject, related: Related | None) -> tuple[bool, float]:
        """Whether it is, and how many seconds ago that was said; raises `HookFailed`."""
        told = tuple(sorted(subject.parameters.items()))
        key = (subject.id, subject.client_ip, subject.listener, told, related.id if related else None)
        known = self._confirmed.of(key, self._clock.seconds(), self._seconds)
        if known is not None:
            return known
        verified = await self._ask(subject, related)
        if verified:
            self._confirmed.keep(key, True, self._clock.seconds())
        else:
            self._confirmed.forget(key)
        return verified, 0.0
