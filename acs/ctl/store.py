"""The appliance's store, as a command that runs beside the appliance opens it."""

from __future__ import annotations

import importlib.readers  # noqa: F401  # while root still is root: its owner may not read all of Python
import os
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from acs.config import Config
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.ctl.running import in_reactor
from acs.store.building import store_at
from acs.store.interface import Store, StoreConflict, StoreError
from acs.store.places import files_of

T = TypeVar("T")


def with_store(config: Config, work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the configuration's store, which is made where there is none; do the work; close it.

    Raises `CommandFailed`.
    """

    async def run(reactor: Any) -> T:
        store = store_at(config.store.url, reactor, reactor, config.state_dir, guest=True)
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    with as_owner(config.state_dir), told_failures():
        return in_reactor(run)


def of_store(arguments: Namespace) -> Config:
    """The configuration, where there is a store; raises `CommandFailed` where one would have to be made."""
    config = configuration(arguments)
    for path in (config.state_dir / name for name in files_of(config.store.url)):
        if not path.exists():
            raise CommandFailed(f"there is no {path}: name the right configuration with -c")
    return config


@contextmanager
def told_failures() -> Iterator[None]:
    """Where the store fails, raise `CommandFailed`."""
    try:
        yield
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
