"""Wakes devices: each way in turn until the device calls, or there is no time left.

Several who want one device are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.store.interface import Store, StoreError
from acs.store.records.wakes import NoMoreWaking, Wake, WakeOutcome, Waking
from acs.wake.errand import Errand
from acs.wake.order import UDP, XMPP, in_order
from acs.wake.targets import Subject, Targets
from acs.wake.way import Attempt, Target, Way

AUTO = "auto"

ALTOGETHER = 45.0
"""Seconds after which the outcome is told, whatever it is."""
PATIENCE = 30.0
"""Seconds in which a device calls that has accepted (checklist 8.1)."""
UNHEARD = 8.0
"""Seconds after which the next way is tried where a datagram was sent, which nobody answers."""

_TELLING = (
    WakeOutcome.INFORMED,
    WakeOutcome.ACCEPTED,
    WakeOutcome.UNAUTHORIZED,
    WakeOutcome.BUSY,
    WakeOutcome.REFUSED,
    WakeOutcome.TIMEOUT,
    WakeOutcome.UNREACHABLE,
    WakeOutcome.IMPOSSIBLE,
)
"""Of several outcomes the first of these tells most."""

log = Logger()


class Waker:
    """Wakes the devices of this process.

    :param online: whether the XMPP server says that a device is there (None: nobody knows).
    :param told: called with what came of each.
    """

    def __init__(
        self,
        store: Store,
        clock: IReactorTime,
        targets: Targets,
        ways: Sequence[Way],
        online: Callable[[Target], bool | None] = lambda target: None,
        told: Callable[[Wake], None] = lambda wake: None,
    ) -> None:
        self._store = store
        self._clock: Any = clock
        self._targets = targets
        self._ways: Mapping[str, Way] = {way.method: way for way in ways}
        self._online = online
        self._told = told
        self._errands: dict[str, Errand] = {}
        self._waiting: dict[str, list[Deferred[Wake]]] = {}
        self._stopped = False

    @property
    def methods(self) -> tuple[str, ...]:
        """What the ways are called that there are."""
        return tuple(self._ways)

    @property
    def under_way(self) -> int:
        """How many devices are being woken."""
        return len(self._errands)

    def is_waking(self, device_id: str) -> bool:
        """Whether a device is being woken."""
        return device_id in self._errands

    def called(self, device_id: str, session: int) -> None:
        """A device has called because it was called (``6 CONNECTION REQUEST``)."""
        errand = self._errands.get(device_id)
        if errand is not None:
            errand.called(session)

    async def ways(self, device_id: str) -> list[tuple[str, str]]:
        """The ways in the order in which they would be tried, each with why it cannot be ("": it can).

        Raises LookupError where there is no such device, `StoreUnavailable`.
        """
        subject = await self._targets.of(device_id)
        return [(name, self._ways[name].why_not(subject.target)) for name in self._order(subject)]

    async def wake(
        self,
        device_id: str,
        method: str = AUTO,
        requested_by: str = "",
        job: Callable[[], int | None] = lambda: None,
    ) -> Wake:
        """Wake a device by this method, or by whatever there is.  Who comes while that goes on has the same
        outcome, unless he wants another method and it has not called by then.  ``job`` gives the job for the
        sake of which that is, when the outcome is known.

        Raises LookupError where there is no such device, `StoreUnavailable`, `NoMoreWaking`.
        """
        ends = self._seconds() + ALTOGETHER
        while errand := self._errands.get(device_id):
            wake = await self._outcome_of(device_id)
            left = ends - self._seconds()
            if errand.method == method or wake.outcome is WakeOutcome.INFORMED or left <= 0:
                return wake
        if self._stopped:
            raise NoMoreWaking
        errand = Errand(self._clock, ends - self._seconds(), method)
        return await self._wake(errand, device_id, requested_by, job)

    def stop(self) -> None:
        """Wake nobody any more; who waits for an outcome hears `NoMoreWaking`."""
        self._stopped = True
        for errand in list(self._errands.values()):
            errand.stop()

    def _seconds(self) -> float:
        return float(self._clock.seconds())

    def _outcome_of(self, device_id: str) -> Deferred[Wake]:
        """What comes of waking a device that is being woken."""
        same: Deferred[Wake] = Deferred()
        self._waiting.setdefault(device_id, []).append(same)
        return same

    async def _wake(
        self, errand: Errand, device_id: str, requested_by: str, job: Callable[[], int | None]
    ) -> Wake:
        """Wake it, and tell all who wait for the outcome."""
        self._errands[device_id] = errand
        wake: Wake | Exception = LookupError(device_id)
        try:
            wake = await self._go(errand, device_id, requested_by, job)
        except Exception as error:
            wake = error
            raise
        finally:
            del self._errands[device_id]
            for each in self._waiting.pop(device_id, []):
                each.callback(wake) if isinstance(wake, Wake) else each.errback(wake)
        return wake

    async def _go(
        self, errand: Errand, device_id: str, requested_by: str, job: Callable[[], int | None]
    ) -> Wake:
        subject = await self._targets.of(device_id)
        attempts = await self._attempt(errand, subject)
        best = min(attempts, key=lambda attempt: _TELLING.index(attempt.outcome))
        wake = Wake(
            self._store.new_id(),
            device_id,
            errand.began,
            max(0.0, round(self._seconds() - errand.began, 3)),
            best.method,
            best.outcome,
            _words(attempts, best),
            requested_by,
            job(),
            errand.session,
        )
        log.info(
            "{device}: woken by {method}: {outcome}{detail} ({seconds:.1f} s)",
            device=device_id,
            method=wake.method or "no way",
            outcome=wake.outcome.value,
            detail=f", {wake.detail}" if wake.detail else "",
            seconds=wake.seconds,
        )
        try:
            self._store.add_wake(wake)
        except StoreError as error:  # whoever waits is told all the same
            log.warn(
                "{device}: that it was woken is not noted: {reason}", device=device_id, reason=str(error)
            )
        self._told(wake)
        await self._learn(device_id, subject.waking, best)
        return wake

    async def _attempt(self, errand: Errand, subject: Subject) -> list[Attempt]:
        """What came of each way, one of which may have made the device call."""
        attempts: list[Attempt] = []
        patience = 0.0
        for way in self._possible(subject, errand.method, attempts):
            attempt = await errand.ask(way, subject.target)
            if attempt.outcome is WakeOutcome.ACCEPTED:
                patience = self._seconds() + PATIENCE
                if await errand.call(UNHEARD if way.method == UDP else PATIENCE):
                    attempt = replace(attempt, outcome=WakeOutcome.INFORMED)
            attempts.append(attempt)
            if errand.session is not None or not errand.left:
                break
        else:
            if await errand.call(patience - self._seconds()):
                attempts = [_has_called(attempt) for attempt in attempts]
        return attempts

    def _possible(self, subject: Subject, method: str, attempts: list[Attempt]) -> list[Way]:
        """The ways to try, in order; what keeps the others from it goes to the ``attempts``."""
        possible = []
        for name in self._order(subject) if method == AUTO else [method]:
            way = self._ways.get(name)
            reason = way.why_not(subject.target) if way is not None else f"{name} is not configured"
            if way is not None and not reason:
                possible.append(way)
            else:
                attempts.append(Attempt(name, WakeOutcome.IMPOSSIBLE, reason))
        return possible

    def _order(self, subject: Subject) -> list[str]:
        known = subject.known
        if XMPP in self._ways:
            known = replace(known, online=self._online(subject.target))
        return in_order(self._ways, known)

    async def _learn(self, device_id: str, waking: Waking | None, best: Attempt) -> None:
        """What has worked is tried first the next time; what the device had before is not needed any more."""
        if waking is None or best.outcome not in (WakeOutcome.INFORMED, WakeOutcome.ACCEPTED):
            return
        learnt = waking
        if best.outcome is WakeOutcome.INFORMED:
            learnt = replace(learnt, method=best.method)
        if best.pair is not None and best.pair.whose == "own":
            learnt = replace(learnt, previous_username="", previous_password="")
        if learnt == waking:
            return
        try:
            # Unless a session has given it others meanwhile.
            await self._store.put_waking_instead(device_id, waking, learnt)
        except StoreError as error:
            log.warn("{device}: what woke it is not noted: {reason}", device=device_id, reason=str(error))


def _has_called(attempt: Attempt) -> Attempt:
    """What came of a way that had been accepted, when the device has called late."""
    accepted = attempt.outcome is WakeOutcome.ACCEPTED
    return replace(attempt, outcome=WakeOutcome.INFORMED) if accepted else attempt


def _words(attempts: Sequence[Attempt], best: Attempt) -> str:
    """What to tell people: of the one that told most, and of those that came to nothing before it."""
    told = [best, *(each for each in attempts if each is not best)]
    several = len(told) > 1
    said = [f"{each.method}: {each.detail}" if several else each.detail for each in told if each.detail]
    return "; ".join(said)[:1000]
