"""The store is put together: on SQLite in one directory, or on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from acs.store.archive import Archive
from acs.store.compression import Compression, shipped_dictionaries
from acs.store.database import Clock, Database, Reactor
from acs.store.folders import make_folder
from acs.store.foundation import Parts
from acs.store.groups import GroupCommit
from acs.store.ids import Ids
from acs.store.places import DATABASE_FILE, KEY_FILE, is_shared
from acs.store.residents import Residents
from acs.store.seal import Seal, secret_key
from acs.store.segments import Segments
from acs.store.settling import Settling
from acs.store.sqlite.database import SqliteDatabase
from acs.store.store import DurableStore
from acs.store.vault import Vault
from acs.store.weighing import Weighing

RESIDENTS = 200_000

Random = Callable[[int], bytes]


def store_at(
    url: str,
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    *,
    residents: int = RESIDENTS,
    guest: bool = False,
    random: Random = os.urandom,
    name: str = "",
    address: str = "",
) -> DurableStore:
    """The store that ``[store] url`` asks for, not opened yet.  Raises OSError, `StoreError`."""
    if not is_shared(url):
        return embedded_store(reactor, clock, state_dir, residents=residents, guest=guest, random=random)
    return networked_store(
        reactor,
        clock,
        state_dir,
        url,
        residents=residents,
        guest=guest,
        random=random,
        name=name,
        address=address,
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
    premises = _embedded(reactor, clock, state_dir, guest, random)
    groups = GroupCommit(premises.database, clock, before=premises.archive.flush)
    return DurableStore(_parts(reactor, clock, premises, groups, residents), guest)


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
    premises = _networked(reactor, clock, state_dir, url, random)
    groups = GroupCommit(premises.database, clock)
    return DurableStore(_parts(reactor, clock, premises, groups, residents), guest, name, address)


@dataclass(frozen=True, slots=True)
class Premises:
    """Where a store lives: its database (to be opened), what has its key, and the archive of its
    conversations."""

    reactor: Reactor
    database: Database
    vault: Vault
    archive: Archive


def premises_at(
    url: str,
    reactor: Reactor,
    clock: Clock,
    state_dir: Path,
    *,
    guest: bool,
    random: Random = os.urandom,
) -> Premises:
    """Where the store lives that ``[store] url`` asks for, made as `store_at` would; raises OSError,
    `StoreError`."""
    if not is_shared(url):
        return _embedded(reactor, clock, state_dir, guest, random)
    return _networked(reactor, clock, state_dir, url, random)


def _embedded(reactor: Reactor, clock: Clock, state_dir: Path, guest: bool, random: Random) -> Premises:
    vault = _vault(state_dir, random)
    database = SqliteDatabase(reactor, state_dir / DATABASE_FILE, alone=not guest)
    return _premises(reactor, database, vault, Segments(state_dir / "archive", clock.seconds))


def _networked(reactor: Reactor, clock: Clock, state_dir: Path, url: str, random: Random) -> Premises:
    from acs.store.postgresql.database import PostgresqlDatabase

    return _premises(reactor, PostgresqlDatabase(reactor, clock, url), _vault(state_dir, random), None)


def _premises(reactor: Reactor, database: Database, vault: Vault, segments: Segments | None) -> Premises:
    return Premises(reactor, database, vault, Archive(vault, segments))


def vault_of(seal: Seal) -> Vault:
    """A vault under this seal, with the dictionaries of this release."""
    return Vault(seal, Compression(shipped_dictionaries()))


def _vault(state_dir: Path, random: Random) -> Vault:
    make_folder(state_dir)
    return vault_of(Seal(secret_key(state_dir / KEY_FILE, random), random))


def _parts(reactor: Reactor, clock: Clock, premises: Premises, groups: GroupCommit, residents: int) -> Parts:
    memory = Residents(residents)
    return Parts(
        reactor=reactor,
        clock=clock,
        database=premises.database,
        groups=groups,
        ids=Ids(clock.seconds),
        vault=premises.vault,
        archive=premises.archive,
        residents=memory,
        settling=Settling(groups, clock, memory),
        weighing=Weighing(groups, clock),
        sign=lambda content: premises.vault.derive("cursor", content),
    )
