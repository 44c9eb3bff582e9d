"""Brings a device to the configuration that is wanted of it (DESIGN: "Configuration levels").

What is wanted is read first, so that only what differs is set.  The level goes into the ParameterKey with the
set that completes it, and only if nothing is left undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twisted.logger import Logger

from acs.configuration.batching import batches
from acs.configuration.composing import Composed
from acs.configuration.document import Entry
from acs.configuration.naming import no_map
from acs.configuration.planning import Plan, plan
from acs.cwmp import messages as m
from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.values import (
    ParameterAttributeStruct,
    ParameterValueStruct,
    SetParameterAttributesStruct,
)
from acs.session.desired import Desired, filled
from acs.session.errors import CpeFault, Unanswered, words_of
from acs.session.procedures.add_instances import add_instances
from acs.session.procedures.learn import learn
from acs.session.procedures.reading import read_each
from acs.session.visit import Visit
from acs.store.records import Device, Parameter

MAX_TRIES = 8
"""How often a device is brought towards a level in vain before it is left alone until there is another."""
FIRST_WAIT = 300.0
LONGEST_WAIT = 86_400.0
"""Seconds from one try to the next, twice as many each time."""
MOST_LINES = 100
LONGEST_LINE = 500
"""How many problems of a device are kept, and how many characters of each."""

log = Logger()

Values = tuple[ParameterValueStruct, ...]
Problems = dict[str, str]
"""Why a parameter is not as it is wanted, by its path."""


async def configure(visit: Visit, desired: Desired) -> None:
    """Bring the device to its desired level, if it is verified and below it."""
    level = desired.level(visit.device).value
    if not visit.verified or not is_due(visit.device, level, visit.now()):
        return
    composed = await desired.composed(visit.device)
    if not composed.entries and not composed.unmapped:
        return
    _count(visit, level)
    await visit.store.committed()
    try:
        problems = await _apply(visit, composed, level)
    except (CpeFault, Unanswered) as refusal:
        problems = {"": str(refusal)}
    if problems:
        _tell(visit, level, problems)
    else:
        _reached(visit, level)


def is_due(device: Device, level: str, now: float) -> bool:
    """Whether the device is to be brought to this level now: not too often, and not too soon after the last
    try."""
    if not level or device.current_config_level >= level:
        return False
    if device.config_tried != level or not device.config_tries:
        return True
    wait = min(FIRST_WAIT * 2 ** (device.config_tries - 1), LONGEST_WAIT)
    return device.config_tries < MAX_TRIES and now >= device.config_tried_at + wait


def _count(visit: Visit, level: str) -> None:
    """One more try; before it is made, lest a device that does not survive it be tried for ever."""
    device = visit.device
    tries = device.config_tries + 1 if device.config_tried == level else 1
    visit.store.change_device(device.id, config_tried=level, config_tries=tries, config_tried_at=visit.now())


async def _apply(visit: Visit, composed: Composed, level: str) -> Problems:
    """Read, compare, set; returns what could not be had."""
    entries, unknown = filled(composed.entries, visit.device)
    problems = {path: f"nobody tells what {name} is" for path, name in unknown.items()}
    problems |= {name: no_map(name) for name in composed.unmapped}
    bootstrap = visit.cpe.events.bootstrap
    held = await _read(visit, await _likely(visit, entries))
    due = (path for path, entry in entries.items() if bootstrap or not entry.bootstrap_only)
    lacking = [path for path in due if path not in held]
    present, refused = await add_instances(visit, lacking)
    held |= await _read(visit, [path for path in lacking if path.startswith(present)])
    todo = plan(entries, held, bootstrap) if held else Plan(missing=tuple(lacking))
    missing = [path for path in todo.missing if not path.startswith(tuple(refused))]
    problems |= refused | dict.fromkeys(missing, "the device has no such parameter")
    problems |= dict.fromkeys(todo.read_only, "the device does not let it be set")
    await _set_attributes(visit, todo.attributes)
    values = todo.values or _as_it_is(held, entries)
    if not values and not problems:
        return {"": "nothing of it can be set, and so not the level either"}
    return problems | await _set_values(visit, values, "" if problems else level)


async def _likely(visit: Visit, paths: Iterable[str]) -> list[str]:
    """Those that the device may have, by the last reading of all that it has."""
    known = await visit.tree.load()
    read = visit.device.full_read_at is not None and not visit.device.full_read_requested
    return [path for path in paths if path in known or not read]


async def _read(visit: Visit, paths: Sequence[str]) -> dict[str, Parameter]:
    """What the device holds of these at the moment; it leaves out what it does not have."""
    told: set[str] = set()
    for answer in await read_each(visit.cpe, m.GetParameterValues, paths):
        await visit.tree.learn_values(answer.ParameterList, visit.now())
        told.update(value.Name for value in answer.ParameterList)
    known = await visit.tree.load()
    return {path: known[path] for path in paths if path in told}


def _as_it_is(held: Mapping[str, Parameter], entries: Mapping[str, Entry]) -> Values:
    """A parameter as the device has it: something has to be set for the key to go with it."""
    for path, parameter in held.items():
        if parameter.value is not None and parameter.writable is not False and not entries[path].secret:
            return (ParameterValueStruct(path, parameter.value, parameter.type),)
    return ()


async def _set_attributes(visit: Visit, wanted: tuple[SetParameterAttributesStruct, ...]) -> None:
    """Many devices know no attributes: that is told, and keeps none from its level."""
    if not wanted:
        return
    try:
        await visit.cpe.call(m.SetParameterAttributes(wanted))
    except (CpeFault, Unanswered) as refusal:
        log.warn("{device}: no notification: {reason}", device=visit.device_id, reason=str(refusal))
        visit.cpe.record.remark(f"no notification: {refusal}")
        return
    await visit.tree.learn_attributes(
        ParameterAttributeStruct(each.Name, each.Notification, each.AccessList) for each in wanted
    )


async def _set_values(visit: Visit, values: Sequence[ParameterValueStruct], level: str) -> Problems:
    """Set them, with the level as the key of the last set unless one is refused, or ``level`` is "".

    Those that the device names as wrong are left out; where it names none, halves are tried.
    """
    waiting = batches(values, 0)
    problems: Problems = {}
    while waiting:
        batch = waiting.pop(0)
        last = level and not waiting and not problems
        request = m.SetParameterValues(batch, level if last else visit.device.parameter_key)
        try:
            response = await visit.cpe.call(request)
        except CpeFault as refusal:
            refused = _refused(batch, refusal)
            problems |= refused
            waiting[:0] = _rest(batch, refused)
        except LocalProtocolError as error:
            return problems | {"": str(error)}
        else:
            await learn(visit, request, response)
    return problems


def _refused(batch: Sequence[ParameterValueStruct], refusal: CpeFault) -> Problems:
    """Those of a set that the device will not have, as far as it says."""
    names = {value.Name for value in batch}
    told = {
        each.ParameterName: words_of(each)
        for each in refusal.fault.SetParameterValuesFault
        if each.ParameterName in names
    }
    if not told and len(batch) == 1:
        told = {batch[0].Name: words_of(refusal.fault)}
    return told


def _rest(
    batch: tuple[ParameterValueStruct, ...], refused: Problems
) -> list[tuple[ParameterValueStruct, ...]]:
    rest = tuple(value for value in batch if value.Name not in refused)
    if len(rest) < len(batch):
        return [rest] if rest else []
    middle = len(batch) // 2
    return [batch[:middle], batch[middle:]]


def _tell(visit: Visit, level: str, problems: Problems) -> None:
    # What the device says of them may be as long as it likes.
    said = (f"{path}: {reason}" if path else reason for path, reason in problems.items())
    lines = tuple(line[:LONGEST_LINE] for line in said)
    visit.store.change_device(visit.device_id, config_problems=lines[:MOST_LINES])
    visit.cpe.record.remark(f"not at level {level}: {'; '.join(lines)[:1000]}")
    log.warn(
        "{device}: not at level {wanted}: {first}{more}",
        device=visit.device_id,
        wanted=level,
        first=lines[0],
        more=f", and {len(lines) - 1} more" if lines[1:] else "",
    )


def _reached(visit: Visit, level: str) -> None:
    """The device has confirmed it.  Where it was set for the device alone, that has served its purpose."""
    own = visit.device.desired_config_level
    visit.store.change_device(
        visit.device_id,
        desired_config_level="" if own == level else own,
        parameter_key=level,
        current_config_level=level,
        config_tried="",
        config_tries=0,
        config_tried_at=0.0,
        config_problems=(),
    )
