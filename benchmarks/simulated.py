"""Devices of the project's own simulator, which call an appliance on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acs.simulate.fleet import Fleet, Plan
from acs.simulate.habits import Habit
from acs.simulate.network import Network
from acs.simulate.sources import load
from acs.simulate.statistics import Statistics


def simulated(reactor: Any, port: int, count: int, watchers: Sequence[Habit] = (), **plan: Any) -> Fleet:
    """So many routers, all of which may call at once; ``plan`` has the rest of their `Plan`."""
    url, models = f"http://127.0.0.1:{port}/", [load("tr098-router")]
    return Fleet(Plan(url, models, count, concurrency=count, **plan), Network(reactor), watchers)


def tell_times(under: Statistics, calm: Statistics) -> None:
    """Print how long sessions took, beside those of the calm."""
    for share in (0.5, 0.99):
        quiet, loud = (each.durations.percentile(share) for each in (calm, under))
        print(f"session time p{share * 100:.0f}: {loud * 1000:.1f} ms, {loud / quiet:.1f} x that of the calm")
