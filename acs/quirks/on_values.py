"""Quirks of what devices mean by values, with what turns these into what was meant."""

from __future__ import annotations

import re

from acs.cwmp.values import ParameterValueStruct
from acs.quirks.adapter import Adapter
from acs.quirks.quirk import Quirk
from acs.quirks.rules import Make

__all__ = ["QUIRKS"]

_FRACTION = re.compile(r"(?<=\d)\.\d+(?=Z|[+-]\d\d:?\d\d|\Z)")
_DIGITS = {"true": "1", "1": "1", "false": "0", "0": "0"}
_TURNED = {"1": "0", "0": "1", "true": "false", "false": "true"}


def digit(value: ParameterValueStruct) -> str:
    """A boolean as 1 or 0."""
    return (
        _DIGITS.get(value.Value.strip().lower(), value.Value) if value.Type == "xsd:boolean" else value.Value
    )


def whole_second(value: ParameterValueStruct) -> str:
    """A time without fractions of a second."""
    return _FRACTION.sub("", value.Value) if value.Type == "xsd:dateTime" else value.Value


def turned_cell_flag(value: ParameterValueStruct) -> str:
    """The opposite of a flag that the device means the other way round."""
    if not value.Name.endswith((".CellBarred", ".CellReservedForOperatorUse")):
        return value.Value
    return _TURNED.get(value.Value.strip().lower(), value.Value)


def no_null(value: ParameterValueStruct) -> str:
    """Nothing, where the device says (null)."""
    return "" if value.Value == "(null)" else value.Value


QUIRKS = (
    Quirk(
        "boolean-digits",
        "SetParameterValues with true or false is answered with fault 9007; 1 and 0 are taken.",
        "Booleans are set as 1 and 0, whatever the job or the configuration says.",
        "GenieACS issue 228 (TP-Link TD-W9970)",
        Adapter(writes=(digit,)),
        (Make("TP-L*INK*", "TD-W9970*"),),
    ),
    Quirk(
        "whole-seconds",
        "A dateTime with fractions of a second is refused.",
        "Times are set without them.",
        "GenieACS, option datetimeMilliseconds",
        Adapter(writes=(whole_second,)),
    ),
    Quirk(
        "inverted-cell-flags",
        "CellBarred and CellReservedForOperatorUse mean the opposite of what TR-196 says.",
        "Both are turned round when they are read and when they are set.",
        "Magma, enodebd (Baicells eNodeBs)",
        Adapter(reads=(turned_cell_flag,), writes=(turned_cell_flag,)),
        (Make("Baicells*"),),
    ),
    Quirk(
        "null-words",
        "Values that are empty, the ParameterKey among them, are reported as (null).",
        "(null) is read as the empty value.",
        "FreeACS, version.txt (Eltek); SmartRG SR515ac",
        Adapter(reads=(no_null,)),
        (
            Make("Eltek*"),
            Make("Smart*RG*", "SR515ac*"),
        ),
    ),
)
