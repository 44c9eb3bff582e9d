"""What a device is to the operator: how his systems are asked for it, what they said."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.msgpack import encode

from acs.configuration.composing import RELATED, Scoped
from acs.configuration.levels import level_at
from acs.hooks import Related, Subject
from acs.hooks.asking import Hooks
from acs.store.records import Device


class Relation(Struct, frozen=True):
    """A device with its record in the operator's systems; None for none, or where that is not known.

    ``known``: they have said which it is, or that there is none; ``failed`` is why they have not, in a line.
    """

    subject: Subject
    related: Related | None = None
    known: bool = False
    failed: str = ""


def subject_of(
    device: Device, client_ip: str = "", listener: str = "", events: tuple[str, ...] = ()
) -> Subject:
    """The device as hooks are asked about it; without an address, at that of its last session."""
    return Subject(
        device.id,
        device.manufacturer,
        device.oui,
        device.product_class,
        device.serial_number,
        device.software_version,
        device.hardware_version,
        device.connection_request_url,
        client_ip or device.client_ip,
        listener,
        events,
    )


def changes_of(device: Device, related: Related | None, verified: bool, now: float) -> dict[str, Any]:
    """The fields of the device that this answer changes; none where it is that of the last time.

    Another answer is another level: the one that it gives, if that is newer than what the device has had,
    else the time.  A device that is not verified may be anybody, so that what it is related to is shown where
    nothing better is known, and has no consequence.
    """
    if not verified:
        first = related is not None and not device.related_digest and related.id != device.related_device
        return {"related_device": related.id} if related is not None and first else {}
    digest = "" if related is None else digest_of(related)
    if digest == device.related_digest:
        return {}
    level, before = "", max(device.related_level, device.current_config_level)
    if related is not None and related.level > before:
        level = related.level
    return {
        "related_device": "" if related is None else related.id,
        "related_level": level or level_at(now),
        "related_digest": digest,
    }


def digest_of(related: Related) -> str:
    """A short name for an answer; equal for equal answers."""
    said = encode((related.id, sorted(related.facts.items()), related.level))
    return blake2b(said, digest_size=12).hexdigest()


async def document_of(hooks: Hooks, device: Device, relation: Relation) -> Scoped | None:
    """What the operator's systems want of the device beside its configurations; raises `HookFailed`."""
    entries = await hooks.get_configuration(relation.subject, relation.related)
    if entries is None:
        return None
    name = "" if relation.related is None else relation.related.id
    return Scoped(RELATED, name, device.related_level, entries)
