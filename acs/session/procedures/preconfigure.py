"""What a device may have before anybody knows whether it is what it says: no secrets, no new instances."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.logger import Logger

from acs.configuration.addressing import named, numbered
from acs.configuration.document import Entry
from acs.configuration.planning import plan
from acs.session.desired import Desired, filled
from acs.session.errors import CpeFault, Unanswered
from acs.session.problems import Problems, lines_of
from acs.session.procedures.reading import read_values
from acs.session.procedures.setting import set_values
from acs.session.visit import Visit

log = Logger()


async def preconfigure(visit: Visit, desired: Desired) -> None:
    """Set what the configuration lets unverified devices have, once for each level, and after each reset; the
    ParameterKey stays what it is."""
    if visit.verified:
        return
    device = visit.device
    level = desired.level(device).value
    if not level or device.preconfig_level >= level:
        return
    visit.store.change_device(device.id, preconfig_level=level)
    await visit.store.committed()
    composed = await desired.composed(device)
    open_to_all = {
        path: entry for path, entry in composed.entries.items() if entry.unverified and not entry.secret
    }
    if not open_to_all:
        return
    entries, _ = filled(open_to_all, device)
    try:
        problems = await _set(visit, entries)
    except (CpeFault, Unanswered) as refusal:
        problems = {"": str(refusal)}
    if problems:
        said = "; ".join(lines_of(problems))
        visit.cpe.record.remark(f"not all set that an unverified device may have: {said[:1000]}")
        log.warn("{device}: pre-configuration: {problems}", **visit.about, problems=said[:500])


async def _set(visit: Visit, entries: Mapping[str, Entry]) -> Problems:
    """Read them, and set those that differ; named instances are those that the device was known to have."""
    known = await visit.tree.load()
    wanted = {numbered(path, known): entry for path, entry in entries.items()}
    wanted = {path: entry for path, entry in wanted.items() if named(path) is None}
    if not visit.cpe.adapter.rpcs_per_session:  # else the one that there is has to be the set
        await read_values(visit, list(wanted))
    todo = plan(wanted, await visit.tree.load(), visit.cpe.events.bootstrap)
    if not todo.values:
        return {}
    problems, _ = await set_values(visit, todo.values, visit.device.parameter_key)
    return problems
