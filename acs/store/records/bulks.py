"""What the appliance keeps of something that is done to many devices, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field


class BulkState(StrEnum):
    """How far a `Bulk` has come: it goes on; somebody has said that it is to stop, or it has; it came to its
    end, or its process came to an end before."""

    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    INTERRUPTED = "interrupted"

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self not in (BulkState.RUNNING, BulkState.STOPPING)


class Bulk(Struct, frozen=True):
    """Something that is done to so many ``devices``.

    ``wanted`` is what was asked for, ``done`` and ``refused`` how many of them have it, or cannot; of the
    first that cannot ``reasons`` has each one's id, a blank, and why.  ``changed`` is when that was last
    told.
    """

    id: int
    action: str
    devices: int
    created: float
    created_by: str
    wanted: Mapping[str, Any] = field(default_factory=dict)
    state: BulkState = BulkState.RUNNING
    done: int = 0
    refused: int = 0
    reasons: tuple[str, ...] = ()
    changed: float = 0.0
    ended: float | None = None
