"""The store is put together: on SQLite in one directory, or on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from acs.store.archive import Archive
from acs.store.compression import Compression, shipped_dictionaries
from acs.store.database import Clock, Database, Reactor
from acs.store.foundation import Parts
from acs.store.groups import GroupCommit
from acs.store.ids import Ids
from acs.store.postgresql.database import PostgresqlDatabase
from acs.store.residents import Residents
from acs.store.seal import Seal, secret_key
from acs.store.segments import Segments
from acs.store.settling import Settling
from acs.store.sqlite.database import SqliteDatabase
from acs.store.store import DurableStore
from acs.store.vault import Vault

RESIDENTS = 50_000

Random = Callable[[int], bytes]


def store_at(
    url: str,
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    *,
    guest: bool = False,
    random: Random = os.urandom,
    name: str = "",
    address: str = "",
) -> DurableStore:
    """The store that ``[store] url`` asks for, not opened yet.  Raises OSError, `StoreError`."""
    if url == "sqlite":
        return embedded_store(reactor, clock, state_dir, guest=guest, random=random)
    return networked_store(
        reactor, clock, state_dir, url, guest=guest, random=random, name=name, address=address
    )


def embedded_store(
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    *,
    residents: int = RESIDENTS,
    guest: bool = False,
    random: Random = os.urandom,
) -> DurableStore:
    """A store in ``state_dir``, not opened yet: ``acs.sqlite``, ``archive/`` and ``secret.key``, made where
    missing.

    At most ``residents`` devices are held in memory, beside those in use; ``guest`` is for a process that
    comes beside the appliance.  Raises OSError, `StoreError`.
    """
    seal = _seal(state_dir, random)
    segments = Segments(state_dir / "archive", clock.seconds)
    database = SqliteDatabase(reactor, state_dir / "acs.sqlite", alone=not guest)
    groups = GroupCommit(database, clock, before=segments.flush)
    parts = _parts(reactor, clock, database, groups, seal, segments, residents)
    return DurableStore(parts, guest)


def networked_store(
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    url: str,
    *,
    residents: int = RESIDENTS,
    guest: bool = False,
    random: Random = os.urandom,
    name: str = "",
    address: str = "",
) -> DurableStore:
    """A store in the PostgreSQL database at ``url``, not opened yet; ``state_dir`` has ``secret.key`` alone.

    All conversations lie in the database, where every node finds them.  ``name`` and ``address`` are those of
    this node (`acs.store.database.Membership`).  The rest as with `embedded_store`.
    """
    seal = _seal(state_dir, random)
    database = PostgresqlDatabase(reactor, clock, url)
    groups = GroupCommit(database, clock)
    parts = _parts(reactor, clock, database, groups, seal, None, residents)
    return DurableStore(parts, guest, name, address)


def _seal(state_dir: Path, random: Random) -> Seal:
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Seal(secret_key(state_dir / "secret.key", random), random)


def _parts(
    reactor: Reactor,
    clock: Clock,
    database: Database,
    groups: GroupCommit,
    seal: Seal,
    segments: Segments | None,
    residents: int,
) -> Parts:
    vault = Vault(seal, Compression(shipped_dictionaries()))
    memory = Residents(residents)
    return Parts(
        reactor=reactor,
        clock=clock,
        database=database,
        groups=groups,
        ids=Ids(clock.seconds),
        vault=vault,
        archive=Archive(vault, segments),
        residents=memory,
        settling=Settling(groups, clock, memory),
        sign=lambda content: seal.derive("cursor", content),
    )
