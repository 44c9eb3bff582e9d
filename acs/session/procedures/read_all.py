"""A device's whole tree: names, values, attributes (DESIGN: "full read when asked for")."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from twisted.logger import Logger

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterInfoStruct
from acs.session.errors import CpeFault, Enough, Unanswered
from acs.session.procedures.reading import Batches, Names, read_in_parts, read_names
from acs.session.visit import Visit

MAX_FAILURES = 3
"""How many full reads of a device may fail before it is not tried again until somebody asks."""

log = Logger()


class _SoFar(Struct):
    """How far a read of one root has come, where a device's session is too short for all of it."""

    names: tuple[ParameterInfoStruct, ...] | None = None
    values: bool = False
    attributes: bool = False
    listing: Names = field(default_factory=Names)
    asking: Batches[Any] = field(default_factory=Batches)


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
    so_far = _taken_up(visit)
    try:
        for root in visit.roots:
            await _read(visit, root, so_far.setdefault(root, _SoFar()))
    except Enough:
        visit.resident.unfinished = so_far
        visit.store.change_device(device.id, full_read_failures=device.full_read_failures)
        raise
    except (CpeFault, Unanswered) as refusal:
        log.warn("{device}: full read: {reason}", **visit.about, reason=str(refusal))
        return
    now = visit.now()
    await visit.tree.keep(now)
    visit.store.change_device(device.id, full_read_requested=False, full_read_failures=0, full_read_at=now)


def _taken_up(visit: Visit) -> dict[str, _SoFar]:
    """What earlier sessions have read, unless the device was reset since."""
    found, visit.resident.unfinished = visit.resident.unfinished, None
    return found if isinstance(found, dict) and not visit.cpe.events.bootstrap else {}


async def _read(visit: Visit, root: str, so_far: _SoFar) -> None:
    """Names, then values, then attributes; the tree may change in between, so each only adds to what is
    there."""
    cpe, tree = visit.cpe, visit.tree
    if so_far.names is None:
        so_far.names = await read_names(cpe, root, so_far.listing)
    names = so_far.names
    if not so_far.values:
        values = await read_in_parts(cpe, m.GetParameterValues, root, names, so_far.asking)
        await tree.forget_all_but([names, *(answer.ParameterList for answer in values)], root)
        await tree.learn_names(names, visit.now())
        for answer in values:
            await tree.learn_values(answer.ParameterList, visit.now())
        await tree.keep(visit.now())
        so_far.values, so_far.asking = True, Batches()
    if so_far.attributes or "GetParameterAttributes" in cpe.adapter.never:
        return
    try:
        attributes = await read_in_parts(cpe, m.GetParameterAttributes, root, names, so_far.asking)
    except (CpeFault, Unanswered) as refusal:
        # Required of every CPE, yet many do not know it: what was read counts all the same.
        log.info("{device}: no attributes: {reason}", **visit.about, reason=str(refusal))
        attributes = []
    so_far.attributes = True
    for told_attributes in attributes:
        await tree.learn_attributes(told_attributes.ParameterList)
