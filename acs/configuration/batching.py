"""Requests of a size that a device can take.

What concerns one object goes into one of them, as a device may judge its parameters together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from acs.cwmp.paths import parent

__all__ = ["batches", "halves"]


class Named(Protocol):
    """An item that is about a parameter."""

    @property
    def Name(self) -> str:  # noqa: N802 (TR-069's)
        """The parameter's path."""


T = TypeVar("T", bound=Named)
U = TypeVar("U")


def batches(values: Iterable[T], most: int) -> list[tuple[T, ...]]:
    """The values in batches of at most ``most``, 0 for all at once; none for none.

    Objects keep the order in which they first come.  One that is larger than a batch has the first batches
    for itself.
    """
    found: list[list[T]] = []
    for group in _by_object(values):
        if not found or (most and len(found[-1]) + len(group) > most):
            found += _cut(group, most or len(group))
        else:
            found[-1] += group
    return [tuple(batch) for batch in found]


def halves(batch: tuple[U, ...]) -> list[tuple[U, ...]]:
    """A batch that was too much, in two."""
    middle = len(batch) // 2
    return [batch[:middle], batch[middle:]]


def _by_object(values: Iterable[T]) -> Iterable[list[T]]:
    groups: dict[str, list[T]] = {}
    for value in values:
        groups.setdefault(parent(value.Name), []).append(value)
    return groups.values()


def _cut(group: Sequence[T], most: int) -> list[list[T]]:
    return [list(group[at : at + most]) for at in range(0, len(group), most)]
