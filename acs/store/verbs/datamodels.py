"""What a session may ask of the data models that were imported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from acs.cwmp.definitions import Definition
from acs.store.records import DataModel


class KnownModels(Protocol):
    """The data models, and what they say of a pattern (`acs.store.interface.Store` has the other verbs)."""

    def data_models(self) -> Sequence[DataModel]:
        """All that were imported, by name: the same tuple until one is imported or removed."""

    async def definitions_of(self, patterns: Collection[str]) -> Mapping[str, Sequence[Definition]]:
        """What the data models say of these patterns (`acs.cwmp.definitions.pattern`), by pattern; those of
        which none says anything are left out.  Those that were asked for before are in memory."""
