"""Instances of objects that a configuration speaks of are added where the device lacks them.

One is added after the other, and of each only what is wanted is read afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from acs.cwmp import messages as m
from acs.cwmp.paths import sort_key
from acs.session.errors import CpeFault, words_of
from acs.session.visit import Visit

MOST = 32
"""How many instances are added to one table in a session, lest a device that numbers them otherwise be
filled with them."""

_NUMBER = re.compile("[0-9]{1,10}")  # of an instance: 32 bits


async def add_instances(visit: Visit, paths: Iterable[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Add the instances that these paths of parameters lead through and that the device lacks.

    Returns those that are there then, and why others are not, by their own paths.  A table that the device
    does not have is left alone.
    """
    present: list[str] = []
    problems: dict[str, str] = {}
    there: dict[str, set[int] | None] = {}
    for table, number in _wanted(paths):
        if any(table.startswith(instance) for instance in problems):
            continue
        if table not in there:
            there[table] = await _instances(visit, table)
        existing = there[table]
        if existing is None:
            continue
        if number not in existing and (reason := await _add(visit, table, number, existing)):
            problems[f"{table}{number}."] = reason
        else:
            present.append(f"{table}{number}.")
    return tuple(present), problems


def _wanted(paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The tables with the numbers in them that the paths lead through, outer ones first."""
    found = set()
    for path in paths:
        parts = path.split(".")
        for at, part in enumerate(parts[:-1]):
            if _NUMBER.fullmatch(part):
                found.add((".".join(parts[:at]) + ".", int(part)))
    yield from sorted(found, key=lambda each: (each[0].count("."), sort_key(each[0]), each[1]))


async def _instances(visit: Visit, table: str) -> set[int] | None:
    """The numbers of the instances that a table has; None where the device has no such table."""
    try:
        answer = await visit.cpe.call(m.GetParameterNames(table, True))
    except CpeFault:
        return None
    names = (info.Name.removeprefix(table).rstrip(".") for info in answer.ParameterList)
    return {int(name) for name in names if _NUMBER.fullmatch(name)}


async def _add(visit: Visit, table: str, number: int, existing: set[int]) -> str:
    """Add instances until there is that of this number; returns why that is not to be had, "" if it is.

    A device numbers them itself, upwards as a rule: those before the wanted one are added too.
    """
    for _ in range(min(MOST, max(1, number - len(existing)))):
        try:
            answer = await visit.cpe.call(m.AddObject(table, visit.device.parameter_key))
        except CpeFault as refusal:
            return f"cannot be added: {words_of(refusal.fault)}"
        existing.add(answer.InstanceNumber)
        if answer.InstanceNumber == number:
            return ""
        if answer.InstanceNumber > number:
            return f"the device has made {answer.InstanceNumber} instead"
    return "the device numbers its instances otherwise"
