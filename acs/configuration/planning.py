"""What has to be said to a device for it to be as it is wanted."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Protocol

from msgspec import Struct

from acs.configuration.comparing import same
from acs.configuration.document import Entry
from acs.cwmp.values import ParameterValueStruct, SetParameterAttributesStruct

__all__ = ["Known", "Plan", "differing", "plan"]

_NOTIFICATIONS = {"off": 0, "passive": 1, "active": 2}


class Known(Protocol):
    """What is known of a parameter that the device has: ``type`` is "" and the others None until it told."""

    @property
    def value(self) -> str | None:
        """Its value as text."""

    @property
    def type(self) -> str:
        """An XML Schema name such as ``xsd:string``."""

    @property
    def writable(self) -> bool | None:
        """Whether it can be set."""

    @property
    def notification(self) -> int | None:
        """The attribute of this name: 0 off, 1 passive, 2 active."""


class Plan(Struct, frozen=True):
    """What to send: values and attributes; and what cannot be sent.

    A value whose type is "" has a type that nobody knows: the device is to be asked for it.  ``missing`` are
    the paths of what is due and which the device does not have, ``read_only`` of values which it does not let
    be set.
    """

    values: tuple[ParameterValueStruct, ...] = ()
    attributes: tuple[SetParameterAttributesStruct, ...] = ()
    missing: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()


def plan(
    entries: Mapping[str, Entry], known: Mapping[str, Known], bootstrap: bool, settled: Container[str] = ()
) -> Plan:
    """What makes a device of which this is ``known`` what the ``entries`` say; all by absolute path.

    ``bootstrap``: the device comes from the factory, and values for that occasion are due.  ``settled`` are
    paths of secrets that the device has confirmed: as nobody can read them back they are not due again.
    """
    values, attributes, missing, read_only = [], [], [], []
    for path, entry in entries.items():
        held = known.get(path)
        due = (bootstrap or not entry.bootstrap_only) and not (entry.secret and path in settled)
        value = _value(path, entry, held) if due else None
        attribute = _attribute(path, entry, held)
        if held is None:
            missing += [path] if value or attribute else []
            continue
        if value is not None and held.writable is False:
            read_only.append(path)
        elif value is not None:
            values.append(value)
        if attribute is not None:
            attributes.append(attribute)
    return Plan(tuple(values), tuple(attributes), tuple(missing), tuple(read_only))


def differing(entries: Mapping[str, Entry], known: Mapping[str, Known]) -> frozenset[str]:
    """The paths of what is not as it is wanted, as far as that can be seen: nobody can read a secret back."""
    secrets = {path for path, entry in entries.items() if entry.secret}
    todo = plan(entries, known, bootstrap=False, settled=secrets)
    values, attributes = (each.Name for each in todo.values), (each.Name for each in todo.attributes)
    return frozenset((*todo.missing, *todo.read_only, *values, *attributes)) - secrets


def _value(path: str, entry: Entry, held: Known | None) -> ParameterValueStruct | None:
    """The value to set; None where the entry has none, or the device has it already."""
    if entry.value is None:
        return None
    kind = entry.type or (held.type if held is not None else "")
    if held is not None and _holds(held, entry, entry.value, kind):
        return None
    return ParameterValueStruct(path, entry.value, kind)


def _holds(held: Known, entry: Entry, value: str, kind: str) -> bool:
    # Passwords are read back as empty, whatever they are.
    if held.value is None or (entry.secret and not held.value):
        return False
    return same(value, held.value, kind)


def _attribute(path: str, entry: Entry, held: Known | None) -> SetParameterAttributesStruct | None:
    """The notification to set; None where the entry says nothing of it, or it is so already."""
    wanted = _NOTIFICATIONS.get(entry.notify)
    if wanted is None or (held is not None and held.notification == wanted):
        return None
    return SetParameterAttributesStruct(path, NotificationChange=True, Notification=wanted)
