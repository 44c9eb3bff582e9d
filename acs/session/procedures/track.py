"""Parameters that are read in every session (DESIGN: "tracked parameters").

Such are uptime or signal levels.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from acs.cwmp import messages as m
from acs.cwmp.paths import absolute
from acs.session.errors import CpeFault, Unanswered
from acs.session.procedures.learn import uptime_in
from acs.session.visit import Visit

log = Logger()


async def track(visit: Visit, paths: Sequence[str]) -> None:
    """Read ``paths``; one that begins with a dot is relative to the device's root object.

    One that the device refuses does not keep the others from being read.
    """
    if not paths:
        return
    wanted = tuple(absolute(path, visit.root) for path in paths)
    size = visit.cpe.adapter.names_per_request or len(wanted)
    for start in range(0, len(wanted), size):
        await _track(visit, wanted[start : start + size])


async def _track(visit: Visit, wanted: tuple[str, ...]) -> None:
    for path in wanted if await _refused(visit, wanted) else ():
        if len(wanted) == 1 or await _refused(visit, (path,)):
            log.info("{device}: cannot be tracked: {path}", device=visit.device_id, path=path)


async def _refused(visit: Visit, paths: tuple[str, ...]) -> bool:
    """Read these; True if the device would not."""
    if not paths:
        return False
    try:
        answer = await visit.cpe.call(m.GetParameterValues(paths))
    except (CpeFault, Unanswered):
        return True
    await visit.tree.learn_values(answer.ParameterList, visit.now())
    uptime = uptime_in(answer.ParameterList)
    if uptime is not None:
        visit.cpe.record.note(device_uptime=uptime)
    return False
