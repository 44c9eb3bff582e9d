"""Closes a store without waiting for ever for a database that says nothing."""

from __future__ import annotations

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from acs.store.interface import Store, StoreError


async def close_in_time(store: Store, clock: IReactorTime, seconds: float) -> str:
    """Write what is left; returns why that may not have been done within so many seconds, "" where it was."""
    ended: Deferred[str] = Deferred()
    late = clock.callLater(seconds, ended.callback, "the database does not answer")

    def end(why: str) -> None:
        if late.active():
            late.cancel()
            ended.callback(why)

    closing = ensureDeferred(store.close())
    closing.addCallbacks(lambda _: "", _why_not).addCallback(end)
    return await ended


def _why_not(reason: Failure) -> str:
    if not isinstance(reason.value, StoreError):
        reason.raiseException()
    return str(reason.value)
