"""Ways that another node has open: the one whose STUN server a device's NAT lets in, or whose component the
XMPP server has taken.

Nodes ask each other by `acs.store.verbs.together.Together.tell`; nothing secret is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.store.interface import Store, StoreError
from acs.wake.targets import Targets
from acs.wake.way import Attempt, Target, WakeOutcome, Way

ASK, ANSWER = "wake", "waked"
ANY = "*"
"""In place of a node's number: whichever can."""

SECONDS = 20.0
"""How long another node may take."""

log = Logger()


class _Asked:
    """One who waits for the ``answer`` of nodes: the first that can, or the last of those that
    ``may_answer``, with the ``reasons`` of all of them."""

    def __init__(self, may_answer: int) -> None:
        self.may_answer = may_answer
        self.reasons: dict[str, None] = {}
        self.answer: Deferred[Attempt] = Deferred()


class Neighbourhood:
    """Asks other nodes to ask devices, and does so for them.

    :param ways: this node's own.
    """

    def __init__(
        self,
        store: Store,
        clock: IReactorTime,
        targets: Targets,
        ways: Sequence[Way],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._clock: Any = clock
        self._targets = targets
        self._ways: Mapping[str, Way] = {way.method: way for way in ways}
        self._random = random
        self._asked: dict[str, _Asked] = {}

    def listen(self) -> None:
        """Begin to do what others ask."""
        self._store.listen(ASK, self._heard)
        self._store.listen(ANSWER, self._answered)

    @property
    def others(self) -> Sequence[int]:
        """The numbers of the other nodes."""
        return self._store.neighbours()

    async def ask(self, method: str, node: str, device_id: str) -> Attempt:
        """What comes of it when a node (its number, or `ANY`) asks a device by this method: IMPOSSIBLE where
        none can."""
        number = self._random(8).hex()
        asked = self._asked[number] = _Asked(len(self.others) if node == ANY else 1)
        late = self._clock.callLater(SECONDS, self._late, number, method)
        try:
            self._store.tell(ASK, f"{number} {method} {node} {device_id}")
            return await asked.answer
        finally:
            self._asked.pop(number, None)
            if late.active():
                late.cancel()

    def _late(self, number: str, method: str) -> None:
        waiting = self._asked.pop(number, None)
        if waiting is not None:
            attempt = Attempt(method, WakeOutcome.TIMEOUT, "the other nodes have not answered")
            waiting.answer.callback(attempt)

    def _answered(self, words: str) -> None:
        number, method, outcome, detail = words.split(" ", 3)
        waiting = self._asked.get(number)
        if waiting is None:
            return
        if outcome == WakeOutcome.IMPOSSIBLE:
            waiting.may_answer -= 1
            waiting.reasons[detail] = None
            if waiting.may_answer:
                return
            detail = "; ".join(waiting.reasons)
        del self._asked[number]
        waiting.answer.callback(Attempt(method, WakeOutcome(outcome), detail))

    def _heard(self, words: str) -> None:
        number, method, node, device_id = words.split(" ", 3)
        if node in (ANY, str(self._store.node)):
            serving = Deferred.fromCoroutine(self._serve(number, method, device_id))
            serving.addErrback(_not_served, device_id)

    async def _serve(self, number: str, method: str, device_id: str) -> None:
        way = self._ways.get(method)
        if way is None:
            attempt = Attempt(method, WakeOutcome.IMPOSSIBLE, f"{method} is not configured there")
        else:
            target = (await self._targets.of(device_id)).target
            reason = way.why_not(target)
            attempt = Attempt(method, WakeOutcome.IMPOSSIBLE, reason) if reason else await way.request(target)
        said = f"{number} {method} {attempt.outcome.value} {attempt.detail[:1000]}"
        self._store.tell(ANSWER, said)


class Elsewhere:
    """A way of this node, or of another where that is the one.

    :param home: the number of the node that a device has to be asked from; None: it does not matter.
    :param why_nowhere: what keeps every node from it.
    """

    def __init__(
        self,
        way: Way,
        neighbourhood: Neighbourhood,
        home: Callable[[Target], int | None] = lambda target: None,
        why_nowhere: Callable[[Target], str] = lambda target: "",
    ) -> None:
        self._way = way
        self._why_nowhere = why_nowhere
        self._neighbourhood = neighbourhood
        self._home = home

    @property
    def method(self) -> str:
        """The way's."""
        return self._way.method

    def why_not(self, target: Target) -> str:
        """What keeps this node from it may not keep another."""
        others = self._neighbourhood.others
        return self._why_nowhere(target) if others else self._way.why_not(target)

    async def request(self, target: Target) -> Attempt:
        """Ask from here, else from there."""
        home = self._home(target)
        if home in self._neighbourhood.others:
            return await self._neighbourhood.ask(self.method, str(home), target.device)
        reason = self._way.why_not(target)
        if not reason:
            return await self._way.request(target)
        attempt = await self._neighbourhood.ask(self.method, ANY, target.device)
        if attempt.outcome is WakeOutcome.IMPOSSIBLE:
            also = f", nor can another node: {attempt.detail}" if attempt.detail != reason else ""
            return Attempt(self.method, WakeOutcome.IMPOSSIBLE, f"{reason}{also}")
        return attempt


def _not_served(reason: Failure, device_id: str) -> None:
    if isinstance(reason.value, (LookupError, StoreError)):
        log.warn(
            "{device}: not asked for another node: {reason}",
            device=device_id,
            reason=reason.getErrorMessage(),
        )
    else:
        log.failure("{device} could not be asked for another node", reason, device=device_id)
