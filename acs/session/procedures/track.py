"""Parameters that are read time after time (DESIGN: "tracked parameters").

Such are uptime or signal levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice

from twisted.logger import Logger

from acs.configuration.naming import place_of
from acs.cwmp import messages as m
from acs.cwmp.paths import outermost, under
from acs.cwmp.values import ParameterValueStruct
from acs.session.errors import CpeFault, Unanswered
from acs.session.procedures.learn import uptime_in
from acs.session.profiles import Kind
from acs.session.visit import Visit
from acs.store.records import Device, Tracked

MOST_READINGS = 100
LONGEST_READING = 128
"""How many values of a request go into the history, and how many characters one may have."""

log = Logger()


async def track(visit: Visit, kind: Kind) -> None:
    """Read what is due of a device of this kind, each parameter once.

    One that the device refuses does not keep the others from being read.
    """
    due = [each for each in kind.tracked if is_due(each, visit.device, visit.now())]
    if not due or not visit.cpe.may_ask:
        return
    if any(each.every for each in due):
        # Before it is asked: one that does not survive that is not asked again in each session.
        visit.store.change_device(visit.device_id, tracked_at=visit.now())
    paths = tuple(dict.fromkeys(_places(visit, kind, due)))
    covering = frozenset(outermost(paths))
    wanted = tuple(path for path in paths if path in covering)
    history = tuple(_places(visit, kind, (each for each in due if each.history)))
    size = visit.cpe.adapter.names_per_request or len(wanted) or 1
    for start in range(0, len(wanted), size):
        await _track(visit, wanted[start : start + size], history)


def is_due(tracked: Tracked, device: Device, now: float) -> bool:
    """Whether it is to be read from the device now.

    Time is cut into pieces of the wanted length, for each device at other moments: it is due once in each.
    """
    if not tracked.every or not device.tracked_at:
        return True
    shift = int.from_bytes(blake2b(device.id.encode(), digest_size=8).digest()) % tracked.every
    return (now + shift) // tracked.every != (device.tracked_at + shift) // tracked.every


def _places(visit: Visit, kind: Kind, tracked: Iterable[Tracked]) -> Iterator[str]:
    """The absolute paths; a logical name that the device's kind does not have is left out."""
    for each in tracked:
        path = place_of(each.path, visit.root, kind.names)
        if path is None:
            log.debug("{device}: cannot be tracked: {path}", **visit.about, path=each.path)
        else:
            yield path


async def _track(visit: Visit, wanted: tuple[str, ...], history: Sequence[str]) -> None:
    for path in wanted if await _refused(visit, wanted, history) else ():
        if len(wanted) == 1 or await _refused(visit, (path,), history):
            log.info("{device}: cannot be tracked: {path}", **visit.about, path=path)


async def _refused(visit: Visit, paths: tuple[str, ...], history: Sequence[str]) -> bool:
    """Read these; True if the device would not."""
    try:
        answer = await visit.cpe.call(m.GetParameterValues(paths))
    except (CpeFault, Unanswered):
        return True
    await visit.tree.learn_values(answer.ParameterList, visit.now())
    uptime = uptime_in(answer.ParameterList)
    if uptime is not None:
        visit.cpe.record.note(device_uptime=uptime)
    kept = list(islice(_kept(answer.ParameterList, history), MOST_READINGS))
    if kept:
        visit.store.keep_readings(visit.device_id, kept, visit.now())
    return False


def _kept(values: Iterable[ParameterValueStruct], history: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What of the answer goes into the history: the values of these paths, unless they are long."""
    for value in values:
        if len(value.Value) <= LONGEST_READING and any(under(path, value.Name) for path in history):
            yield value.Name, value.Value
