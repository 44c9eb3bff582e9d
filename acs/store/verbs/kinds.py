"""Kinds of devices: how many there are of each, what holds for them besides the values of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from acs.quirks.rules import Rule
from acs.store.records import Count, Profile


class OfKinds(Protocol):
    """Verbs of `acs.store.interface.Store`, which has all the others."""

    # what devices are

    async def vendors(self) -> Sequence[Count]:
        """Manufacturers with their number of devices; ``fields``: ouis, models."""

    async def models(self) -> Sequence[Count]:
        """``Manufacturer/ProductClass`` with counts; ``fields``: manufacturer, product_class, category,
        software_versions {version: count}, root_data_models {name: count}."""

    async def categories(self) -> Sequence[Count]:
        """Categories with their number of devices."""

    async def versions(self, manufacturer: str, product_class: str) -> Sequence[Count]:
        """The software versions of a model with their number of devices; ``fields``: failed (how many of
        them had no success in their last session), stopped (how many cannot be brought to their level)."""

    async def tags(self) -> Sequence[Count]:
        """Tags with their number of devices."""

    async def device_count(self, filters: Mapping[str, str]) -> int:
        """How many devices these filters find (those of `acs.store.interface.Store.devices`)."""

    async def state_counts(self, online_since: float) -> Mapping[str, int]:
        """How many devices have called since then (``online``), failed in their last session (``failing``),
        are below their level (``behind``, as of some seconds ago), cannot be brought to it
        (``problems``)."""

    # quirks

    def quirk_rules(self) -> Sequence[Rule]:
        """The operator's rules, oldest first: the same tuple until one is added or removed."""

    async def change_quirk_rules(
        self, add: Sequence[Rule] = (), remove: Sequence[int] = ()
    ) -> Sequence[Rule]:
        """Add rules and remove those of these ids, at once, on disk when this returns; the rules added, with
        their ids."""

    async def quirk_counts(self) -> Mapping[str, int]:
        """How many devices had each quirk in their last session."""

    # profiles

    def shared_profiles(self) -> Sequence[Profile]:
        """All of them, by scope and name: the same tuple until one of them is changed."""

    def profile(self, scope: str, name: str) -> Profile | None:
        """The profile of this scope and name."""

    async def put_profile(self, profile: Profile) -> None:
        """Keep a profile instead of the one of its scope and name; on disk when this returns."""

    async def delete_profile(self, scope: str, name: str) -> bool:
        """Forget a profile, on disk when this returns; False where there is none."""
