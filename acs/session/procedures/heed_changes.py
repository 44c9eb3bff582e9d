"""What others than the ACS have changed on a device, of what is wanted of it.

What is the subscriber's is learnt: it is wanted from then on.  What is the operator's is put back.  The rest
is seen, and left alone until the next level.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from twisted.logger import Logger

from acs.configuration.document import Entry, write_document
from acs.configuration.planning import differing
from acs.session.desired import Desired, filled
from acs.session.procedures.relate import PutOff, told_by_operator
from acs.session.visit import Visit
from acs.store.happenings import Happening, Topic, UserChange
from acs.store.records import Check, Configuration, Scope

SUBSCRIBER = "subscriber"
"""Who has changed a configuration that was learnt from a device."""

log = Logger()


async def heed_changes(visit: Visit, desired: Desired) -> bool:
    """See what has changed in this session, of a device that is where it should be; True if some of it has to
    be put back."""
    device = visit.device
    if not (visit.tree.changed and visit.verified):
        return False
    if device.current_config_level < desired.level(device).value:
        return False
    changed = await _taken(visit)
    if not changed:
        return False
    try:
        composed = await desired.composed(device, await told_by_operator(visit))
    except PutOff:
        return False  # nobody knows what is wanted
    entries, _ = filled(composed.entries, device, visit.related)
    if changed.keys().isdisjoint(entries):
        return False
    entries = await hear_of_changes(visit, entries, changed)
    await note_drift(visit, entries)
    return _put_back(
        visit, [path for path in changed if path in entries and entries[path].owner == "operator"]
    )


async def _taken(visit: Visit) -> dict[str, str | None]:
    """What has changed since this was asked last, each with what it was, but for what can only be read:
    nobody has set that."""
    known = await visit.tree.load()
    changed, visit.tree.changed = visit.tree.changed, {}
    return {
        path: old for path, old in changed.items() if path not in known or known[path].writable is not False
    }


def _put_back(visit: Visit, paths: list[str]) -> bool:
    if not paths:
        return False
    visit.cpe.record.remark(f"changed on the device, to be put back: {', '.join(sorted(paths))[:1000]}")
    if not visit.device.config_check:
        visit.store.change_device(visit.device_id, config_check=Check.OWNED)
    return True


async def hear_of_changes(
    visit: Visit, entries: dict[str, Entry], changed: Mapping[str, str | None]
) -> dict[str, Entry]:
    """The entries, with what the subscriber has made of those that are the subscriber's; that is the device's
    own configuration from then on.  The operator's systems hear of what somebody has changed, whoever owns
    it.

    After a reset, or with other firmware, what the device has is nobody's wish.
    """
    if not _is_lived_in(visit):
        return entries
    changes = await _seen(visit, entries, changed)
    if not changes:
        return entries
    visit.operator.user_changed(visit.relation, {path: value or "" for path, value in changes.items()})
    _tell_of(
        visit,
        tuple(
            UserChange(
                path,
                entries[path].owner,
                changed[path],
                None if _is_hidden(entries[path], value) else value,
                entries[path].secret,
            )
            for path, value in changes.items()
        ),
    )
    learnt = {
        path: replace(entries[path], value=value)
        for path, value in changes.items()
        if value is not None and entries[path].owner == "subscriber" and not _is_hidden(entries[path], value)
    }
    if learnt:
        await _keep(visit, learnt)
    return {**entries, **learnt}


async def _seen(
    visit: Visit, entries: Mapping[str, Entry], changed: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The values that are not those that the entries want, of what has changed.

    A secret is read back as empty, whatever it is: that it has changed only the Inform can tell.
    """
    known = await visit.tree.load()
    values = {path: known[path].value for path in sorted(entries.keys() & changed.keys()) if path in known}
    told = {parameter.Name for parameter in visit.cpe.inform.ParameterList}
    return {
        path: value
        for path, value in values.items()
        if (value or "") != entries[path].value and (path in told or not _is_hidden(entries[path], value))
    }


def _is_hidden(entry: Entry, value: str | None) -> bool:
    return entry.secret and not value


def _tell_of(visit: Visit, changes: tuple[UserChange, ...]) -> None:
    """Tell whoever listens what somebody has changed."""
    happenings = visit.store.happenings
    if happenings.wanted:
        device = visit.device
        happenings.tell(
            Happening(Topic.DEVICE, "user_changed", device.id, visit.now(), device, changes=changes)
        )


def _is_lived_in(visit: Visit) -> bool:
    """Whether the device was configured before, and has the firmware that it had."""
    device = visit.device
    return bool(
        device.current_config_level
        and not visit.cpe.events.bootstrap
        and device.config_check is not Check.ALL
    )


async def _keep(visit: Visit, learnt: Mapping[str, Entry]) -> None:
    """Note them in the device's own configuration, whose level stays what it is: the device has them
    already."""
    device = visit.device
    own = await visit.store.configuration(Scope.DEVICE, device.id)
    values = {
        path: Entry(entry.value, secret=entry.secret, type=entry.type) for path, entry in learnt.items()
    }
    level = device.current_config_level if own is None else own.level
    parameters = {**({} if own is None else own.parameters), **write_document(values)}
    await visit.store.put_configuration(Configuration(Scope.DEVICE, device.id, level, parameters, SUBSCRIBER))
    names = ", ".join(sorted(learnt))
    visit.cpe.record.remark(f"learnt from the subscriber: {names[:1000]}")
    log.info("{device}: learnt from the subscriber: {names}", **visit.about, names=names[:500])


async def note_drift(visit: Visit, entries: Mapping[str, Entry]) -> None:
    """Note how many parameters are known not to be as they are wanted."""
    device, known = visit.device, await visit.tree.load()
    all_known = device.full_read_at is not None and not device.full_read_requested
    drift = sum(all_known or path in known for path in differing(entries, known))
    if drift != device.config_drift:
        visit.store.change_device(device.id, config_drift=drift)
