"""How records stand in rows: one column per field, by the field's own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

import orjson
from msgspec import Struct

T = TypeVar("T", bound=Struct)
Convert = Callable[[Any], Any]


class Shape(Generic[T]):
    """The columns of a table that hold fields of the record type ``record``.

    All fields but ``without`` (or ``only`` some) are columns of the same name: text without what a database
    cannot hold, 0 or 1 for booleans, JSON for tuples.  In ``or_zero`` None stands as 0, so that the column
    has an order.
    """

    def __init__(
        self,
        record: type[T],
        only: Iterable[str] = (),
        without: Iterable[str] = (),
        or_zero: Iterable[str] = (),
    ) -> None:
        hints = get_type_hints(record)
        wanted = tuple(only) or record.__struct_fields__
        self.names = tuple(name for name in wanted if name not in frozenset(without))
        kinds = {name: _kind(hints[name]) for name in self.names}
        kinds |= dict.fromkeys(or_zero, (_zero, _not_zero))
        self._writers = {name: writer for name, (writer, _) in kinds.items() if writer}
        self._readers = {name: reader for name, (_, reader) in kinds.items() if reader}
        self._get = attrgetter(*self.names)
        at = {self.names.index(name): writer for name, writer in self._writers.items()}
        self._text_at = tuple(index for index, writer in at.items() if writer is storable)
        self._write_at = tuple((index, writer) for index, writer in at.items() if writer is not storable)

    def columns(self, prefix: str = "") -> str:
        """The columns for a SELECT or INSERT, each behind ``prefix`` (such as ``d.``)."""
        return ", ".join(prefix + name for name in self.names)

    @property
    def marks(self) -> str:
        """A ``?`` for each column."""
        return ", ".join("?" * len(self.names))

    def updates(self, key: str) -> str:
        """What an ``ON CONFLICT DO UPDATE`` sets: every column but the key to what was to be inserted."""
        return ", ".join(f"{name} = excluded.{name}" for name in self.names if name != key)

    def values(self, record: T) -> list[Any]:
        """The record's columns, in the order of `names`."""
        row = list(self._get(record))
        for index, write in self._write_at:
            row[index] = write(row[index])
        if not _is_storable("".join([row[index] for index in self._text_at])):
            for index in self._text_at:
                row[index] = storable(row[index])
        return row

    def value(self, name: str, value: object) -> Any:
        """One field as its column."""
        writer = self._writers.get(name)
        return writer(value) if writer else value

    def fields(self, row: Sequence[Any]) -> dict[str, Any]:
        """The fields that the first columns of a row hold, by name."""
        found = dict(zip(self.names, row, strict=False))
        for name, reader in self._readers.items():
            found[name] = reader(found[name])
        return found


def _kind(hint: Any) -> tuple[Convert | None, Convert | None]:
    if hint is bool:
        return int, bool
    if hint is str:
        return storable, None
    if get_origin(hint) is tuple:
        return _words, tuple_of
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str.__str__, hint  # its value, found quicker than by that name
    return None, None


def _is_storable(text: str) -> bool:
    return text.isascii() and "\0" not in text


def storable(text: str) -> str:
    """The text without what a database cannot hold: NUL and lone surrogates are replaced."""
    if _is_storable(text):
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


@lru_cache(maxsize=1024)
def _words(words: tuple[str, ...]) -> str:
    return orjson.dumps([storable(word) for word in words]).decode()


@lru_cache(maxsize=1024)
def tuple_of(text: str) -> tuple[str, ...]:
    """The tuple that a column holds."""
    return tuple(orjson.loads(text))


def _zero(value: float | None) -> float:
    return value or 0.0


def _not_zero(value: float) -> float | None:
    return value or None
