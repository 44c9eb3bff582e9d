"""Makes a device what is wanted of it, by setting what differs from what it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from acs.configuration.document import Entry
from acs.configuration.planning import plan
from acs.cwmp.messages import GetParameterValuesResponse
from acs.cwmp.paths import is_partial, root_of
from acs.cwmp.values import ParameterValueStruct
from acs.session.errors import CpeFault
from acs.session.problems import Problems
from acs.session.procedures.heed_changes import hear_of_changes
from acs.session.procedures.instances import Tables, add_instances, number_all, remove_others
from acs.session.procedures.reading import Batches, Names, read_names, read_values
from acs.session.procedures.setting import set_attributes, set_values, unkept
from acs.session.visit import Visit
from acs.store.records import Parameter


class SoFar(Struct):
    """How far it has come towards a level, where a device's sessions are too short for all of it.

    ``names`` are those that the device has below each root, as far as it was asked; ``asked`` and
    ``asked_anew`` the parameters that it was to tell before and after instances were added, ``told`` those
    that it told.
    """

    level: str
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    listing: Names = field(default_factory=Names)
    asked: set[str] = field(default_factory=set)
    asked_anew: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    asking: Batches[GetParameterValuesResponse] = field(default_factory=Batches)
    tables: Tables = field(default_factory=Tables)


async def apply(visit: Visit, entries: Mapping[str, Entry], key: str, so_far: SoFar) -> Problems:
    """Make the device what the entries say, and ``key`` its ParameterKey if nothing is left undone; returns
    what could not be had."""
    bootstrap = visit.cpe.events.bootstrap
    due = {path: entry for path, entry in entries.items() if bootstrap or not entry.bootstrap_only}
    if visit.device.full_read_requested:
        await _list_names(visit, due, so_far)
    wanted, problems = await number_all(visit, due, so_far.tables)
    parameters = [path for path in wanted if not is_partial(path)]
    held = await _read(visit, await _likely(visit, parameters, so_far), so_far, so_far.asked)
    wanted = await hear_of_changes(visit, wanted, visit.tree.changed)
    visit.tree.changed.clear()
    lacking = [path for path in parameters if path not in held]
    present, refused = await add_instances(visit, lacking, so_far.tables)
    added = [path for path in lacking if path.startswith(present)]
    held |= await _read(visit, added, so_far, so_far.asked_anew)
    problems |= refused | await remove_others(visit, wanted, so_far.tables)
    todo = plan(wanted, held, bootstrap)
    missing = [path for path in todo.missing if not path.startswith(tuple(refused))]
    problems |= dict.fromkeys(missing, "the device has no such parameter")
    problems |= dict.fromkeys(todo.read_only, "the device does not let it be set")
    await set_attributes(visit, todo.attributes)
    return problems | await _set(visit, todo.values, held, wanted, "" if problems else key)


async def _set(
    visit: Visit,
    values: Sequence[ParameterValueStruct],
    held: Mapping[str, Parameter],
    entries: Mapping[str, Entry],
    key: str,
) -> Problems:
    """Set what differs; where nothing does, one as it is, for the key to go with it."""
    before = visit.device.parameter_key
    if not values:
        return await _set_key(visit, _as_it_is(held, entries), key) if key and key != before else {}
    old = {path: parameter.value for path, parameter in held.items()}
    problems, at_once = await set_values(visit, values, key or before)
    shown = [each for each in values if each.Name not in problems and not entries[each.Name].secret]
    if not (at_once and shown and visit.cpe.may_ask):
        return problems
    kept = await unkept(visit, shown, old)
    if kept and not problems and key and key != before:
        # The level is not reached, and the device is to say so too.
        known = await visit.tree.load()
        await _set_key(visit, _as_it_is({path: known[path] for path in held}, entries), before)
    return problems | kept


async def _set_key(visit: Visit, values: Sequence[ParameterValueStruct], key: str) -> Problems:
    if not values:
        return {"": "nothing of it can be set, and so not the level either"}
    problems, _ = await set_values(visit, values, key)
    return problems


async def _list_names(visit: Visit, paths: Iterable[str], so_far: SoFar) -> None:
    """Ask for all names that the device has, where what it has is not known: asked for parameters that it
    does not have it would not tell of the others."""
    for root in sorted({root_of(path) for path in paths} - so_far.names.keys()):
        try:
            infos = await read_names(visit.cpe, root, so_far.listing)
        except CpeFault:
            infos = ()
        await visit.tree.learn_names(infos, visit.now())
        so_far.names[root] = frozenset(info.Name for info in infos)
        so_far.listing = Names()
        so_far.tables.fill(so_far.names[root])


async def _likely(visit: Visit, paths: Iterable[str], so_far: SoFar) -> list[str]:
    """Those that the device may have, by its names, or by the last reading of all that it has."""
    listed = frozenset[str]().union(*so_far.names.values())
    if listed:
        return [path for path in paths if path in listed]
    known = await visit.tree.load()
    read = visit.device.full_read_at is not None and not visit.device.full_read_requested
    return [path for path in paths if path in known or not read]


async def _read(visit: Visit, paths: Sequence[str], so_far: SoFar, asked: set[str]) -> dict[str, Parameter]:
    """What the device holds of these at the moment; it leaves out what it does not have."""
    done = asked | so_far.asked_anew
    if todo := [path for path in paths if path not in done]:
        so_far.told.update(await read_values(visit, todo, so_far.asking))
        asked.update(todo)
        so_far.asking = Batches()
    known = await visit.tree.load()
    return {path: known[path] for path in paths if path in so_far.told and path in known}


def _as_it_is(
    held: Mapping[str, Parameter], entries: Mapping[str, Entry]
) -> tuple[ParameterValueStruct, ...]:
    """A parameter as the device has it: something has to be set for the key to go with it."""
    for path, parameter in held.items():
        if parameter.value is not None and parameter.writable is not False and not entries[path].secret:
            return (ParameterValueStruct(path, parameter.value, parameter.type),)
    return ()
