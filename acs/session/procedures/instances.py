"""Instances of objects, of which a configuration says which there are to be.

Those that the device lacks are added one after the other, those that are too many are deleted, and those that
are named by what they are get their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from acs.configuration.addressing import Name, named, with_number
from acs.configuration.comparing import same
from acs.configuration.document import Entry
from acs.cwmp import messages as m
from acs.cwmp.paths import parent, sort_key
from acs.session.errors import CpeFault, words_of
from acs.session.problems import Problems
from acs.session.procedures.learn import learn
from acs.session.procedures.reading import read_values
from acs.session.visit import Visit

MOST = 32
"""How many instances are added to one table in a session, or deleted from it, lest a device that numbers them
otherwise be filled with them."""

_NUMBER = re.compile("[0-9]{1,10}")  # of an instance: 32 bits


class Tables(Struct):
    """What the device has told of its tables: the numbers of their instances (None: it has no such table),
    the values of their keys by number; and the names, by path, that instances are to have which were added
    for them.
    """

    numbers: dict[str, set[int] | None] = field(default_factory=dict)
    keys: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def fill(self, names: Iterable[str]) -> None:
        """Take the numbers from all the names that the device has below a root."""
        found: dict[str, set[int]] = {}
        for name in names:
            if name.endswith("."):
                table = parent(name)
                number = name[len(table) : -1]
                if _NUMBER.fullmatch(number):
                    found.setdefault(table, set()).add(int(number))
                found.setdefault(name, set())
        self.numbers |= found


# Named instances


async def number_all(
    visit: Visit, entries: Mapping[str, Entry], tables: Tables
) -> tuple[dict[str, Entry], Problems]:
    """The entries by paths with numbers for the instances that were named; one that the device lacks is
    added, and an entry gives it its name."""
    given: dict[str, Entry] = {}
    found: dict[str, Entry] = {}
    problems: Problems = {}
    for path, entry in entries.items():
        if named(path) is None:
            given[path] = entry
        elif (place := await _with_numbers(visit, path, tables, problems)) is not None:
            found[place] = entry
    return {path: Entry(value) for path, value in tables.made.items()} | found | given, problems


async def _with_numbers(visit: Visit, path: str, tables: Tables, problems: Problems) -> str | None:
    """The path with a number for each named instance; None where one is not to be had, which is told."""
    while (name := named(path)) is not None:
        number = await _number(visit, name, tables, problems)
        if number is None:
            problems.setdefault(f"{name.table}[{name.key}:{name.value}].", "the device has no such table")
            return None
        path = with_number(path, number)
    return path


async def _number(visit: Visit, name: Name, tables: Tables, problems: Problems) -> int | None:
    """The number of a named instance, which is added where there is none."""
    place = f"{name.table}[{name.key}:{name.value}]."
    if place in problems:
        return None
    keys = await _keys(visit, name.table, name.key, tables)
    if keys is None:
        return None
    alike = [number for number, value in keys.items() if same(name.value, value, "")]
    if alike:
        return min(alike)
    try:
        number = await _add(visit, name.table, tables)
    except CpeFault as refusal:
        problems[place] = f"cannot be added: {words_of(refusal.fault)}"
        return None
    keys[number] = tables.made[f"{name.table}{number}.{name.key}"] = name.value
    return number


async def _keys(visit: Visit, table: str, key: str, tables: Tables) -> dict[int, str] | None:
    """What tells a table's instances apart, by number; None where the device has no such table."""
    if (table, key) not in tables.keys:
        numbers = await _instances(visit, table, tables)
        if numbers is None:
            return None
        names = {number: f"{table}{number}.{key}" for number in sorted(numbers)}
        told = await read_values(visit, list(names.values()))
        tables.keys[table, key] = {number: told[name] for number, name in names.items() if name in told}
    return tables.keys[table, key]


# Missing ones


async def add_instances(
    visit: Visit, paths: Iterable[str], tables: Tables
) -> tuple[tuple[str, ...], Problems]:
    """Add the instances that these paths of parameters lead through and that the device lacks.

    Returns those that are there then, and why others are not, by their own paths.  A table that the device
    does not have is left alone.
    """
    present: list[str] = []
    problems: Problems = {}
    for table, number in _wanted(paths):
        if any(table.startswith(instance) for instance in problems):
            continue
        existing = await _instances(visit, table, tables)
        if existing is None:
            continue
        if number not in existing and (reason := await _add_up_to(visit, table, number, tables)):
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


async def _instances(visit: Visit, table: str, tables: Tables) -> set[int] | None:
    """The numbers of the instances that a table has; None where the device has no such table."""
    if table not in tables.numbers:
        try:
            answer = await visit.cpe.call(m.GetParameterNames(table, True))
        except CpeFault:
            tables.numbers[table] = None
        else:
            names = (info.Name.removeprefix(table).rstrip(".") for info in answer.ParameterList)
            tables.numbers[table] = {int(name) for name in names if _NUMBER.fullmatch(name)}
    return tables.numbers[table]


async def _add_up_to(visit: Visit, table: str, number: int, tables: Tables) -> str:
    """Add instances until there is that of this number; returns why that is not to be had, "" if it is.

    A device numbers them itself, upwards as a rule: those before the wanted one are added too.
    """
    existing = tables.numbers[table] or set()
    for _ in range(min(MOST, max(1, number - len(existing)))):
        try:
            made = await _add(visit, table, tables)
        except CpeFault as refusal:
            return f"cannot be added: {words_of(refusal.fault)}"
        if made == number:
            return ""
        if made > number:
            return f"the device has made {made} instead"
    return "the device numbers its instances otherwise"


async def _add(visit: Visit, table: str, tables: Tables) -> int:
    """Add one; its number.  Raises `CpeFault`."""
    request = m.AddObject(table, visit.device.parameter_key)
    answer = await visit.cpe.call(request)
    await learn(visit, request, answer)
    numbers = tables.numbers.get(table)
    if numbers is not None:
        numbers.add(answer.InstanceNumber)
    return answer.InstanceNumber


# Those that are too many


async def remove_others(visit: Visit, entries: Mapping[str, Entry], tables: Tables) -> Problems:
    """Delete the instances that no entry leads through, of tables whose entry says so; outer tables first."""
    problems: Problems = {}
    swept = [path for path, entry in entries.items() if entry.others == "remove"]
    kept = set(_wanted(entries)) if swept else set()
    for table in swept:
        existing = await _instances(visit, table, tables) or set()
        for number in [number for number in sorted(existing) if (table, number) not in kept][:MOST]:
            try:
                await _remove(visit, table, number, tables)
            except CpeFault as refusal:
                problems[f"{table}{number}."] = f"cannot be removed: {words_of(refusal.fault)}"
    return problems


async def _remove(visit: Visit, table: str, number: int, tables: Tables) -> None:
    request = m.DeleteObject(f"{table}{number}.", visit.device.parameter_key)
    answer = await visit.cpe.call(request)
    await learn(visit, request, answer)
    (tables.numbers[table] or set()).discard(number)
