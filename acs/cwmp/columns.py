"""Plans: how values are made of the texts of a document, many of a kind at a time.

A column makes one value for each element that it was compiled from.  It knows the texts by their numbers
only, so it serves every document whose elements are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

Texts = Sequence[str]
Column = Callable[[Texts], tuple[Any, ...]]


class Constant:
    """A column of these values, whatever the texts are."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = tuple(values)

    def __call__(self, texts: Texts) -> tuple[Any, ...]:
        return self.values


class Single:
    """A column of one value, which can be had bare: most of what an Inform is made of stands in it once."""

    __slots__ = ("value",)

    def __init__(self, value: Callable[[Texts], Any]) -> None:
        self.value = value

    def __call__(self, texts: Texts) -> tuple[Any, ...]:
        return (self.value(texts),)


def only(column: Column) -> Callable[[Texts], Any]:
    """What a column of one value has, bare."""
    return column.value if isinstance(column, Single) else lambda texts: column(texts)[0]


def leaves(slots: Sequence[int], convert: Callable[[str], Any]) -> Column:
    """What ``convert`` makes of the texts of these numbers."""
    if len(slots) == 1:
        (slot,) = slots
        return Single(itemgetter(slot) if convert is str else lambda texts: convert(texts[slot]))
    texts_at = itemgetter(*slots)
    if convert is str:
        return texts_at
    if convert is str.strip:
        return lambda texts: tuple(map(str.strip, texts_at(texts)))
    return lambda texts: _converted(texts_at(texts), convert)


def _converted(texts: Texts, convert: Callable[[str], Any]) -> tuple[Any, ...]:
    # Unlike names, numbers and truth values repeat: few are distinct however many there are.
    known = {text: convert(text) for text in dict.fromkeys(texts)}
    return tuple(map(known.__getitem__, texts))


def built(make: Callable[..., Any], fields: Sequence[Column], count: int) -> Column:
    """So many structures, each of what the columns of its fields have in its place."""
    if not fields:
        return Constant([make()] * count)
    if count == 1:
        return _once(_one_built(make, fields), fields)
    changing = [place for place, field in enumerate(fields) if not isinstance(field, Constant)]
    if len(changing) == 1:
        return _built_of_one(make, fields, changing[0])
    return _once(lambda texts: tuple(map(make, *[field(texts) for field in fields])), fields)


def _built_of_one(make: Callable[..., Any], fields: Sequence[Column], place: int) -> Column:
    """Structures in which one field alone depends on the texts: the values of parameters, usually."""
    field = fields[place]
    always = [other.values for other in fields if isinstance(other, Constant)]
    before, after = always[:place], always[place:]
    return lambda texts: tuple(map(make, *before, field(texts), *after))


def _once(column: Column, parts: Sequence[Column]) -> Column:
    """A column made of these: its values, where none of them depends on a text."""
    return Constant(column(())) if all(isinstance(part, Constant) for part in parts) else column


def _one_built(make: Callable[..., Any], fields: Sequence[Column]) -> Column:
    always = [field.values[0] if isinstance(field, Constant) else None for field in fields]
    changing = [(place, only(field)) for place, field in enumerate(fields) if not isinstance(field, Constant)]

    def read(texts: Texts) -> Any:
        values = always.copy()
        for place, value in changing:
            values[place] = value(texts)
        return make(*values)

    return Single(read)


def grouped(column: Column, lengths: Sequence[int]) -> Column:
    """The values in tuples of these lengths, one after the other."""
    if len(lengths) == 1:
        return _once(Single(column), [column])
    if set(lengths) == {1}:
        return _once(lambda texts: tuple(zip(column(texts), strict=True)), [column])

    def read(texts: Texts) -> tuple[Any, ...]:
        values = iter(column(texts))
        return tuple([tuple(islice(values, length)) for length in lengths])

    return _once(read, [column])


def interleaved(columns: Sequence[Column], order: Sequence[int]) -> Column:
    """The next value of one column or another, as ``order`` has it."""

    def read(texts: Texts) -> tuple[Any, ...]:
        values = [iter(column(texts)) for column in columns]
        return tuple([next(values[which]) for which in order])

    return _once(read, columns)


def scattered(always: Sequence[Any], places: Sequence[int], column: Column) -> Column:
    """What is ``always`` so, but for these places, which get a column's values."""
    if len(places) == len(always):
        return column
    if len(places) == 1:
        return _with_one(always, places[0], only(column))

    def read(texts: Texts) -> tuple[Any, ...]:
        values = list(always)
        for place, value in zip(places, column(texts), strict=True):
            values[place] = value
        return tuple(values)

    return read


def _with_one(always: Sequence[Any], place: int, value: Callable[[Texts], Any]) -> Column:
    before, after = tuple(always[:place]), tuple(always[place + 1 :])
    return lambda texts: (*before, value(texts), *after)
