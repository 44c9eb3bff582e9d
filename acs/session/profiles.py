"""What holds for a device as one of its kind: category, logical names, what is tracked.

The profiles of all, of its data model, its vendor and its model are laid over each other in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from acs.configuration.naming import map_of
from acs.store.interface import Store
from acs.store.records import Device, Profile, ProfileScope, Tracked
from acs.store.upgrade_path import UpgradePath

_REMEMBERED = 4096
"""For how many kinds of device the answer is kept."""


class Kind(NamedTuple):
    """A kind of device: ``category`` of those that have none of their own; ``names`` has paths by logical
    name; ``level`` is when one of these was last changed, by the scope ``level_from``; ``vendor_file`` is the
    URL of their vendor configuration file, ``upgrade_paths`` by which versions they get to others."""

    category: str
    names: Mapping[str, str]
    tracked: tuple[Tracked, ...]
    level: str
    level_from: str
    vendor_file: str
    upgrade_paths: tuple[UpgradePath, ...] = ()


class Profiles:
    """Answers for any device, quickly, as every session asks.

    ``tracked`` are paths that are read in every session of every device.
    """

    def __init__(self, store: Store, tracked: Sequence[str] = ()) -> None:
        self._store = store
        self._tracked = {path: Tracked(path) for path in tracked}
        self._seen: Sequence[Profile] | None = None
        self._profiles: dict[tuple[str, str], Profile] = {}
        self._kinds: dict[tuple[str, str, str], Kind] = {}
        self._versions: dict[tuple[str, str], str] = {}

    def of(self, device: Device) -> Kind:
        """What holds for a device."""
        self._look()
        kind = (device.root, device.manufacturer, device.product_class)
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= _REMEMBERED:
                self._kinds.clear()
            found = self._kinds[kind] = self._together(device)
        return found

    def software(self, device: Device) -> tuple[str, str]:
        """The version that a device is to run as one of its kind, with the scope that says so; "" twice where
        nothing is said.

        A tag's goes before its model's, that before its vendor's, that before its category's; of several tags
        the last one counts.
        """
        self._look()
        for scope, name in self._narrowest_first(device) if self._versions else ():
            if (scope, name) in self._versions:
                return self._versions[scope, name], scope
        return "", ""

    def _narrowest_first(self, device: Device) -> Iterator[tuple[str, str]]:
        for tag in reversed(device.tags):
            yield ProfileScope.TAG, tag
        yield ProfileScope.MODEL, f"{device.manufacturer}/{device.product_class}"
        yield ProfileScope.VENDOR, device.manufacturer
        yield ProfileScope.CATEGORY, device.category or self.of(device).category

    def _look(self) -> None:
        """See to it that the profiles are those that there are now."""
        now = self._store.shared_profiles()
        if now is not self._seen:
            self._seen = now
            self._profiles = {(each.scope, each.name): each for each in now}
            self._kinds = {}
            named = {key: each.desired_software_version for key, each in self._profiles.items()}
            self._versions = {key: version for key, version in named.items() if version}

    def _together(self, device: Device) -> Kind:
        profiles = [self._profiles[key] for key in _names_of(device) if key in self._profiles]
        tracked = dict(self._tracked)
        for profile in profiles:
            tracked |= {each.path: each for each in profile.tracked}
        level, level_from = max(((each.level, each.scope) for each in profiles), default=("", ""))
        return Kind(
            next((each.category for each in profiles if each.scope == ProfileScope.MODEL), ""),
            map_of(device.root, (each.parameter_map for each in profiles)),
            tuple(tracked.values()),
            level,
            level_from,
            next((each.vendor_file for each in reversed(profiles) if each.vendor_file), ""),
            next((each.upgrade_paths for each in reversed(profiles) if each.upgrade_paths), ()),
        )


def _names_of(device: Device) -> Iterator[tuple[str, str]]:
    """The profiles that there may be for it, the most general first."""
    yield ProfileScope.ALL, "default"
    yield ProfileScope.DATA_MODEL, device.root
    yield ProfileScope.VENDOR, device.manufacturer
    yield ProfileScope.MODEL, f"{device.manufacturer}/{device.product_class}"
