"""The operator's systems, asked by SQL: a query for each question.

A row of ``related_query`` is the related device: its column ``id`` is its id, ``level`` its level, every
other a fact.  The rows of ``configuration_query`` are what is wanted of the parameters: ``path`` and
``value``, and where there are such columns, ``notify`` and ``secret``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from acs.hooks.errors import HookFailed
from acs.hooks.queries import parameters
from acs.hooks.values import Related, Subject

_COLUMNS = frozenset({"path", "value", "notify", "secret"})

Row = Mapping[str, Any]


class Rows(Protocol):
    """What is asked by SQL."""

    async def rows(self, query: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """The rows of a SELECT, each by the names of its columns; raises `HookFailed`."""


class SqlHooks:
    """Asks a database; of `IHooks` it has those for which there is a query."""

    name = "sql"

    def __init__(self, database: Rows, related_query: str, configuration_query: str) -> None:
        self._database = database
        self._related_query = related_query
        self._configuration_query = configuration_query
        if related_query:
            self.find_related = self._find_related
        if configuration_query:
            self.get_configuration = self._get_configuration

    async def _find_related(self, subject: Subject) -> object:
        rows = await self._database.rows(self._related_query, parameters(subject, None))
        if not rows:
            return None
        if len({_plain(row.get("id")) for row in rows}) > 1:
            raise HookFailed(f"{len(rows)} devices are related, where one at most can be")
        facts = {name: _plain(value) for name, value in rows[0].items()}
        return {"id": facts.pop("id", None), "level": facts.pop("level", None), "facts": facts}

    async def _get_configuration(self, subject: Subject, related: Related | None) -> object:
        rows = await self._database.rows(self._configuration_query, parameters(subject, related))
        return dict(_entries(rows)) if rows else None


def _entries(rows: Sequence[Row]) -> Iterator[tuple[object, dict[str, Any]]]:
    if unknown := sorted(rows[0].keys() - _COLUMNS):
        raise HookFailed(f"the configuration has a column {unknown[0][:40]!r}, which means nothing")
    for row in rows:
        yield row.get("path"), {name: _plain(row[name]) for name in row if name != "path"}


def _plain(value: object) -> object:
    """A value of the database's as one of JSON's, as far as it has one; times stay as they are."""
    return f"{value:f}" if isinstance(value, Decimal) else value


async def is_there(database: Rows, query: str, subject: Subject, related: Related | None) -> bool:
    """Whether a query has a row; raises `HookFailed`."""
    return bool(await database.rows(query, parameters(subject, related)))
