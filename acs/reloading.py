"""Takes what has changed on disk into the running appliance: all, or nothing where anything is wrong."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from twisted.internet.defer import DeferredLock, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

C = TypeVar("C")

log = Logger()


class Refusal(NamedTuple):
    """One thing that is wrong: its key in the configuration, and why."""

    key: str
    reason: str


class ReloadRefused(Exception):
    """Nothing was reloaded; ``reasons`` has all that is wrong."""

    def __init__(self, reasons: Iterable[Refusal]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(f"{each.key}: {each.reason}" for each in self.reasons))


class Reloaded(NamedTuple):
    """``keys``: what was read anew; ``restart``: what has changed too, and needs a restart."""

    keys: tuple[str, ...]
    restart: tuple[str, ...]


class Change(NamedTuple):
    """Something that was read anew and is ready: the table or key of the configuration that it is, and what
    makes it so."""

    key: str
    apply: Callable[[], None]


Part = Callable[[C], Iterable[Change]]
"""What can change: reads what a new configuration names, or raises `ReloadRefused`.  It may block."""


class Reloading(Generic[C]):
    """One kind of change is one part; none is applied before all are ready.

    :param running: the configuration that the appliance started with.
    :param read: reads it anew, or raises `ReloadRefused`; it may block.
    :param differing: the keys that two configurations have differently.
    :param in_thread: calls a function with arguments in a thread.
    :param passed_on: told when it is done, for other processes of the appliance to do the same.
    """

    def __init__(
        self,
        running: C,
        read: Callable[[], C],
        parts: Sequence[Part[C]],
        differing: Callable[[C, C], Iterable[str]],
        in_thread: Callable[..., Awaitable[Any]],
        passed_on: Callable[[], None],
    ) -> None:
        self._running = running
        self._read = read
        self._parts = parts
        self._differing = differing
        self._in_thread = in_thread
        self._passed_on = passed_on
        self._lock = DeferredLock()

    async def reload(self) -> Reloaded:
        """Do it, after any that is under way; raises `ReloadRefused`.  Either is in the log."""
        await self._lock.acquire()
        try:
            reloaded = await self._reload()
        except ReloadRefused as refused:
            for each in refused.reasons:
                log.error("nothing is reloaded: {key}: {reason}", key=each.key, reason=each.reason)
            raise
        finally:
            self._lock.release()
        log.info("reloaded: {keys}", keys=", ".join(reloaded.keys) or "nothing, as nothing can be")
        if reloaded.restart:
            log.warn("changed, and needs a restart: {keys}", keys=", ".join(reloaded.restart))
        return reloaded

    async def _reload(self) -> Reloaded:
        fresh: C = await self._in_thread(self._read)
        changes: list[Change] = await self._in_thread(self._prepared, fresh)
        for change in changes:
            change.apply()
        self._passed_on()
        keys = tuple(change.key for change in changes)
        restart = (key for key in self._differing(self._running, fresh) if not _within(key, keys))
        return Reloaded(keys, tuple(restart))

    def _prepared(self, fresh: C) -> list[Change]:
        """What all parts have ready; raises `ReloadRefused` with what is wrong with any of them."""
        changes: list[Change] = []
        reasons: list[Refusal] = []
        for part in self._parts:
            try:
                changes += part(fresh)
            except ReloadRefused as refused:
                reasons += refused.reasons
        if reasons:
            raise ReloadRefused(reasons)
        return changes


class Hangup:
    """SIGHUP, which has the appliance reload."""

    def __init__(self, reactor: Any, reloading: Reloading[Any]) -> None:
        self._reactor = reactor
        self._reload = reloading.reload
        self._before: Any = signal.SIG_DFL

    def listen(self) -> None:
        """Reload whenever it comes."""
        self._before = signal.signal(signal.SIGHUP, self._came)

    def stop(self) -> None:
        """Let it do what it did before."""
        signal.signal(signal.SIGHUP, self._before)

    def _came(self, *_: Any) -> None:
        # Between any two instructions: what there is to do is the reactor's.
        self._reactor.callFromThread(self._begin)

    def _begin(self) -> None:
        ensureDeferred(self._reload()).addErrback(_unless_refused)


def _unless_refused(reason: Failure) -> None:
    """A refusal is in the log already."""
    if not isinstance(reason.value, ReloadRefused):
        log.failure("cannot reload", reason)


def _within(key: str, tables: Iterable[str]) -> bool:
    return any(key == table or key.startswith(table + ".") for table in tables)
