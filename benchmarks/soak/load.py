"""The load, in a process of its own: a line of JSON for each window of time.

``python -m benchmarks.soak.load JSON``: the fields of `Plan`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.loop import PATIENCE, Loop, Talk
from benchmarks.soak.open_loop import OpenLoop, Window
from benchmarks.soak.talks import Session, router
from benchmarks.soak.work import TIMED, Place, Work, known_devices

_AT_ONCE = 16
_MOST_GUESTS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the appliance is, and what it is to bear: ``every`` is a window, in seconds."""

    port: int
    console: int
    token: str
    image_size: int
    known: int
    piece: int
    rate: float
    seconds: float
    every: float

    @property
    def guests(self) -> int:
        """How many new devices stay: as many as come in a twentieth of the time, so that no more come than
        go once it has warmed up."""
        return max(1, min(_MOST_GUESTS, int(self.rate * self.seconds / 100 / 20)))


class Load:
    """All of it, from the beginning to the end."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._loop = OpenLoop(TIMED)
        self._steps = router(self._loop.listen(lambda path: self._work.ring(path)))
        place = Place(plan.port, plan.console, plan.token, plan.image_size)
        self._work = Work(self._loop, place, self._steps, plan.known, plan.guests, plan.piece)
        self._began = 0.0
        self._window_began = 0.0

    def warm_up(self) -> tuple[float, int]:
        """Each device calls once, as fast as they are served: how long that took, and how often it failed."""
        serials, began = [who.SerialNumber for who in known_devices(self._plan.known)], time.perf_counter()

        def talk_of(number: int) -> tuple[int, Talk]:
            return number, _well(Session(self._steps, serials[number], (("1 BOOT", ""),)))

        tally = Loop(self._plan.port, talk_of, len(serials)).run(_AT_ONCE)
        return time.perf_counter() - began, tally.errors

    def run(self) -> Iterator[dict[str, object]]:
        """Begin each when it is due; what was done in each window, and last what came after."""
        plan, begun = self._plan, 0
        self._began = self._window_began = time.perf_counter()
        end, due, window = self._began + plan.seconds, self._began, self._began + plan.every
        while (now := time.perf_counter()) < end:
            while due <= now:
                self._work.begin(begun, due)
                begun += 1
                due = self._began + begun / plan.rate
            self._loop.turn(min(due, window))
            self._work.look()
            if now >= window:
                window += plan.every
                yield self._told()
        if end - self._window_began > plan.every / 2:
            yield self._told()
        until = time.perf_counter() + PATIENCE
        while not (self._loop.idle and not self._work.awaits) and time.perf_counter() < until:
            self._loop.turn(until)
            self._work.look()
        yield self._told() | {"tail": True}

    def _told(self) -> dict[str, object]:
        window, self._loop.window = self._loop.window, Window()
        now, began = time.perf_counter(), self._window_began
        self._window_began = now
        return {
            "at": now - self._began,
            "seconds": now - began,
            "done": window.done,
            "lost": window.lost,
            "held": window.held,
            "late": window.late,
            "times": window.times.as_json(),
            "steady": window.steady.as_json(),
        }


def _well(session: Session) -> Talk:
    wrong = yield from session.talk()
    return not wrong


def main(plan: str) -> None:
    """Warm up, then run."""
    load = Load(Plan(**json.loads(plan)))
    seconds, failed = load.warm_up()
    print(json.dumps({"warm": seconds, "failed": failed}), flush=True)
    for window in load.run():
        print(json.dumps(window), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
