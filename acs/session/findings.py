"""What a device is asked for by the name of a diagnostic, with what it tells of that afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from acs.cwmp.diagnostics import ANYWHERE, STATE, Columns, Diagnostic
from acs.cwmp.values import ParameterValueStruct

MOST_ROWS = 500
"""How many rows of a table are kept: there are at most 64 hops, and hardly ever so many networks."""
LONGEST_TEXT = 1024
"""How many characters of a text are kept; none of the standard's is longer."""

_NUMBER = re.compile("[+-]?[0-9]{1,18}")
_INSTANCE = re.compile("[0-9]{1,10}")

JSON = Any


def object_of(diagnostic: Diagnostic, known: Iterable[str], root_data_model: str) -> str | None:
    """The path of the object by which the device runs this diagnostic; None where it has none.

    It is the one that is among the parameters that are ``known`` of it, else the one of its data model
    (`acs.store.records.Device.root_data_model`; a device may have two).
    """
    names = list(known)
    for path in diagnostic.objects.values():
        if found := _found(path, names):
            return found
    for model, path in diagnostic.objects.items():
        if ANYWHERE not in path and f" {model}." in f" {root_data_model}":
            return path
    return None


def _found(path: str, names: list[str]) -> str | None:
    head, anywhere, tail = path.partition(ANYWHERE)
    if not anywhere:
        return path if any(name.startswith(path) for name in names) else None
    for name in names:
        above, there, _ = name.partition(f".{tail}")
        if there and name.startswith(head):
            return above + there
    return None


def findings(diagnostic: Diagnostic, path: str, values: Iterable[ParameterValueStruct]) -> dict[str, JSON]:
    """What was found, by the names that the device has for it; tables as lists of rows, in their order.

    What the diagnostic does not declare is left out, so that a device cannot make it as long as it likes.
    """
    found: dict[str, JSON] = {}
    rows: dict[str, dict[int, dict[str, JSON]]] = {table: {} for table in diagnostic.tables}
    for value in values:
        name = value.Name.removeprefix(path)
        table, _, rest = name.partition(".")
        number, _, column = rest.partition(".")
        if name == STATE:
            found[STATE] = value.Value.strip()[:LONGEST_TEXT]
        elif table in rows and _INSTANCE.fullmatch(number):
            _put(rows[table].setdefault(int(number), {}), diagnostic.tables[table], column, value.Value)
        else:
            _put(found, diagnostic.results, name, value.Value)
    for table, by_number in rows.items():
        found[table] = [by_number[number] for number in sorted(by_number)[:MOST_ROWS]]
    return found


def _put(row: dict[str, JSON], columns: Columns, name: str, value: str) -> None:
    text = value.strip()
    if name in columns.numbers:
        row[name] = int(text) if _NUMBER.fullmatch(text) else text[:LONGEST_TEXT]
    elif name in columns.texts:
        row[name] = text[:LONGEST_TEXT]
