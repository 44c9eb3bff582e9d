"""What holds for all devices of a kind, which every process has in memory.

A model's category stands beside it in the table of models, where lists and counts look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson
from msgspec import convert, to_builtins
from twisted.internet.defer import DeferredLock

from acs.store.categorising import categorising_model
from acs.store.database import Row, Statement
from acs.store.foundation import Parts
from acs.store.neighbours import Neighbours
from acs.store.records import Profile, ProfileScope, Tracked
from acs.store.shapes import storable
from acs.store.upgrade_path import UpgradePath
from acs.store.weighing import AFRESH

PROFILE_COLUMNS = (
    "scope", "name", "category", "parameter_map", "tracked", "level", "vendor_file",
    "desired_software_version", "upgrade_paths",
)  # fmt: skip
_WORD = "profiles"
_NAMES = ", ".join(PROFILE_COLUMNS)
_PUT = (
    f"INSERT INTO profiles ({_NAMES}) VALUES ({', '.join('?' * len(PROFILE_COLUMNS))})"
    " ON CONFLICT (scope, name) DO UPDATE SET category = excluded.category,"
    " parameter_map = excluded.parameter_map, tracked = excluded.tracked, level = excluded.level,"
    " vendor_file = excluded.vendor_file, desired_software_version = excluded.desired_software_version,"
    " upgrade_paths = excluded.upgrade_paths"
)
_DELETE = "DELETE FROM profiles WHERE scope = ? AND name = ? RETURNING name"
_ALL = f"SELECT {_NAMES} FROM profiles ORDER BY scope, name"


class Profiles(Neighbours):
    """The verbs about profiles (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._profiles: tuple[Profile, ...] = ()
        self._profile_rows: list[Row] = []
        self._reading_profiles = DeferredLock()
        self._shared[_WORD] = self._read_profiles

    def shared_profiles(self) -> tuple[Profile, ...]:
        """All of them, by scope and name: the same tuple until one of them is changed."""
        return self._profiles

    def profile(self, scope: str, name: str) -> Profile | None:
        """The profile of this scope and name."""
        wanted = storable(scope), storable(name)
        return next((each for each in self._profiles if (each.scope, each.name) == wanted), None)

    async def put_profile(self, profile: Profile) -> None:
        """Keep a profile instead of the one of its scope and name; on disk when this returns.

        A model's category is that of the model from then on.
        """
        putting = Statement(_PUT, _columns(profile))
        categorising = _categorising(profile.scope, profile.name, profile.category)
        await self._groups.write(putting, *categorising, AFRESH, *self._telling_of(_WORD))
        self._weighing.later()
        await self._read_profiles()

    async def delete_profile(self, scope: str, name: str) -> bool:
        """Forget a profile, on disk when this returns; False where there is none."""
        deleting = Statement(_DELETE, (storable(scope), storable(name)))
        categorising = _categorising(scope, name, "")
        rows = await self._groups.write(deleting, *categorising, AFRESH, *self._telling_of(_WORD))
        self._weighing.later()
        await self._read_profiles()
        return bool(rows)

    async def _read_profiles(self) -> None:
        # One after the other, lest what was read first arrive last.
        async with self._reading_profiles:
            rows = await self._rows(_ALL)
            if rows != self._profile_rows:
                self._profile_rows = rows
                self._profiles = tuple(map(_read, rows))
                models = (each for each in self._profiles if each.scope == ProfileScope.MODEL)
                self._categories = {each.name: each.category for each in models if each.category}


def _categorising(scope: str, name: str, category: str) -> Iterator[Statement]:
    if scope == ProfileScope.MODEL:
        yield from categorising_model(name, category)


def _columns(profile: Profile) -> tuple[str, ...]:
    paths = {storable(name): storable(path) for name, path in profile.parameter_map.items()}
    tracked = [{**to_builtins(each), "path": storable(each.path)} for each in profile.tracked]
    texts = storable(profile.scope), storable(profile.name), storable(profile.category)
    documents = orjson.dumps(paths).decode(), orjson.dumps(tracked).decode()
    firmware = storable(profile.desired_software_version), _written(profile.upgrade_paths)
    return (*texts, *documents, storable(profile.level), storable(profile.vendor_file), *firmware)


def _written(paths: Iterable[UpgradePath]) -> str:
    storables = [{name: storable(text) for name, text in to_builtins(path).items()} for path in paths]
    return orjson.dumps(storables).decode()


def _read(row: Row) -> Profile:
    scope, name, category, names, tracked, level, vendor_file, version, paths = row
    told = convert(orjson.loads(tracked), tuple[Tracked, ...])
    allowed = convert(orjson.loads(paths), tuple[UpgradePath, ...])
    return Profile(scope, name, category, orjson.loads(names), told, level, vendor_file, version, allowed)
