"""Plans: how values are made of the texts of a document, many of a kind at a time.

A column makes one value for each element that it was compiled from.  It knows the texts by their numbers
only, so it serves every document whose elements are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from acs.cwmp.errors import RemoteProtocolError

Texts = Sequence[str]
Column = Callable[[Texts], Iterable[Any]]


def constant(values: Sequence[Any]) -> Column:
    """These values, whatever the texts are."""
    return lambda texts: values


def leaves(slots: Sequence[int], convert: Callable[[str], Any], name: str) -> Column:
    """What ``convert`` makes of the texts of these numbers; where it cannot, ``name`` is to blame."""
    several, first = len(slots) > 1, slots[0]
    texts_at = itemgetter(*slots)  # of one slot alone it would give a bare text
    if convert is str:
        return texts_at if several else lambda texts: (texts[first],)

    def read(texts: Texts) -> Iterable[Any]:
        try:
            return list(map(convert, texts_at(texts))) if several else (convert(texts[first]),)
        except ValueError as error:
            raise RemoteProtocolError(f"{name}: {error}", fault=8003) from None

    return read


def built(make: Callable[..., Any], fields: Sequence[Column]) -> Column:
    """One structure for each row of its fields."""
    return lambda texts: map(make, *[field(texts) for field in fields])


def grouped(column: Column, lengths: Sequence[int]) -> Column:
    """The values in tuples of these lengths, one after the other."""
    if len(lengths) == 1:
        return lambda texts: (tuple(column(texts)),)
    if set(lengths) == {1}:
        return lambda texts: zip(column(texts), strict=True)

    def read(texts: Texts) -> Iterable[Any]:
        values = iter(column(texts))
        return [tuple(islice(values, length)) for length in lengths]

    return read


def interleaved(columns: Sequence[Column], order: Sequence[int]) -> Column:
    """The next value of one column or another, as ``order`` has it."""

    def read(texts: Texts) -> Iterable[Any]:
        values = [iter(column(texts)) for column in columns]
        return [next(values[which]) for which in order]

    return read
