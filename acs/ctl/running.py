"""Runs what needs Twisted's reactor from a program that is otherwise plain.

That is the store and the simulator.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import react
from twisted.python.failure import Failure

from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.store.building import store_at
from acs.store.interface import Store, StoreConflict, StoreError

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


def with_store(arguments: Namespace, work: Callable[[Store], Awaitable[T]], make: bool = False) -> T:
    """Open the configuration's store, or ``make`` it where there is none; do the work; close it.

    Raises `CommandFailed`.
    """
    config = configuration(arguments)
    if not make and not config.state_dir.exists():
        raise CommandFailed(f"there is no {config.state_dir}: name the right configuration with -c")

    async def run(reactor: Any) -> T:
        store = store_at(config.store.url, reactor, reactor, config.state_dir, guest=True)
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        with as_owner(config.state_dir):
            return in_reactor(run)
    except StoreConflict as taken:
        raise CommandFailed(str(taken)) from taken
    except StoreError as error:
        raise CommandFailed(f"the store: {error}") from error


@contextmanager
def as_owner(directory: Path) -> Iterator[None]:
    """Where we are root, be the directory's owner meanwhile: the service could not open what root makes
    there."""
    if os.geteuid() != 0 or not directory.exists() or directory.stat().st_uid == 0:
        yield
        return
    owner, groups, group = directory.stat(), os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
