"""Data models that were imported: what the standard says of each parameter.

Every process has in memory which models there are.  What they say is in the database; what was looked up of
it stays in memory, as far as there is room, until a model is imported or removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from msgspec import json
from msgspec.structs import replace
from twisted.internet.defer import DeferredLock

from acs.cwmp.definitions import Definition, Described
from acs.cwmp.paths import split
from acs.store.database import Row, Statement, Table
from acs.store.foundation import Parts
from acs.store.groups import appending
from acs.store.interface import Query, TooManyModels
from acs.store.listing.listings import DATA_MODEL_SHAPE, DEFINITIONS
from acs.store.neighbours import Neighbours
from acs.store.records import DataModel, Page

MOST_MODELS = 64
"""How many may be there at a time."""
_REMEMBERED = 10_000
"""How many patterns are kept in memory once they were looked up."""
_AT_ONCE = 100
_FORCED = 100
_WORD = "datamodels"

_ROWS = Table("definitions", ("path", "model", "name", "definition"), "(path, model) DO NOTHING")
_ALL = f"SELECT {DATA_MODEL_SHAPE.columns()} FROM datamodels ORDER BY name"
_DROP = "DELETE FROM definitions WHERE model = ?"
_FORGET = "DELETE FROM datamodels WHERE name = ? RETURNING name"
_ADD = f"INSERT INTO datamodels ({DATA_MODEL_SHAPE.columns()}) VALUES ({DATA_MODEL_SHAPE.marks})"
_OF = f"SELECT path, model, definition FROM definitions WHERE path IN ({', '.join('?' * _AT_ONCE)})"

_decoder = json.Decoder(Definition)
_Found = dict[str, tuple[Definition, ...]]


class DataModels(Neighbours):
    """The verbs about data models (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._data_models: tuple[DataModel, ...] = ()
        self._definitions: _Found = {}
        self._reading_models = DeferredLock()
        self._shared[_WORD] = self._read_data_models

    def data_models(self) -> Sequence[DataModel]:
        """All that were imported, by name: the same tuple until one is imported or removed."""
        return self._data_models

    async def put_data_models(
        self, described: Sequence[Described], when: float, who: str
    ) -> Sequence[DataModel]:
        """Keep data models instead of those of the same names, all of them or none; on disk when this
        returns.  Raises `TooManyModels`, and `StoreConflict` where another node
        imports one of them at this moment."""
        models = [_summary(each, when, who) for each in described]
        names = sorted(model.name for model in models)
        if len({model.name for model in self._data_models}.union(names)) > MOST_MODELS:
            raise TooManyModels(f"there would be more than {MOST_MODELS} data models: remove some first")
        rows = await self._in_thread(_appending, described)
        # First the models' own rows: of two nodes that import the same one at once, one is refused there.
        await self._groups.write(
            *(Statement(_FORGET, (name,)) for name in names),
            *(Statement(_ADD, DATA_MODEL_SHAPE.values(model)) for model in models),
            *(Statement(_DROP, (name,)) for name in names),
            *rows,
            *self._telling_of(_WORD),
        )
        await self._read_data_models()
        return models

    async def delete_data_model(self, name: str) -> bool:
        """Forget a data model, on disk when this returns; False where there is none."""
        if name not in {model.name for model in self._data_models}:
            return False
        dropping = (Statement(sql, (name,)) for sql in (_FORGET, _DROP))
        rows = await self._groups.write(*dropping, *self._telling_of(_WORD))
        await self._read_data_models()
        return bool(rows)

    async def definitions_of(self, patterns: Collection[str]) -> Mapping[str, Sequence[Definition]]:
        """What the data models say of these patterns, by pattern; those of which none says anything are left
        out.  Those that were asked for before are in memory."""
        if not self._data_models:
            return {}
        known = self._definitions
        found = {each: known[each] for each in patterns if each in known}
        missing = iter(dict.fromkeys(each for each in patterns if each not in known))
        while some := list(islice(missing, _AT_ONCE)):
            found |= await self._look_up(some, known)
        return {each: definitions for each, definitions in found.items() if definitions}

    async def definitions(self, query: Query) -> Page[Definition]:
        """What the data models say of objects and parameters (`acs.store.listing.listings.DEFINITIONS`)."""
        asked, rows = await self._ask(DEFINITIONS, query)
        return await self._in_thread(asked.page, rows, _read)

    async def _look_up(self, patterns: list[str], known: _Found) -> _Found:
        padded = patterns + patterns[-1:] * (_AT_ONCE - len(patterns))
        rows = await self._rows(_OF, *padded, fresh=False)
        found = await self._in_thread(_gathered, patterns, rows)
        # What was read before a model was imported is no more true after that.
        if known is self._definitions:
            if len(known) + len(found) > _REMEMBERED:
                known.clear()
            known |= found
        return found

    async def _read_data_models(self) -> None:
        self._definitions = {}
        async with self._reading_models:
            rows = await self._rows(_ALL)
            found = tuple(DataModel(**DATA_MODEL_SHAPE.fields(row)) for row in rows)
            if found != self._data_models:
                self._data_models = found


def _summary(described: Described, when: float, who: str) -> DataModel:
    forced = [each.path for each in described.definitions if each.forced_inform]
    objects = sum(each.syntax is None for each in described.definitions)
    parameters = len(described.definitions) - objects
    return DataModel(
        described.name, described.is_service, objects, parameters, tuple(forced[:_FORCED]), when, who
    )


def _appending(described: Sequence[Described]) -> list[Statement]:
    """What adds all that the models say; in a thread, as that is thousands of rows."""
    return list(appending(_ROWS, [_row(each) for model in described for each in model.definitions]))


def _row(definition: Definition) -> Row:
    rest = json.encode(replace(definition, path="", model="")).decode()
    return definition.path, definition.model, _name_of(definition.path), rest


def _name_of(path: str) -> str:
    names = [each for each in split(path) if each != "{i}"]
    return names[-1].lower() if names else ""


def _read(row: Row) -> Definition:
    path, model, rest, *_ = row
    return replace(_decoder.decode(rest), path=path, model=model)


def _gathered(patterns: Sequence[str], rows: Sequence[Row]) -> _Found:
    definitions = sorted(map(_read, rows), key=lambda each: each.model)
    return {path: tuple(each for each in definitions if each.path == path) for path in patterns}
