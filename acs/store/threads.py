"""Blocking calls, off the reactor's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from acs.store.database import Reactor

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(reactor: Reactor, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> Deferred[T]:
    """Fires with the result of a blocking call, carried out in a thread of the reactor's pool."""
    # deferToThreadPool declares the reactor's whole interface, and uses callFromThread.
    return deferToThreadPool(cast(Any, reactor), reactor.getThreadPool(), work, *args, **more)
