"""Messages as a device means them, or wants to be told them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.messages import Message
from acs.cwmp.values import ParameterValueStruct
from acs.quirks.adapter import Adapter, Turn

__all__ = ["for_device", "from_device"]

M = TypeVar("M", bound=Message)


def from_device(message: M, adapter: Adapter) -> M:
    """What the device means by this."""
    if adapter.reads and isinstance(message, (m.Inform, m.GetParameterValuesResponse)):
        return replace(message, ParameterList=_turned(message.ParameterList, adapter.reads))
    return message


def for_device(request: M, adapter: Adapter) -> M:
    """How the device wants to be told this."""
    if adapter.writes and isinstance(request, m.SetParameterValues):
        return replace(request, ParameterList=_turned(request.ParameterList, adapter.writes))
    return request


def _turned(
    values: Iterable[ParameterValueStruct], turns: Iterable[Turn]
) -> tuple[ParameterValueStruct, ...]:
    return tuple(_by_each(value, turns) for value in values)


def _by_each(value: ParameterValueStruct, turns: Iterable[Turn]) -> ParameterValueStruct:
    for turn in turns:
        if (wanted := turn(value)) != value.Value:
            value = replace(value, Value=wanted)
    return value
