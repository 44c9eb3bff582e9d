"""Values in a device's own way, turned into the standard's or back, as its adapter says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.messages import Message
from acs.cwmp.values import ParameterValueStruct
from acs.quirks.adapter import Adapter

__all__ = ["for_device", "from_device"]

_FRACTION = re.compile(r"(?<=\d)\.\d+(?=Z|[+-]\d\d:?\d\d|\Z)")
_BOOLEANS = {"true": "1", "1": "1", "false": "0", "0": "0"}
_TURNED = {"1": "0", "0": "1", "true": "false", "false": "true"}

M = TypeVar("M", bound=Message)


def from_device(message: M, adapter: Adapter) -> M:
    """What the device means by this."""
    if (adapter.null_words or adapter.inverted) and isinstance(
        message, (m.Inform, m.GetParameterValuesResponse)
    ):
        return replace(message, ParameterList=_turned(message.ParameterList, adapter, _read))
    return message


def for_device(request: M, adapter: Adapter) -> M:
    """How the device wants to be told this."""
    if _writes(adapter) and isinstance(request, m.SetParameterValues):
        return replace(request, ParameterList=_turned(request.ParameterList, adapter, _written))
    return request


def _writes(adapter: Adapter) -> bool:
    return adapter.boolean_digits or adapter.whole_seconds or bool(adapter.inverted)


def _turned(
    values: tuple[ParameterValueStruct, ...],
    adapter: Adapter,
    turn: Callable[[ParameterValueStruct, Adapter], str],
) -> tuple[ParameterValueStruct, ...]:
    return tuple(
        value if (wanted := turn(value, adapter)) == value.Value else replace(value, Value=wanted)
        for value in values
    )


def _read(value: ParameterValueStruct, adapter: Adapter) -> str:
    if value.Value in adapter.null_words:
        return ""
    return _inverted(value, adapter)


def _written(value: ParameterValueStruct, adapter: Adapter) -> str:
    said = _inverted(value, adapter)
    if adapter.boolean_digits and value.Type == "xsd:boolean":
        return _BOOLEANS.get(said.strip().lower(), said)
    if adapter.whole_seconds and value.Type == "xsd:dateTime":
        return _FRACTION.sub("", said)
    return said


def _inverted(value: ParameterValueStruct, adapter: Adapter) -> str:
    if adapter.inverted and value.Name.endswith(adapter.inverted):
        return _TURNED.get(value.Value.strip().lower(), value.Value)
    return value.Value
