"""The whole tree of a device: names, values and attributes, merged (DESIGN: "full read when asked for")."""

from __future__ import annotations

from twisted.logger import Logger

from acs.cwmp import messages as m
from acs.session.errors import CpeFault, Unanswered
from acs.session.procedures.reading import read_in_parts, read_names
from acs.session.visit import Visit

MAX_FAILURES = 3
"""How many full reads of a device may fail before it is not tried again until somebody asks."""

log = Logger()


async def read_all(visit: Visit) -> None:
    """Read everything, if that was asked for: on first sight, after a factory reset, on new firmware, by a
    person.

    A device that does not survive it is not asked for ever: the try is counted before it is made.
    """
    device = visit.device
    if not device.full_read_requested or device.full_read_failures >= MAX_FAILURES:
        return
    visit.store.change_device(device.id, full_read_failures=device.full_read_failures + 1)
    await visit.store.committed()
    try:
        for root in visit.roots:
            await _read(visit, root)
    except (CpeFault, Unanswered) as refusal:
        log.warn("{device}: full read: {reason}", device=device.id, reason=str(refusal))
        return
    now = visit.now()
    await visit.tree.keep(now)
    visit.store.change_device(device.id, full_read_requested=False, full_read_failures=0, full_read_at=now)


async def _read(visit: Visit, root: str) -> None:
    """Names, then values, then attributes; the tree may change in between, so each only adds to what is
    there."""
    cpe, tree = visit.cpe, visit.tree
    names = await read_names(cpe, root)
    leaves = [info.Name for info in names if not info.Name.endswith(".")]
    values = await read_in_parts(cpe, m.GetParameterValues, root, leaves)
    told = {value.Name for answer in values for value in answer.ParameterList}
    await tree.forget_all_but(told.union(info.Name for info in names), root)
    await tree.learn_names(names, visit.now())
    for answer in values:
        await tree.learn_values(answer.ParameterList, visit.now())
    await tree.keep(visit.now())
    try:
        attributes = await read_in_parts(cpe, m.GetParameterAttributes, root, leaves)
    except (CpeFault, Unanswered) as refusal:
        # Required of every CPE, yet many do not know it: what was read counts all the same.
        log.info("{device}: no attributes: {reason}", device=visit.device_id, reason=str(refusal))
        return
    for told_attributes in attributes:
        await tree.learn_attributes(told_attributes.ParameterList)
