"""The reference of the configuration's keys, from the classes that read it."""

from __future__ import annotations

from itertools import groupby

from acs.config import Described, describe
from acs_docs.writing import Lines, code, heading, plain, table

_TABLES = ("table", "array of tables", "tables by name")


def write() -> Lines:
    """A section for each table of the file that has keys of its own, in their order."""
    about = {each.key: each for each in describe() if each.kind in _TABLES}
    keys = [each for each in describe() if each.kind not in _TABLES]
    for place, of_table in groupby(sorted(keys, key=lambda each: _order(each, about)), _table):
        if place:
            label = place.replace(".", "-").replace("[]", "")
            yield from heading(_title(about[place]), "-", f"config-{label}")
            yield from (plain(about[place].doc), "")
        else:
            yield from heading("Above all tables", "-")
        rows = [_row(each, place) for each in of_table]
        yield from table(("Key", "Kind", "Default", "Meaning"), (20, 25, 20, 50), rows)


def _order(each: Described, about: dict[str, Described]) -> int:
    return ["", *about].index(_table(each))


def _table(each: Described) -> str:
    return each.key.rpartition(".")[0]


def _title(each: Described) -> str:
    """As it stands in the file: ``[cwmp.tls]``, ``[[cwmp]]``."""
    name = each.key.replace("[]", "")
    return f"``[[{name}]]``" if each.key.endswith("[]") else f"``[{name}]``"


def _row(each: Described, place: str) -> tuple[str, ...]:
    name = each.key.removeprefix(f"{place}.") if place else each.key
    return code(name), plain(each.kind), code(each.default), plain(each.doc)
