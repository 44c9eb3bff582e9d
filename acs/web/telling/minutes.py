"""What the processes of a machine have done, minute by minute, for as long as a plot is wide."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from acs.web.telling.numbers import Numbers

KEPT = 180
"""How many minutes are kept."""
MINUTE = 60.0


class Minute(Struct, frozen=True):
    """A minute that ended at ``time``: what was done in it; ``open`` sessions there were at its end."""

    time: float
    success: int
    failed: int
    refused: int
    informs: int
    open: int


class Minutes:
    """Remembers; ``numbers`` tells what each process has done since it began."""

    def __init__(self, numbers: Callable[[], Iterable[Numbers]]) -> None:
        self._numbers = numbers
        self._before: Mapping[str, float] | None = None
        self._kept: deque[Minute] = deque(maxlen=KEPT)

    @property
    def kept(self) -> Sequence[Minute]:
        """Those that are kept, the oldest first."""
        return tuple(self._kept)

    def note(self, now: float) -> None:
        """A minute is over."""
        sums = _sums(self._numbers())
        before, self._before = self._before, sums
        if before is None:
            return
        # Less than before: a process has begun anew, and counts from nothing.
        done = {name: int(max(0.0, count - before.get(name, 0.0))) for name, count in sums.items()}
        self._kept.append(
            Minute(
                now,
                done.get("success", 0),
                done.get("failed", 0),
                done.get("refused", 0),
                done.get("informs", 0),
                int(sums.get("open", 0)),
            )
        )


def _sums(processes: Iterable[Numbers]) -> dict[str, float]:
    """What all processes have done together: sessions by result, Informs, how many are open."""
    sums: dict[str, float] = defaultdict(float)
    for numbers in processes:
        for (result,), number in numbers.samples.get("sessions", ()):
            sums[result] += number
        sums["informs"] += sum(
            n for labels, n in numbers.samples.get("rpcs", ()) if labels == ["in", "Inform"]
        )
        sums["open"] += sum(number for _, number in numbers.samples.get("open", ()))
    return sums
