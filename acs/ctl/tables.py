"""Lists as aligned tables within the terminal's width, or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TextIO

from acs.ctl.text import cut, moment, shown, width

Item = Mapping[str, Any]

GAP = "  "
NARROWEST = 12
"""A column is not cut below this: it would tell nothing."""
WIDEST = 60
"""In a file or a pipe, a longer cell stands out of its column rather than pushing all others away."""
SAMPLE = 200
"""So many rows settle the columns' widths; the rows after them are written as they come."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, the member it shows or how to show an item, and whether it is never cut."""

    title: str
    of: str | Callable[[Item], str]
    whole: bool = False

    def text(self, item: Item) -> str:
        """The cell of an item, harmless whatever is in that."""
        return shown(item.get(self.of) if isinstance(self.of, str) else self.of(item))


def write_list(columns: Sequence[Column], items: Iterable[Item], as_json: bool) -> None:
    """Write a list to the standard output, as a table or as one JSON array."""
    if as_json:
        write_json_array(items)
    else:
        write_table(columns, items, terminal_width())


def terminal_width() -> int | None:
    """The columns of the terminal that we write to; None for a file or a pipe, which have room for all."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def write_table(columns: Sequence[Column], items: Iterable[Item], budget: int | None) -> None:
    """Write a heading and a line per item; where there is a budget, lines fit it, as far as can be."""
    rows = ([column.text(item) for column in columns] for item in items)
    titles = [column.title for column in columns]
    sample = [titles, *islice(rows, SAMPLE)]
    wanted = [max(map(width, cells)) for cells in zip(*sample, strict=True)]
    whole = [column.whole or budget is None for column in columns]
    widths = fitted(wanted, [column.whole for column in columns], budget)
    for row in chain(sample, rows):
        print(_line(row, widths, whole))


def fitted(wanted: Sequence[int], whole: Sequence[bool], budget: int | None) -> list[int]:
    """The widths of the columns that fit a budget: the last ones are left out where cutting is not enough.

    Those that are ``whole`` are not cut, and the first is always there.
    """
    if budget is None:
        return [w if fixed else min(w, WIDEST) for w, fixed in zip(wanted, whole, strict=True)]
    for count in range(len(wanted), 1, -1):
        room = budget - len(GAP) * (count - 1)
        widths = _narrowed(wanted[:count], whole, room)
        if sum(widths) <= room:
            return widths
    return list(wanted[:1])


def _narrowed(wanted: Sequence[int], whole: Sequence[bool], room: int) -> list[int]:
    """Widths that are together no more than the room, or as little as may be; the widest gives way first."""
    widths = list(wanted)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda n: 0 if whole[n] else widths[n])
        if whole[widest] or widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int], whole: Sequence[bool]) -> str:
    cells = (
        _padded(cell if uncut else cut(cell, columns), columns)
        for cell, columns, uncut in zip(row, widths, whole, strict=False)
    )
    return GAP.join(cells).rstrip()


def _padded(cell: str, columns: int) -> str:
    return cell + " " * (columns - width(cell))


def write_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Write names and values, a line for each."""
    pairs = list(fields)
    widest = max((width(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        print(_padded(name, widest) + GAP + value)


def members(item: Item, names: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """The members of an object for `write_fields`: those named first, then the others in their own order."""
    for name in dict.fromkeys((*names, *item)):
        if name in item:
            yield shown(name), shown(item[name])


def timed(item: Item, names: Iterable[str]) -> dict[str, Any]:
    """The object with those of these members that it has as times for people (`moment`)."""
    return {**item, **{name: moment(item[name]) for name in names if name in item}}


def write_json(value: Any, stream: TextIO | None = None) -> None:
    """Write a JSON value; all but ASCII is escaped, so that a terminal finds no command in it."""
    print(json.dumps(value, indent=2), file=stream)


def write_json_array(items: Iterable[Item]) -> None:
    """Write a JSON array, item by item as they arrive."""
    separator = "["
    for item in items:
        print(separator, json.dumps(item), sep="\n", end="")
        separator = ","
    print("\n]" if separator == "," else "[]")
