"""The numbers of one process, which tell what it has done since it began.

They are plain counts, which other processes are told as JSON; `acs.web.telling.metrics` writes them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from acs.cwmp.rpcs import BY_NAME
from acs.session.sessions import Sessions
from acs.store.interface import Store
from acs.store.records import Exchange, Session
from acs.store.records.wakes import Wake
from acs.store.verbs.measured import Durations

SESSIONS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Bounds of how long a session takes, in seconds."""

NO_WAY = "none"
"""The method where there was no way to call a device."""
OTHER = "other"
"""What stands for names that anybody may have made up."""

Samples: TypeAlias = list[tuple[list[str], float]]
"""Values, each with those of its labels."""


class Buckets(Struct):
    """How often something took how long, as of `Durations`."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float


class Numbers(Struct):
    """A process's numbers by the names of `acs.web.telling.metrics`."""

    samples: dict[str, Samples] = field(default_factory=dict)
    buckets: dict[str, Buckets] = field(default_factory=dict)


class Tally:
    """Counts what this process does."""

    def __init__(self, store: Store, messages: Mapping[str, int]) -> None:
        self._store = store
        self._messages = messages
        self._sessions: Sessions | None = None
        self._results: Counter[str] = Counter()
        self._durations = Durations(SESSIONS)
        self._rpcs: Counter[tuple[str, str]] = Counter()
        self._faults: Counter[tuple[str, str]] = Counter()
        self._wakes: Counter[tuple[str, str]] = Counter()
        self._received = self._sent = 0

    def watch(self, sessions: Sessions) -> None:
        """Tell of these sessions, too, how many are open."""
        self._sessions = sessions

    def session_ended(self, session: Session, exchanges: Sequence[Exchange]) -> None:
        """A session is over."""
        self._results[session.result] += 1
        if session.ended is not None:
            self._durations.note(session.ended - session.started)
        self._received += session.bytes_in
        self._sent += session.bytes_out
        self._count(exchanges)

    def woken(self, wake: Wake) -> None:
        """A device was asked to call."""
        self._wakes[wake.method or NO_WAY, wake.outcome] += 1

    def _count(self, exchanges: Sequence[Exchange]) -> None:
        """Each RPC by who has asked for it, and each that was answered by a fault by who has answered so."""
        for exchange in exchanges:
            name = exchange.rpc
            if name in BY_NAME:
                self._rpcs[exchange.direction, name] += 1
            elif name == "Fault":
                asked = exchanges[exchange.answers - 1].rpc if exchange.answers else ""
                self._faults[exchange.direction, asked if asked in BY_NAME else OTHER] += 1
            elif name and not name.endswith("Response"):
                self._rpcs[exchange.direction, OTHER] += 1

    def numbers(self) -> Numbers:
        """What there is by now."""
        measured = self._store.measured
        samples: dict[str, Samples] = {
            "sessions": _by_label(self._results),
            "rpcs": _by_labels(self._rpcs),
            "faults": _by_labels(self._faults),
            "wakes": _by_labels(self._wakes),
            "received": [([], self._received)],
            "sent": [([], self._sent)],
            "jobs": _by_label(measured.jobs),
            "messages": _by_label(self._messages),
            "available": [([], float(self._store.available))],
        }
        if self._sessions is not None:
            samples["open"] = [([], len(self._sessions))]
            samples["sessions"].append((["refused"], self._sessions.refusals))
        buckets = {"durations": _buckets(self._durations), "commits": _buckets(measured.commits)}
        return Numbers(samples, buckets)


def _by_label(counted: Mapping[str, int]) -> Samples:
    return [([name], count) for name, count in counted.items()]


def _by_labels(counted: Mapping[tuple[str, str], int]) -> Samples:
    return [(list(names), count) for names, count in counted.items()]


def _buckets(durations: Durations) -> Buckets:
    return Buckets(durations.bounds, durations.counts, durations.total)
