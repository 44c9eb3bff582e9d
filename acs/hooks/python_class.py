"""The operator's own class, found by its name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from acs.hooks.errors import BadHooks, HookFailed
from acs.hooks.interface import ARGUMENTS

KEY = "hooks.python"
THREADS = 8
MOST_UNDER_WAY = 1000
"""How many questions may be in threads, or wait for one: those that nobody waits for any more among them."""


def class_of(name: str) -> type[Any]:
    """The class called ``package.module:Class``; raises `BadHooks` where it is not there, or cannot be
    asked."""
    module, _, called = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), called)
    except Exception as error:  # the module is anybody's, and may raise what it likes
        raise BadHooks([(KEY, f"{name!r} cannot be had: {_words(error)}")]) from error
    if not inspect.isclass(found):
        raise BadHooks([(KEY, f"{name!r} is no class")])
    wrong = [f"{each}({', '.join(ARGUMENTS[each])})" for each in ARGUMENTS if not _fits(found, each)]
    if wrong:
        raise BadHooks([(KEY, f"{name!r} has a method that cannot be called as {wrong[0]}")])
    if not any(hasattr(found, each) for each in ARGUMENTS):
        raise BadHooks([(KEY, f"{name!r} has none of {', '.join(ARGUMENTS)}")])
    return found


def made(name: str) -> object:
    """An instance of that class; raises `BadHooks`."""
    found = class_of(name)
    try:
        return found()
    except Exception as error:
        raise BadHooks([(KEY, f"{name!r} cannot be made: {_words(error)}")]) from error


def _fits(found: type[Any], name: str) -> bool:
    """Whether the class has no method of this name, or one that takes its arguments."""
    method = getattr(found, name, None)
    if method is None:
        return True
    own = 0 if isinstance(inspect.getattr_static(found, name), (staticmethod, classmethod)) else 1
    try:
        inspect.signature(method).bind(*(None for _ in range(own + len(ARGUMENTS[name]))))
    except (TypeError, ValueError):
        return False
    return True


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class _Daemon(ThreadPool):
    """Threads that keep no process from ending, though what they call never returns."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment] # noqa: N815


class PythonHooks:
    """Asks an instance of the operator's class; it has those of the methods of `IHooks` that that has.

    Threads that hang are let go of when the process ends: what hangs would never come to its end.
    """

    name = "python"

    def __init__(self, reactor: Any, hooks: object) -> None:
        self._reactor = reactor
        self._hooks = hooks
        self._pool: ThreadPool | None = None
        self._under_way = 0
        for each in ARGUMENTS:
            if (method := getattr(hooks, each, None)) is not None:
                setattr(self, each, partial(self._in_thread, method) if self._blocks(method) else method)

    def _blocks(self, method: Callable[..., Any]) -> bool:
        return getattr(self._hooks, "threaded", False) is True and not inspect.iscoroutinefunction(method)

    def _in_thread(self, method: Callable[..., Any], *arguments: object) -> Deferred[Any]:
        if self._under_way >= MOST_UNDER_WAY:
            raise HookFailed("too many questions wait for a thread")
        if self._pool is None:
            self._pool = _Daemon(0, THREADS, name="hooks")
            self._pool.start()
        self._under_way += 1
        given_up: list[Failure] = []

        def work() -> Any:
            try:
                return None if given_up else method(*arguments)
            finally:
                self._reactor.callFromThread(self._done)

        def give_up(reason: Failure) -> Failure:
            given_up.append(reason)
            return reason

        return deferToThreadPool(self._reactor, self._pool, work).addErrback(give_up)

    def _done(self) -> None:
        self._under_way -= 1
