"""Values to set get the types that nobody has told, from the data models that were imported."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from acs.cwmp.values import ParameterValueStruct
from acs.session.data_models import types_by_model
from acs.session.visit import Visit


async def give_types(
    visit: Visit, values: Sequence[ParameterValueStruct]
) -> tuple[ParameterValueStruct, ...]:
    """The values, those whose type is "" with that of the device's data model, where it says one."""
    untyped = [value.Name for value in values if not value.Type]
    types = await types_by_model(visit.store, visit.device, untyped) if untyped else {}
    return tuple(replace(value, Type=value.Type or types.get(value.Name, "")) for value in values)
