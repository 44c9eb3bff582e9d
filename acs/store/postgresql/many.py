"""Many rows for one table as a single value, a JSON document, of which PostgreSQL makes rows again.

A value costs psycopg2 half a microsecond or more to quote, and the server as much to read, wherefore the
twenty of a session's rows take longer than all else that is done to keep it.  As one text they take a
quarter of that, and it is still libraries that stand between a device's words and SQL: orjson writes the
text, psycopg2 quotes it.  What all rows have alike is said once, beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import orjson

from acs.store.database import Appending, Statement, Table

FEW = 4
"""Fewer rows are said one by one."""


def at_once(statement: Appending) -> Statement:
    """The statement that appends the same rows out of one document; the given one where they are few, or
    JSON has no words for one of their values."""
    table, rows = statement.table, statement.rows
    if len(rows) < FEW:
        return statement
    columns = list(zip(*rows, strict=True))
    alike = tuple(column.count(column[0]) == len(rows) for column in columns)
    alike = (False, *alike[1:])
    differing = [index for index, same in enumerate(alike) if not same]
    names = [table.columns[index] for index in differing]
    try:
        document = orjson.dumps(
            [
                dict(zip(names, row, strict=True))
                for row in zip(*(columns[i] for i in differing), strict=True)
            ],
            _hexadecimal,
        ).decode()
    except orjson.JSONEncodeError:
        return statement
    once = [value for value, same in zip(rows[0], alike, strict=True) if same]
    return Statement(_from_document(table, alike), (*once, document))


def _hexadecimal(value: object) -> str:
    """What BYTEA is written as."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError


@lru_cache(maxsize=256)
def _from_document(table: Table, alike: Sequence[bool]) -> str:
    """The statement for rows that have these columns alike, and are short of what is behind them."""
    short = ["''"] * (len(table.columns) - len(alike))
    said = ["?" if same else name for name, same in zip(table.columns, alike, strict=False)]
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT {', '.join(said + short)}"
        f" FROM json_populate_recordset(NULL::{table.name}, ?) AS each_row ON CONFLICT {table.on_conflict}"
    )
