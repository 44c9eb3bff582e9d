"""What the data models that were imported say of a device's parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from acs.cwmp.definitions import Definition, best, pattern
from acs.store.records import DataModel, Device
from acs.store.verbs.datamodels import KnownModels


async def definitions_for(
    models: KnownModels, device: Device, paths: Collection[str]
) -> Mapping[str, Definition]:
    """By path the definition that speaks for this device: of its own data model where that was imported, else
    of the next to it.  Without those of which nothing is said."""
    if not models.data_models():
        return {}
    patterns = {path: pattern(path) for path in paths}
    found = await models.definitions_of(patterns.values())
    wanted = models_of(device)
    chosen = {path: best(found.get(its, ()), wanted) for path, its in patterns.items()}
    return {path: definition for path, definition in chosen.items() if definition is not None}


async def types_by_model(models: KnownModels, device: Device, paths: Collection[str]) -> dict[str, str]:
    """By path the type to set it with, such as ``xsd:unsignedInt``, of parameters that a data model knows."""
    found = await definitions_for(models, device, paths)
    return {path: definition.type for path, definition in found.items() if definition.type}


def models_of(device: Device) -> str:
    """The data models that a device names, "Device:2.11 VoiceService:1.0"."""
    return " ".join((device.root_data_model, *device.service_models))


def always_told(models: KnownModels, device: Device) -> tuple[str, ...]:
    """The parameters that every Inform of the device has by its own data model, where that was imported.

    Those of instances are left out: which of them it is, each device decides.
    """
    model = _own(models, device)
    return tuple(path for path in model.forced_inform if "{i}" not in path) if model is not None else ()


def _own(models: KnownModels, device: Device) -> DataModel | None:
    for model in models.data_models():
        if model.name == device.root_data_model:
            return model
    return None
