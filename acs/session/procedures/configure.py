"""Brings a device to the configuration that is wanted of it (DESIGN: "Configuration levels").

The level goes into the ParameterKey with the set that completes it, and only if nothing is left undone.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from acs.configuration.document import Entry
from acs.configuration.naming import no_map
from acs.session.desired import Desired, filled
from acs.session.errors import CpeFault, Enough, Unanswered
from acs.session.problems import Problems, lines_of
from acs.session.procedures.applying import SoFar, apply
from acs.session.procedures.heed_changes import note_drift
from acs.session.procedures.relate import PutOff, ask_leave, told_by_operator
from acs.session.visit import Visit
from acs.store.records import Check, Device
from acs.store.records.alarms import AlarmKind

MAX_TRIES = 8
"""How often a device is brought towards a level in vain before it is left alone until there is another."""
FIRST_WAIT = 300.0
LONGEST_WAIT = 86_400.0
"""Seconds from one try to the next, twice as many each time.  What has been well for as long as the longest
of them is tried anew."""
MOST_LINES = 100
"""How many problems of a device are kept."""
KEY_LOST = "the device does not keep its ParameterKey (see the quirk no-parameter-key)"

log = Logger()


async def configure(visit: Visit, desired: Desired) -> None:
    """Bring the device to its desired level, if it is verified and below it, or to be checked."""
    level = desired.level(visit.device).value
    if not visit.verified or not level:
        return
    _look_at_the_last_try(visit, level)
    if not is_due(visit.device, level, visit.now()):
        return
    try:
        entries, left_out = await _wanted(visit, desired)
    except PutOff as why:
        _put_off(visit, level, str(why))
        return
    if not entries and not left_out:
        return
    so_far, before = _taken_up(visit, level), visit.device
    _count(visit, level)
    await visit.store.committed()
    whole = before.current_config_level < level and not left_out
    try:
        problems = await apply(visit, entries, level if whole else before.parameter_key, so_far)
    except (CpeFault, Unanswered) as refusal:
        problems = {"": str(refusal)}
    except Enough:
        # The rest is for its next session; it was not in vain.
        visit.resident.configuring = so_far
        visit.store.change_device(
            before.id, config_tries=before.config_tries, config_tried=before.config_tried
        )
        raise
    if problems | left_out:
        _tell(visit, level, problems | left_out)
    else:
        _reached(visit, level)
        await note_drift(visit, entries)


async def _wanted(visit: Visit, desired: Desired) -> tuple[dict[str, Entry], Problems]:
    """What the device is to have, and why other things that are wanted cannot be said; raises `PutOff`."""
    await ask_leave(visit)
    composed = await desired.composed(visit.device, await told_by_operator(visit))
    entries, unknown = filled(composed.entries, visit.device, visit.related)
    left_out = {path: f"nobody tells what {name} is" for path, name in unknown.items()}
    left_out |= {name: no_map(name) for name in composed.unmapped}
    if visit.device.config_check is Check.OWNED:
        entries = {path: entry for path, entry in entries.items() if entry.owner == "operator"}
    return entries, left_out


def _put_off(visit: Visit, level: str, reason: str) -> None:
    """Leave the device as it is; that is no try, and it is looked at again in its next session."""
    visit.store.change_device(visit.device_id, config_problems=(reason,))
    visit.cpe.record.remark(f"not at level {level}: {reason}")


def is_due(device: Device, level: str, now: float) -> bool:
    """Whether the device is to be brought to this level now: not too often, and not too soon after the last
    try."""
    if device.current_config_level >= level and not device.config_check:
        return False
    if device.config_tried != level or not device.config_tries or _was_long_well(device, now):
        return True
    wait = min(FIRST_WAIT * 2 ** (device.config_tries - 1), LONGEST_WAIT)
    return device.config_tries < MAX_TRIES and now >= device.config_tried_at + wait


def _was_long_well(device: Device, now: float) -> bool:
    return not device.config_problems and now >= device.config_tried_at + LONGEST_WAIT


def _look_at_the_last_try(visit: Visit, level: str) -> None:
    """A device that is at its level has no problems; one that was there, and says that it is not, has lost
    its key, and nothing else."""
    device = visit.device
    if device.current_config_level >= level:
        if device.config_problems and not device.config_check:
            visit.store.change_device(device.id, config_problems=(), config_tries=0)
            visit.store.end_alarm(AlarmKind.CONFIGURATION_FAILED, device.id)
    elif device.config_tried == level and not device.config_tries and visit.resident.configuring is None:
        _tell(visit, level, {"": KEY_LOST})


def _count(visit: Visit, level: str) -> None:
    """One more try; before it is made, lest a device that does not survive it be tried for ever."""
    device, now = visit.device, visit.now()
    again = device.config_tried == level and not _was_long_well(device, now)
    tries = device.config_tries + 1 if again else 1
    visit.store.change_device(device.id, config_tried=level, config_tries=tries, config_tried_at=now)


def _taken_up(visit: Visit, level: str) -> SoFar:
    """What earlier sessions have done, unless the device was reset since, or something else is wanted."""
    found, visit.resident.configuring = visit.resident.configuring, None
    if isinstance(found, SoFar) and found.level == level and not visit.cpe.events.bootstrap:
        return found
    return SoFar(level)


def _tell(visit: Visit, level: str, problems: Problems) -> None:
    lines = lines_of(problems)
    if visit.device.config_tries >= MAX_TRIES:
        words = f"level {level} is not reached in {MAX_TRIES} tries: {lines[0]}"
        visit.store.raise_alarm(AlarmKind.CONFIGURATION_FAILED, words, visit.device_id)
    visit.store.change_device(visit.device_id, config_problems=lines[:MOST_LINES])
    visit.cpe.record.remark(f"not at level {level}: {'; '.join(lines)[:1000]}")
    log.warn(
        "{device}: not at level {wanted}: {first}{more}",
        **visit.about,
        wanted=level,
        first=lines[0],
        more=f", and {len(lines) - 1} more" if lines[1:] else "",
    )


def _reached(visit: Visit, level: str) -> None:
    """The device has confirmed it.  Where it was set for the device alone, that has served its purpose.

    How often one was tried that does not keep its key is not forgotten, nor of one that was put right at its
    level: they would be tried for ever.
    """
    device = visit.device
    changes: dict[str, Any] = {"config_check": Check.NONE}
    if device.config_problems:
        visit.store.end_alarm(AlarmKind.CONFIGURATION_FAILED, device.id)
    if device.desired_config_level == level:
        changes["desired_config_level"] = ""
    if device.current_config_level < level:
        # Its next Inform is looked at even if that is the same as the last one: then it has lost the key.
        changes |= {"parameter_key": level, "current_config_level": level, "inform_digest": ""}
        if KEY_LOST not in device.config_problems:
            changes |= {"config_problems": (), "config_tries": 0}
    else:
        changes["config_problems"] = ()
    visit.store.change_device(device.id, **changes)
