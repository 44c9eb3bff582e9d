"""Works that are measured in turns, so that a machine whose speed drifts drifts for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.processes import Server

SETTLED = 0.2
"""Seconds until what a burst has left behind is done."""

Turn = Callable[[], float]
"""Does some work and says what it came to."""


def in_turns(rounds: int, *turns: Turn) -> list[tuple[float, ...]]:
    """What each came to in each of the rounds, behind one that warms up."""
    found = [tuple(turn() for turn in turns) for _ in range(rounds + 1)]
    return found[1:]


def cpu_per(server: Server, sessions: int, work: Callable[[], object]) -> float:
    """Microseconds of a server's CPU for each of the sessions that some work holds with it."""
    before = server.cpu()
    work()
    time.sleep(SETTLED)
    return (server.cpu() - before) / sessions * 1e6


def print_rounds(names: Sequence[str], found: Sequence[Sequence[float]]) -> None:
    """All of them, in microseconds."""
    print(f"{'round':>5} " + " ".join(f"{name:>12}" for name in names))
    for number, figures in enumerate(found, 1):
        print(f"{number:>5} " + " ".join(f"{figure:>9.0f} us" for figure in figures), flush=True)
