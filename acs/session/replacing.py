"""A device that takes the place of another gets what that one was to its subscriber."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from acs.configuration.backing_up import Backup, New, Old, back_up
from acs.configuration.composing import Composed, Scoped
from acs.configuration.document import Entry, read_document, write_document
from acs.hooks import Related
from acs.session.desired import Desired, filled
from acs.store.interface import Store
from acs.store.records import LONGEST_NOTES, Check, Configuration, Device, Scope


class Told(NamedTuple):
    """What the operator's systems say of a device: its record, and what is wanted of it."""

    related: Related | None = None
    document: Scoped | None = None


_NOTHING_TOLD = Told()


def heir(old: Device, new: Device) -> Device:
    """The replacement as it will be: in the tags and the category of the old one, with notes of both.

    One of the same model that has not called yet has the data model of the old one.
    """
    tags = tuple(dict.fromkeys((*old.tags, *new.tags)))
    found = replace(new, tags=tags, category=old.category or new.category, notes=_notes(old, new))
    if is_alike(old, new) and not new.root:
        found = replace(found, root=old.root, root_data_model=old.root_data_model)
    return found


def is_alike(old: Device, new: Device) -> bool:
    """Whether both are of one model, so that what is a path of one is a path of the other."""
    kinds = [(each.manufacturer, each.product_class) for each in (old, new)]
    return kinds[0] == kinds[1] and (not new.root or not old.root or new.root == old.root)


async def backup_of(
    store: Store,
    desired: Desired,
    old: Device,
    told: Told,
    new: Device | None = None,
    new_told: Told = _NOTHING_TOLD,
) -> Backup:
    """What the replacement is to have of its own; without one, what another of the same model would."""
    own = await store.configuration(Scope.DEVICE, old.id)
    level = desired.level(old).value
    before = Old(
        old.root,
        desired.profiles.of(old).names,
        await store.parameters(old.id),
        {} if own is None else read_document(own.parameters),
        _wanted(await desired.composed(old, told.document), old, told.related),
        old.current_config_level >= level,
        old.current_config_level >= old.own_config_level,
    )
    after, said = (old, told) if new is None else (new, new_told)
    # What it has of its own is replaced.
    composed = await desired.composed(replace(after, own_config_level=""), said.document)
    wanted = _wanted(composed, after, said.related)
    return back_up(before, New(after.root, desired.profiles.of(after).names, wanted, is_alike(old, after)))


def _wanted(composed: Composed, device: Device, related: Related | None) -> Mapping[str, Entry]:
    """What is wanted, with names filled in where somebody tells what they are."""
    found, _ = filled(composed.entries, device, related)
    return {**composed.entries, **found}


async def hand_over(
    store: Store, desired: Desired, new: Device, backup: Backup, level: str, who: str
) -> Device:
    """Make the replacement, as `heir` has it, the one that the backup is for; on disk when this returns.

    It is brought to this level in its next session, if anything is wanted of it; what it holds until then is
    nobody's wish.  Raises LookupError where it is forgotten meanwhile.
    """
    if backup.entries:
        document = write_document(backup.entries)
        await store.put_configuration(Configuration(Scope.DEVICE, new.id, level, document, who))
    else:
        await store.delete_configuration(Scope.DEVICE, new.id)
    if await store.device(new.id) is None:
        raise LookupError(f"there is no device {new.id}")
    changed = store.change_device(new.id, tags=new.tags, category=new.category, notes=new.notes)
    if desired.level(changed).value:
        changed = store.change_device(new.id, desired_config_level=level, config_check=Check.ALL)
    await store.committed()
    return changed


def _notes(old: Device, new: Device) -> str:
    line = f"replaces {old.id}"
    if line in new.notes.splitlines():
        return new.notes
    notes = "\n".join(filter(None, (old.notes, new.notes)))[: LONGEST_NOTES - len(line) - 1]
    return "\n".join(filter(None, (notes, line)))
