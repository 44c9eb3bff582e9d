"""What the operator wants a device to be.

The configurations that are for a device are those of all, of its category, vendor, model and tags, its own,
and what the operator's systems say of it; the newest level of them is the one that it is to reach, unless a
level is set for the device itself.  What profiles say of its category, and of what logical names stand for,
counts with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from acs.configuration.composing import RELATED, SCOPES, Composed, Scoped, compose
from acs.configuration.document import ROOTS, Entry, read_document
from acs.configuration.templates import UnknownName, fill
from acs.hooks import Related
from acs.session.profiles import Profiles
from acs.store.interface import Store
from acs.store.records import Configuration, Device, Profile, Scope

_REMEMBERED = 4096
"""For how many kinds of device the answer is kept."""

_FACTS = (
    "id", "manufacturer", "oui", "product_class", "serial_number", "software_version", "hardware_version",
)  # fmt: skip


class Level(NamedTuple):
    """A level or a version, with the scope that it comes from; "" for none."""

    value: str = ""
    source: str = ""


_NONE = Level()


class _Levels(NamedTuple):
    """Those of a kind of device: of its configurations, and of its profiles."""

    configured: Level = _NONE
    named: Level = _NONE


_NO_LEVELS = _Levels()


def names_of(device: Device, category: str) -> Iterator[tuple[str, str]]:
    """The scopes with their names that a device of this category is in, but for its own."""
    yield Scope.ALL, "default"
    if category:
        yield Scope.CATEGORY, category
    yield Scope.VENDOR, device.manufacturer
    yield Scope.MODEL, f"{device.manufacturer}/{device.product_class}"
    for tag in device.tags:
        yield Scope.TAG, tag


def roots_of(device: Device) -> tuple[str, ...]:
    """All the root objects that it has: two where it mixes data models; "" where it never said."""
    model = f" {device.root_data_model}"
    return tuple(root for root in ROOTS if f" {root[:-1]}:" in model) or (device.root,)


def is_told(name: str) -> bool:
    """Whether something may be filled in for a name: facts of the device, whatever the operator's own systems
    tell of what is related to it."""
    group, _, fact = name.partition(".")
    return group == "related" or (group == "device" and fact in _FACTS)


def facts_of(device: Device, related: Related | None = None) -> Mapping[str, Mapping[str, str]]:
    """What ``{{ device.serial_number }}`` and the like in a value stand for."""
    facts = {"device": {name: getattr(device, name) for name in _FACTS}}
    return facts if related is None else {**facts, "related": related.facts}


def filled(
    entries: Mapping[str, Entry], device: Device, related: Related | None = None
) -> tuple[dict[str, Entry], dict[str, str]]:
    """The entries with the names in their values filled in; the paths of the others, each with the name in it
    that nobody tells."""
    found: dict[str, Entry] = {}
    unknown: dict[str, str] = {}
    facts = facts_of(device, related)
    for path, entry in entries.items():
        try:
            value = None if entry.value is None else fill(entry.value, facts)
        except UnknownName as error:
            unknown[path] = error.name
        else:
            found[path] = entry if value == entry.value else replace(entry, value=value)
    return found, unknown


class Desired:
    """Answers for any device; quickly for the level, which every session asks for.

    :ivar profiles: what else holds for a device's kind.
    """

    def __init__(self, store: Store, profiles: Profiles | None = None) -> None:
        self.profiles = profiles or Profiles(store)
        self._store = store
        self._seen: Sequence[Configuration] | None = None
        self._profiles_seen: Sequence[Profile] | None = None
        self._shared: dict[tuple[str, str], Configuration] = {}
        self._levels: dict[tuple[str, str, str, str, tuple[str, ...]], _Levels] = {}
        self._read: dict[tuple[str, str], Scoped] = {}

    def level(self, device: Device) -> Level:
        """The level that it is to reach."""
        if device.desired_config_level:
            return Level(device.desired_config_level, Scope.DEVICE)
        configured, named = self._levels_of_kind(device)
        if device.own_config_level > configured.value:
            configured = Level(device.own_config_level, Scope.DEVICE)
        if device.related_level > configured.value:
            configured = Level(device.related_level, RELATED)
        # What names stand for is of no concern where nothing is wanted.
        return named if configured.value and named.value > configured.value else configured

    def software(self, device: Device) -> Level:
        """The version that it is to run; a wish for the device itself goes before all others."""
        if device.desired_software_version:
            return Level(device.desired_software_version, Scope.DEVICE)
        return Level(*self.profiles.software(device))

    async def composed(
        self, device: Device, related: Scoped | None = None, instead: Scoped | None = None
    ) -> Composed:
        """All that is wanted of its parameters; ``related`` is what the operator's systems say of it.

        ``instead``: what that would be with a document that takes the place of the one of its scope and name.
        """
        self._look()
        kind = self.profiles.of(device)
        documents = [self._scoped(key) for key in self.names(device) if key in self._shared]
        if device.own_config_level:
            own = await self._store.configuration(Scope.DEVICE, device.id)
            documents += [] if own is None else [_scoped(own)]
        if instead is not None:
            place = instead.scope, instead.name
            documents = [each for each in documents if (each.scope, each.name) != place] + [instead]
        documents += [] if related is None else [related]
        return compose(documents, device.root, roots_of(device), kind.names)

    def names(self, device: Device) -> tuple[tuple[str, str], ...]:
        """The scopes with their names that a device is in, but for its own."""
        return tuple(names_of(device, device.category or self.profiles.of(device).category))

    def _levels_of_kind(self, device: Device) -> _Levels:
        self._look()
        if not self._shared and not self._profiles_seen:
            return _NO_LEVELS
        kind = (device.category, device.root, device.manufacturer, device.product_class, device.tags)
        found = self._levels.get(kind)
        if found is None:
            if len(self._levels) >= _REMEMBERED:
                self._levels.clear()
            found = self._levels[kind] = self._newest(device)
        return found

    def _newest(self, device: Device) -> _Levels:
        """Of two of the same level the one of the narrower scope is named."""
        kind = self.profiles.of(device)
        names = names_of(device, device.category or kind.category)
        levels = (Level(self._shared[key].level, key[0]) for key in names if key in self._shared)
        configured = max(levels, key=lambda each: (each.value, SCOPES.index(each.source)), default=_NONE)
        return _Levels(configured, Level(kind.level, kind.level_from))

    def _look(self) -> None:
        """See to it that the configurations are those that there are now."""
        now, profiles = self._store.shared_configurations(), self._store.shared_profiles()
        if now is self._seen and profiles is self._profiles_seen:
            return
        self._seen, self._profiles_seen = now, profiles
        self._shared = {(each.scope, each.name): each for each in now}
        self._levels = {}
        self._read = {}

    def _scoped(self, key: tuple[str, str]) -> Scoped:
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = _scoped(self._shared[key])
        return found


def _scoped(configuration: Configuration) -> Scoped:
    entries = read_document(configuration.parameters)
    return Scoped(configuration.scope, configuration.name, configuration.level, entries)
