"""A way whose every answer the test chooses."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from acs.wake.way import Attempt, Target, WakeOutcome


class ChosenWay:
    """Is asked, and says what it is told to: ``says``, or nothing until `answer` where that is None.

    :ivar asked: whom it was to ask.
    :ivar cancelled: how often it was no longer waited for.
    """

    def __init__(
        self, method: str, says: WakeOutcome | None = WakeOutcome.ACCEPTED, why_not: str = ""
    ) -> None:
        self.method = method
        self.says = says
        self.reason = why_not
        self.asked: list[Target] = []
        self.cancelled = 0
        self._answer: Deferred[Attempt] | None = None

    def why_not(self, target: Target) -> str:
        return self.reason

    async def request(self, target: Target) -> Attempt:
        self.asked.append(target)
        if self.says is not None:
            return Attempt(self.method, self.says, f"says {self.says.value}", next(iter(target.pairs), None))
        self._answer = Deferred()
        try:
            return await self._answer
        except CancelledError:
            self.cancelled += 1
            raise

    def answer(self, outcome: WakeOutcome) -> None:
        """Say so now."""
        assert self._answer is not None, "nobody has asked"
        self._answer.callback(Attempt(self.method, outcome))
