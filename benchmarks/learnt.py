"""Has a store learn what its devices say, as its appliance does in its first ten minutes, and use it at once.

``python -m benchmarks.learnt FOLDER``, which is where an appliance with SQLite that does not run keeps its
state.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.store.building import embedded_store
from acs.store.dialect import HEARD_SECONDS
from tests.store.contract.base import ShiftedClock


def learn(folder: Path) -> None:
    """The same, in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.learnt", str(folder)], check=True)


async def _learn(reactor: Any, folder: Path) -> None:
    clock = ShiftedClock()
    clock.offset = -HEARD_SECONDS  # what was learnt then all nodes know by now
    store = embedded_store(reactor, clock, folder)
    await store.open()
    await store.learn_dialect()
    await store.close()


if __name__ == "__main__":
    task.react(lambda reactor: ensureDeferred(_learn(reactor, Path(sys.argv[1]))))
