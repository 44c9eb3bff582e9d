"""What holds for devices of a kind, besides the values of parameters: how many, quirks, profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from acs.quirks.rules import Rule
from acs.store.records import Profile


class OfKinds(Protocol):
    """Verbs of `acs.store.interface.Store`, which has all the others."""

    # devices

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
