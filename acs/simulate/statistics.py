"""What came of the sessions of a fleet: how many, how long, what went wrong, which RPCs were served."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from OpenSSL.SSL import Error as TLSError
from twisted.internet import error

from acs.cwmp.messages import AnyRequest, Message, name_of
from acs.hypertext.connection import AnswerTimeout
from acs.hypertext.responses import BadResponse
from acs.simulate.client import TooManyRedirects
from acs.simulate.cpe import SessionFailed
from acs.simulate.device import Device
from acs.simulate.habits import Habit
from acs.simulate.misbehaviour import Dropped
from acs.simulate.places import BadURL

#: What ends sessions, as it is counted; the first that fits.
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (Dropped, "cut by the device"),
    (AnswerTimeout, "no answer in time"),
    (BadResponse, "not HTTP"),
    (BadURL, "not a URL"),
    (TooManyRedirects, "too many redirects"),
    (error.ConnectionRefusedError, "connection refused"),
    (error.ConnectError, "no connection"),
    (error.DNSLookupError, "unknown host"),
    (error.ConnectionClosed, "connection lost"),
    (TLSError, "TLS"),
)
FAILURES: tuple[type[Exception], ...] = (SessionFailed, *(kind for kind, _ in _KINDS))
"""The ways in which sessions end early; anything else is a mistake of the simulator."""

INTERNAL = "mistakes of the simulator"
_STEP = 1.02
"""How finely times are told apart: by two per cent."""


def kind_of(failure: Exception) -> str:
    """What a failure is counted as."""
    if isinstance(failure, SessionFailed):
        return failure.kind
    return next((name for kind, name in _KINDS if isinstance(failure, kind)), INTERNAL)


class Durations:
    """Times in seconds, in as little memory as they are told apart by."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[math.floor(math.log(max(seconds, 1e-6), _STEP))] += 1
        self.longest = max(self.longest, seconds)

    def percentile(self, share: float) -> float:
        """The time that this share (0 to 1) of them did not exceed, to two per cent; 0 for none at all."""
        wanted = math.ceil(share * self._counts.total())
        for step in sorted(self._counts):
            wanted -= self._counts[step]
            if wanted <= 0:
                return min(_STEP ** (step + 1), self.longest)
        return 0.0


class Statistics:
    """The tally of a run; ``started`` by the clock that the run goes by."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.ended: float | None = None
        self.sessions = 0
        self.running = 0
        self.durations = Durations()
        self.errors: Counter[str] = Counter()
        self.misbehaved: Counter[str] = Counter()
        self.rpcs: Counter[str] = Counter()

    @property
    def failed(self) -> int:
        """Sessions that failed through no misbehaviour of the device."""
        return self.errors.total()

    def succeeded(self, seconds: float) -> None:
        """A session came to its end."""
        self.sessions += 1
        self.durations.add(seconds)

    def broke_off(self, kind: str, misbehaving: bool) -> None:
        """A session did not."""
        (self.misbehaved if misbehaving else self.errors)[kind] += 1

    def seconds(self, now: float) -> float:
        """How long the run has taken, or took."""
        return (now if self.ended is None else self.ended) - self.started

    def rate(self, now: float) -> float:
        """Sessions a second."""
        elapsed = self.seconds(now)
        return self.sessions / elapsed if elapsed > 0 else 0.0

    def as_json(self, now: float) -> dict[str, Any]:
        """All of it; times in seconds."""
        return {
            "seconds": round(self.seconds(now), 3),
            "sessions": self.sessions,
            "sessions_per_second": round(self.rate(now), 2),
            "session_seconds": {
                "p50": round(self.durations.percentile(0.5), 6),
                "p99": round(self.durations.percentile(0.99), 6),
                "max": round(self.durations.longest, 6),
            },
            "failed": self.failed,
            "errors": dict(self.errors.most_common()),
            "failed_by_misbehaviour": dict(self.misbehaved.most_common()),
            "rpcs": dict(self.rpcs.most_common()),
        }

    def as_text(self, now: float) -> str:
        """All of it, for people."""
        lines = [
            f"{self.sessions} sessions in {self.seconds(now):.1f} s: {self.rate(now):.1f}/s",
            f"session time: {self._times()}, longest {_milliseconds(self.durations.longest)}",
            f"failed: {self.failed}",
            *_listed(self.errors),
        ]
        if self.misbehaved:
            lines += [f"failed by misbehaviour: {self.misbehaved.total()}", *_listed(self.misbehaved)]
        if self.rpcs:
            lines += [f"RPCs served: {self.rpcs.total()}", *_listed(self.rpcs)]
        return "\n".join(lines)

    def line(self, now: float) -> str:
        """The state of a run in one line."""
        return (
            f"{self.seconds(now):.0f} s: {self.sessions} sessions, {self.rate(now):.1f}/s, "
            f"{self._times()}, {self.running} open, {self.failed} failed"
        )

    def _times(self) -> str:
        half, nearly_all = self.durations.percentile(0.5), self.durations.percentile(0.99)
        return f"p50 {_milliseconds(half)}, p99 {_milliseconds(nearly_all)}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _listed(counts: Counter[str]) -> list[str]:
    return [f"  {count:>8}  {name}" for name, count in counts.most_common()]


class Watch(Habit):
    """Counts the RPCs that devices are asked for."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        self._statistics.rpcs[name_of(request)] += 1
        return None
