"""What part of a list is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from acs.store.records.people import Only


class Query(Struct, frozen=True):
    """What part of a list is wanted: filters by name, ``sort`` a field ("-" before it: descending), at most
    ``limit`` items; what belongs to ``only`` these devices (None: to all)."""

    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    limit: int = 100
    cursor: str | None = None
    only: Only | None = None
