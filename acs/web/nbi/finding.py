"""Finds the devices that a query is about: by the indexes where they can tell, by looking at each else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from acs.store.interface import Query, Store
from acs.store.records import Device, Parameter
from acs.web.nbi.documents import Known
from acs.web.nbi.door import Door
from acs.web.nbi.narrowing import narrowed
from acs.web.nbi.queries import All, Test, fields_of, sort_key

PIECE = 100
"""Devices that are looked at with one unit."""
_MOST_IDS = 1000

Found = tuple[list[tuple[Any, bool]], str]


class Wanted(Struct, frozen=True):
    """What of a collection is asked for: what the ``test`` says, in this ``order``, from ``skip`` on, at most
    ``limit`` (None: all)."""

    test: Test
    order: tuple[tuple[str, bool], ...] = ()
    skip: int = 0
    limit: int | None = None

    def piece(self, found: Sequence[Any]) -> Sequence[Any]:
        """What is asked for of all that was found."""
        return found[self.skip : None if self.limit is None else self.skip + self.limit]


async def find_devices(door: Door, wanted: Wanted) -> list[str]:
    """The ids of all devices of which the query holds, in its order; raises `BadFilter` where that costs too
    much, `BadQuery`."""
    names = [*fields_of(wanted.test), *(name for name, _ in wanted.order)]
    reads = any(not name.startswith("_") or name == "_lastBoot" for name in names)
    found: list[tuple[list[Any], str]] = []
    await door.searches.acquire()
    try:
        async for devices in _candidates(door.store, wanted.test):
            likely = await door.in_thread(partial(_likely, devices, wanted.test))
            known = [(each, await door.store.parameters(each.id) if reads else {}) for each in likely]
            found += await door.in_thread(partial(_matching, known, wanted, door.secrets))
    finally:
        door.searches.release()
    return in_order(found, wanted.order)


def in_order(found: list[tuple[list[Any], Any]], order: Sequence[tuple[str, bool]]) -> list[Any]:
    """What was found, by the keys that stand beside it."""
    for number in reversed(range(len(order))):
        found.sort(key=lambda each, number=number: each[0][number], reverse=order[number][1])  # type: ignore[misc]
    return [each for _, each in found]


async def _candidates(store: Store, test: Test) -> AsyncIterator[Sequence[Device]]:
    """All devices that it can be, piece by piece."""
    by = narrowed(test)
    if by.ids is not None and len(by.ids) <= _MOST_IDS:
        there = [await store.device(each) for each in by.ids]
        yield [each for each in there if each is not None]
        return
    cursor: str | None = None
    while True:
        page = await store.devices(Query(filters=by.filters, limit=PIECE, cursor=cursor))
        yield page.items
        cursor = page.next
        if cursor is None:
            return


def _likely(devices: Sequence[Device], test: Test) -> list[Device]:
    """Those that are not ruled out by what is said of them without their parameters."""
    tests = test.tests if isinstance(test, All) else (test,)
    cheap = [each for each in tests if all(_is_own(name) for name in fields_of(each))]
    return [each for each in devices if all(one.holds(Known(each, {})) for one in cheap)]


def _is_own(name: str) -> bool:
    return name.startswith("_") and name != "_lastBoot"


def _matching(
    known: Sequence[tuple[Device, dict[str, Parameter]]], wanted: Wanted, reveal: bool
) -> list[tuple[list[Any], str]]:
    """Those of which the query holds, with the keys of its order; in a thread."""
    found = []
    for device, parameters in known:
        subject = Known(device, parameters, reveal)
        if wanted.test.holds(subject):
            found.append(([sort_key(subject.found(name)) for name, _ in wanted.order], device.id))
    return found
