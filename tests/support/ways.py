"""What is done in a fast way, and the readable way of each, which must accept, record and keep the same.

A way is off where ACS_TESTS_WITHOUT names it (``habits,groups``, or ``all``): what takes its place is put
there once, when the processes of the tests begin, in those that are forked for them, too.  A Python that is
started from nothing (``ApplianceProcess.fresh``, the workers of an appliance with several) has all of them
on, as an operator's.

``python -m tests.support.ways JOBS [NAME ...]`` runs trial over what a way is in, with that one off, and so
for each of them where none is named.  ``all`` takes what a device meets from its socket to the disk, with all
of them off.

Three things have no other way, as they are how it works: one timer for all sessions that may come to their
end, indexes that are filled when sessions are settled, and devices in memory, of which the store's own tests
have room for two (`tests.store.contract.memory`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

import acs.service
from acs.configuration import secrecy
from acs.cwmp import envelope, repeated, versions
from acs.cwmp.envelope import Plans
from acs.cwmp.memo import Memo
from acs.cwmp.messages import Inform
from acs.http import briefly, envelopes, listening, messages, plain, usual
from acs.http.connection import Connection
from acs.http.entrance import Entrance
from acs.http.handshakes import Secured
from acs.http.messages import Request
from acs.http.usual import UsualHeads
from acs.quirks import rules
from acs.randomness import Pool
from acs.session import jobs, sources
from acs.session.credentials import Kind
from acs.session.routine import Routines
from acs.store import building, data_models, database, groups, kinds, manners, parameters, sessions, shapes
from acs.store.compression import Compression
from acs.store.database import Row, Statement, Table
from acs.store.dialect import Dialect
from acs.store.parameters import Parameters
from acs.store.postgresql import link, many, transactions
from acs.store.remembered import Remembered
from acs.store.transfer import importing
from acs.web.telling import census
from tests import ROOT, WITHOUT
from tests.support.singly import Singly

CACHED = (
    (versions, "_from_namespace"),
    (envelopes, "_charset"),
    (secrecy, "_ends_secret"),
    (sources, "_network"),
    (jobs, "_written_request"),
    (rules, "_compiled"),
    (database, "_insert"),
    (shapes, "_words"),
    (shapes, "tuple_of"),
    (link, "placeholders"),
    (transactions, "_has_rows"),
)
"""What is worked out once for each of its arguments, as long as they are of use."""

_SESSIONS = ("tests.session",)
_READING = ("tests.cwmp", "tests.quirks", "tests.session")
_KEEPING = ("tests.store", "tests.session")
_ON_SOCKETS = (
    "tests.http",
    "tests.test_appliance",
    "tests.test_sloppy_devices",
    "tests.test_hostile_clients",
)


@dataclass(frozen=True, slots=True)
class Way:
    """A fast way: what is done ``instead``, what has that done from now on, the tests of what it is in."""

    instead: str
    switch: Callable[[], None]
    tests: tuple[str, ...]


class Anew(Remembered[Any]):
    """Finds whatever it is asked for."""

    async def get(self) -> Any:
        """What there is."""
        return await self._find()


def _unusual() -> None:
    envelope._PLANS.habits = Plans(often=float("inf")).habits


def _unrepeated() -> None:
    wants = envelope._PLANS.wants
    envelope._PLANS.wants = lambda key: not key.startswith(repeated._UNSAID) and wants(key)  # type: ignore[method-assign]


def _parsed() -> None:
    envelope._PLANS.wants = lambda key: False  # type: ignore[method-assign]


def _row_by_row() -> None:
    def appending(table: Table, rows: Sequence[Row]) -> Iterator[Statement]:
        for row in rows:
            yield from groups.appending(table, [row])

    for module in (parameters, data_models, importing):
        module.appending = appending  # type: ignore[attr-defined]


def _found_anew() -> None:
    for module in (census, kinds):
        module.Remembered = Anew  # type: ignore[attr-defined]


def _one_at_a_time(self: Compression, pieces: Iterable[bytes]) -> list[bytes]:
    return [_PACK(self, [piece])[0] for piece in pieces]


_PACK = Compression.pack_all


class Untrained(Compression):
    """Packs without a dictionary; unpacks what was packed with one."""

    def pack_with(self, number: int) -> None:
        """Without it."""
        super().pack_with(0)


def _waits(self: Entrance, request: Request, connection: Connection, inform: Inform) -> Deferred[Kind]:
    if self._guesses:
        self._guesses.check(connection.client_ip, inform.DeviceId.key, self._now())
    return maybeDeferred(self._authentication.admit, request, connection, inform)


def _nothing(*_: object) -> None:
    """Is not done."""


def _tls_by_twisted() -> None:
    ours = listening.take_over
    listening.take_over = lambda reactor, port, factory: (
        port if isinstance(factory, Secured) else ours(reactor, port, factory)
    )


def _uncached() -> None:
    for module, name in CACHED:
        known = getattr(module, name)
        for each in [module, *(each for key, each in sys.modules.items() if key.startswith("acs."))]:
            for key in [key for key, value in vars(each).items() if value is known]:
                setattr(each, key, getattr(known, "__wrapped__", known))


_HEAD_ANEW = messages.head_of.__wrapped__


def _heads_anew() -> None:
    for module in (messages, briefly):
        module.head_of = _HEAD_ANEW  # type: ignore[attr-defined]


def _has(module: ModuleType | type[object], name: str, other: Any) -> Callable[[], None]:
    """What makes a module's or a class's name stand for something else."""
    return partial(setattr, module, name, other)


WAYS: Mapping[str, Way] = {
    "routine": Way(
        "each session is led by the script",
        _has(Routines, "recognise", lambda self, *which: None),
        (*_SESSIONS, "tests.test_appliance", "tests.web.test_events"),
    ),
    "habits": Way("no document is compared with what its like usually say", _unusual, _READING),
    "repeated": Way("long answers are read whole", _unrepeated, _READING),
    "plans": Way("each document is parsed", _parsed, _READING),
    "unsaid": Way(
        "messages without arguments are written anew", _has(envelope, "_unsaid", lambda cls: None), _READING
    ),
    "transport": Way(
        "Twisted's transports", _has(listening, "take_over", lambda reactor, port, factory: port), _ON_SOCKETS
    ),
    "together": Way(
        "each connection is read, answered and sent to alone", _has(plain, "EVENTS", 1), _ON_SOCKETS
    ),
    "tls": Way(
        "Twisted's TLS, in memory", _tls_by_twisted, ("tests.http", "tests.test_tls", "tests.test_reloading")
    ),
    "heads": Way("the head of each request is read", _has(usual, "LONGEST", -1), (*_ON_SOCKETS, *_SESSIONS)),
    "whole": Way(
        "each request goes through a reader",
        _has(UsualHeads, "whole", lambda self, data: None),  # type: ignore[arg-type]
        (*_ON_SOCKETS, *_SESSIONS),
    ),
    "answers": Way(
        "the head of each response is written",
        _heads_anew,
        ("tests.http", *_SESSIONS),
    ),
    "admission": Way(
        "who shows credentials waits to be admitted",
        _has(Entrance, "admit", _waits),
        ("tests.http", "tests.test_authentication"),
    ),
    "parameters": Way(
        "parameters are opened each time", _has(parameters, "Memo", partial(Memo, 0)), _KEEPING
    ),
    "standing": Way(
        "what is on disk as it is in memory is asked for again",
        _has(Parameters, "_stands", _nothing),
        _KEEPING,
    ),
    "words": Way(
        "words to search by are compared at each change",
        _has(parameters, "tells_words", lambda name: True),
        _KEEPING,
    ),
    "groups": Way("each unit has a commit", _has(building, "GroupCommit", Singly), _KEEPING),
    "rows": Way("each row has a statement", _row_by_row, _KEEPING),
    "manners": Way("each session's row says all of it", _has(manners, "OFTEN", float("inf")), _KEEPING),
    "many": Way("PostgreSQL is given each value by itself", _has(many, "FEW", float("inf")), _KEEPING),
    "trips": Way(
        "each statement has a round trip to PostgreSQL", _has(transactions, "_LONGEST", 0), ("tests.store",)
    ),
    "dictionaries": Way(
        "compression without a trained dictionary",
        _has(building, "Compression", Untrained),
        _KEEPING,
    ),
    "learnt": Way(
        "compression with the shipped dictionary alone",
        _has(Dialect, "_pack_with", _nothing),
        ("tests.store", "tests.test_housekeeping"),
    ),
    "packing": Way(
        "each conversation is compressed by itself", _has(Compression, "pack_all", _one_at_a_time), _KEEPING
    ),
    "room": Way(
        "each long conversation is written into memory of its own",
        _has(sessions, "LONG", sys.maxsize),
        _KEEPING,
    ),
    "counts": Way(
        "what was counted a moment ago is counted anew",
        _found_anew,
        ("tests.store", "tests.web.test_metrics"),
    ),
    "chance": Way(
        "random bytes are asked for when wanted",
        _has(acs.service, "Pool", partial(Pool, size=0)),
        ("tests.test_appliance",),
    ),
    "cached": Way("what small functions have worked out they work out again", _uncached, _SESSIONS),
}
"""Each of them by its name."""

ALL = (
    "tests.cwmp",
    "tests.http",
    "tests.session.test_sessions",
    "tests.session.test_jobs",
    "tests.session.test_configure",
    "tests.session.test_reading",
    "tests.session.test_captures",
    "tests.session.test_any_order",
    "tests.store.test_sqlite",
    "tests.store.test_sqlite_contract",
    "tests.store.test_crash",
    "tests.store.test_archive",
    "tests.test_appliance",
    "tests.test_sloppy_devices",
    "tests.test_ways",
)
"""What runs with all of them off: what a device says from the socket to the disk, what the store promises,
kill -9."""


def switch(names: Iterable[str]) -> None:
    """Have these be off from now on, in this process and in those that it forks."""
    wanted = frozenset(names)
    if unknown := wanted - WAYS.keys():
        raise ValueError(f"no fast ways: {', '.join(sorted(unknown))}")
    for name, way in WAYS.items():
        if name in wanted:
            way.switch()


def main(names: Iterable[str], jobs: str) -> int:
    """Run the tests with each of these off; 1 if any of them failed."""
    return max([_run(name, jobs) for name in names or WAYS])


def _run(name: str, jobs: str) -> int:
    tests = ALL if name == "all" else WAYS[name].tests
    print(f"== without {name}: {' '.join(tests)}", flush=True)
    trial = [sys.executable, "-m", "twisted.trial", "--reporter=text", f"--jobs={jobs}", *tests]
    environment = {**os.environ, WITHOUT: name, "PYTHONPATH": str(ROOT)}
    return min(subprocess.run(trial, cwd=ROOT, env=environment, check=False).returncode, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], sys.argv[1]))
