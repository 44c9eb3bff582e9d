"""Devices as GenieACS writes them: documents in which the parameters are a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from acs.store.records import Device, Parameter
from acs.web.hiding.secrets import masked
from acs.web.nbi.projections import Projection
from acs.web.nbi.values import Value, time_of, value_of, written

JSON = Any

_DEEPEST = 32
"""Objects in each other; a name of more is no parameter of any data model."""
_ATTRIBUTES = frozenset(["_value", "_type", "_writable", "_timestamp", "_object"])


class Known:
    """A device with what is known of its parameters, as a query sees it (`acs.web.nbi.queries.Subject`).

    Where secrets are not to be shown, queries see what is shown in their place: nobody is to guess them.
    """

    def __init__(self, device: Device, parameters: Mapping[str, Parameter], reveal: bool = False) -> None:
        self._device = device
        self._parameters = parameters
        self._reveal = reveal

    def found(self, name: str) -> Sequence[Value]:
        """The values of a field."""
        if name.startswith("_"):
            return self._own(name)
        path, _, attribute = name.rpartition(".")
        if attribute not in _ATTRIBUTES:
            path, attribute = name, "_value"
        parameter = self._parameters.get(path) or self._parameters.get(f"{path}.")
        if parameter is None:
            return ()
        values = attributes(parameter, self._reveal)
        return (values[attribute],) if attribute in values else ()

    def _own(self, name: str) -> Sequence[Value]:
        if name == "_tags":
            return self._device.tags
        value = _facts(self._device, self._parameters).get(name)
        if value is None and name.startswith("_deviceId."):
            value = _identity(self._device).get(name.partition(".")[2])
        return () if value is None else (value,)

    def document(self, projection: Projection) -> dict[str, JSON]:
        """The document, as far as it is asked for."""
        facts = {name: written(value) for name, value in _facts(self._device, self._parameters).items()}
        own = {**facts, "_deviceId": _identity(self._device), "_tags": list(self._device.tags)}
        document = projection.of({name: value for name, value in own.items() if value is not None})
        for parameter in self._parameters.values():
            name = parameter.name.removesuffix(".")
            if projection.has(name):
                _place(document, name.split("."), attributes(parameter, self._reveal))
        return document


def attributes(parameter: Parameter, reveal: bool) -> dict[str, Value]:
    """What is said of a parameter, or of an object."""
    said: dict[str, Value] = {"_object": parameter.name.endswith(".")}
    if parameter.writable is not None:
        said["_writable"] = parameter.writable
    if parameter.updated:
        said["_timestamp"] = time_of(parameter.updated)
    text = parameter.value if reveal else masked(parameter.name, parameter.value)
    if not said["_object"] and text is not None:
        said["_value"] = value_of(parameter, text)
        said["_type"] = parameter.type or "xsd:string"
    return said


def _identity(device: Device) -> dict[str, str]:
    return {
        "_Manufacturer": device.manufacturer,
        "_OUI": device.oui,
        "_ProductClass": device.product_class,
        "_SerialNumber": device.serial_number,
    }


def _facts(device: Device, parameters: Mapping[str, Parameter]) -> dict[str, Value]:
    """What is said of the device itself, None where it is not known."""
    uptime = parameters.get(f"{device.root}DeviceInfo.UpTime")
    booted = None
    if uptime is not None and uptime.value is not None and uptime.value.isascii() and uptime.value.isdigit():
        booted = time_of(uptime.updated - int(uptime.value[:12]))
    return {
        "_id": device.id,
        "_lastInform": time_of(device.last_inform),
        "_registered": time_of(device.first_seen),
        "_lastBoot": booted,
    }


def _place(document: dict[str, JSON], names: Sequence[str], said: Mapping[str, Value]) -> None:
    """Put what is said of a parameter where it belongs; names that a document cannot hold are left out."""
    if len(names) > _DEEPEST or any(not name or name.startswith(("_", "$")) for name in names):
        return
    place = document
    for name in names[:-1]:
        place = place.setdefault(name, {"_object": True})
    place = place.setdefault(names[-1], {})
    place.update({name: written(value) for name, value in said.items()})
