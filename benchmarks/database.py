"""CPU of the database per periodic session, as a ratio to one txpostgres interaction each.

``python -m benchmarks.database [--rounds 7] [--sessions 1920] [--devices 1000]``.  It is that of client with
server.  Both have a PostgreSQL of their own, which waits for the disk with each commit.  What is given to
both is the same session, with the same conversation of four messages.

The baseline is txpostgres as its manual shows it: a pool of ten connections, for each session one
``runInteraction``, in it the device's row updated, a row for the session, one for its conversation.  The
conversation is JSON, compressed with Zstandard: that was twice as cheap as rows of text when both were tried.
Ten interactions are always under way.  What ours does is all that the appliance does with a session's end:
encode, compress, seal, quote, commit in groups, and then settle.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import zstandard
from twisted.internet import task
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.task import Cooperator
from txpostgres.txpostgres import ConnectionPool

from acs.store.building import networked_store
from acs.store.records import Exchange, Session
from acs.store.store import DurableStore
from benchmarks.processes import Postgres
from benchmarks.results import Result, tell
from benchmarks.store import GROUP, Fleet, fill, keep_groups, settle
from benchmarks.turns import print_rounds

CONNECTIONS = 10
SCHEMA = """
CREATE TABLE devices (id text PRIMARY KEY, last_inform double precision, client_ip text, informs integer);
CREATE TABLE sessions (id bigint PRIMARY KEY, device text REFERENCES devices, started double precision,
    ended double precision, client_ip text, events text, cwmp_version text, root_data_model text, result text,
    last_rpc text, bytes_in integer);
CREATE INDEX sessions_device ON sessions (device, started);
CREATE TABLE conversations (session bigint PRIMARY KEY REFERENCES sessions, content bytea);
"""
Kept = tuple[Session, list[Exchange]]


class Interactions:
    """The baseline."""

    def __init__(self, server: Postgres) -> None:
        name = server.cluster.new_database()
        self._pool = ConnectionPool(None, server.cluster.url(name), min=CONNECTIONS)
        self._compressor = zstandard.ZstdCompressor(level=1)

    async def open(self, fleet: Fleet) -> None:
        """Connect, and know the devices."""
        await self._pool.start()
        await self._pool.runOperation(SCHEMA)
        for device in fleet.devices:
            await self._pool.runOperation("INSERT INTO devices VALUES (%s, 0, '', 0)", (device.id,))

    def save(self, kept: Kept) -> Deferred[Any]:
        """Keep one session, in an interaction of its own."""
        result: Deferred[Any] = self._pool.runInteraction(
            lambda cursor: ensureDeferred(self._write(cursor, *kept))
        )
        return result

    async def _write(self, cursor: Any, s: Session, conversation: Sequence[Exchange]) -> None:
        await cursor.execute(
            "UPDATE devices SET last_inform = %s, client_ip = %s, informs = informs + 1 WHERE id = %s",
            (s.started, s.client_ip, s.device),
        )
        row = (s.id, s.device, s.started, s.ended, s.client_ip, s.events[0], s.cwmp_version)
        row = (*row, s.root_data_model, s.result.value, s.last_rpc, s.bytes_in)
        await cursor.execute(f"INSERT INTO sessions VALUES ({', '.join(['%s'] * len(row))})", row)
        said = [(e.time, e.direction, e.rpc, e.head.decode(), e.body.decode()) for e in conversation]
        content = self._compressor.compress(orjson.dumps(said))
        await cursor.execute("INSERT INTO conversations VALUES (%s, %s)", (s.id, content))

    def close(self) -> None:
        """Disconnect."""
        self._pool.close()


async def keep_each(reactor: Any, baseline: Interactions, sessions: Sequence[Kept]) -> None:
    """Keep sessions, ten at a time."""
    cooperator = Cooperator(scheduler=lambda work: reactor.callLater(0, work))
    works = map(baseline.save, sessions)
    await gatherResults([cooperator.coiterate(works) for _ in range(CONNECTIONS)])


async def measure(
    reactor: Any, arguments: argparse.Namespace, folder: Path, servers: Sequence[Postgres]
) -> None:
    """Both in turns, and the median of their ratios."""
    fleet = Fleet(arguments.devices)
    store = networked_store(reactor, reactor, folder, servers[1].url(), residents=arguments.devices)
    await store.open()
    await fill(store, fleet, 0)
    baseline = Interactions(servers[0])
    await baseline.open(fleet)
    found = []
    for number in range(arguments.rounds + 1):
        sessions = [fleet.session(store.new_id()) for _ in range(arguments.sessions)]
        theirs = await used(servers[0], partial(keep_each, reactor, baseline, sessions))
        ours = await keep_ours(store, fleet, servers[1], arguments.sessions)
        if number:
            found.append((theirs / arguments.sessions, ours / arguments.sessions))
    baseline.close()
    await store.close()
    print_rounds(("interactions", "store"), found)
    ratios = [ours / theirs for theirs, ours in found]
    name = "CPU of the database, client with server, per periodic session"
    tell(Result(name, "one txpostgres interaction per session", 0.10, ratios))


async def used(server: Postgres, work: Callable[[], Any]) -> float:
    """Microseconds of CPU of this process and of a server that some work takes."""
    began = time.process_time() + server.cpu()
    await work()
    return (time.process_time() + server.cpu() - began) * 1e6


async def keep_ours(store: DurableStore, fleet: Fleet, server: Postgres, sessions: int) -> float:
    """The same of the store for as many sessions, in groups, which are made meanwhile at nobody's cost."""
    groups = max(1, sessions // GROUP)
    before = server.cpu()
    process, _ = await keep_groups(store, fleet, groups)
    settling = await settle(store)
    return (process + settling / groups / GROUP) * sessions + (server.cpu() - before) * 1e6


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.database")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=30 * GROUP, help=f"a round; a multiple of {GROUP}")
    parser.add_argument("--devices", type=int, default=1000)
    arguments = parser.parse_args()
    servers = [Postgres(), Postgres()]
    try:
        with tempfile.TemporaryDirectory() as name:
            task.react(
                lambda reactor: ensureDeferred(measure(reactor, arguments, Path(name) / "store", servers))
            )
    finally:
        for server in servers:
            server.remove()


if __name__ == "__main__":
    main()
