"""The store on SQLite, in one directory: what an appliance has without any configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from acs.store.archive import Archive
from acs.store.compression import Compression, shipped_dictionaries
from acs.store.database import Clock, Reactor
from acs.store.foundation import Parts
from acs.store.groups import GroupCommit
from acs.store.ids import Ids
from acs.store.residents import Residents
from acs.store.seal import Seal, secret_key
from acs.store.segments import Segments
from acs.store.settling import Settling
from acs.store.sqlite import SqliteDatabase
from acs.store.store import DurableStore
from acs.store.vault import Vault

RESIDENTS = 50_000


def embedded_store(
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    *,
    residents: int = RESIDENTS,
    node: int = 0,
    guest: bool = False,
    random: Callable[[int], bytes] = os.urandom,
) -> DurableStore:
    """A store in ``state_dir``, not opened yet: ``acs.sqlite``, ``archive/`` and ``secret.key``, made where
    missing.

    At most ``residents`` devices are held in memory, beside those in use.  ``node`` is 0 to 255, another one
    for each process on one database; ``guest`` is for one that comes beside the appliance.  Raises OSError,
    `StoreError`.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal = Seal(secret_key(state_dir / "secret.key", random), random)
    vault = Vault(seal, Compression(shipped_dictionaries()))
    segments = Segments(state_dir / "archive", clock.seconds)
    database = SqliteDatabase(reactor, state_dir / "acs.sqlite", alone=not guest)
    groups = GroupCommit(database, clock, before=segments.flush)
    ids = Ids(clock.seconds, node)
    memory = Residents(residents)
    parts = Parts(
        reactor=reactor,
        clock=clock,
        database=database,
        groups=groups,
        ids=ids,
        vault=vault,
        archive=Archive(vault, segments),
        residents=memory,
        settling=Settling(groups, clock, memory),
        sign=lambda content: seal.derive("cursor", content),
    )
    return DurableStore(parts, node, guest)
