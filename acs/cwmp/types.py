"""The XML types of CWMP arguments: how each is read from text and written to it.

A message declares its fields with these (`Annotated`), so that one table serves the XML codec, the JSON form and the
documentation.  Reading is lenient (TR-069 leaves devices in the field that are not), writing exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from acs.cwmp.errors import LocalProtocolError


@dataclass(frozen=True, slots=True)
class Leaf:
    """A simple type: its XML Schema name, and how it is read and written.

    ``maximum`` is the greatest length in characters that may be sent (TR-069 Annex A), 0 for no limit; ``bounds`` the
    numbers that may.  ``lexical`` marks the value of a parameter, whose type is told beside it.
    """

    xsd: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    python: type
    maximum: int = 0
    bounds: range | None = None
    lexical: bool = False


@dataclass(frozen=True, slots=True)
class SoapArray:
    """A SOAP-encoded array (TR-069 3.5): ``item`` names its element and its arrayType where the items are no structs."""

    item: str = ""
    array_type: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element that occurs any number of times; not a SOAP array (ChangeDUState and its relatives)."""


_SIGNED = range(-0x80000000, 0x80000000)
_UNSIGNED = range(0x100000000)
# Wider than the types of CWMP (-1 in an unsignedInt occurs), and still within 64 bits.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")


def _read_int(text: str) -> int:
    """An integer; an empty element counts as 0, as devices send it for "nothing"."""
    text = text.strip()
    if not text:
        return 0
    if not _INTEGER.match(text):
        raise ValueError(f"not an integer: {text[:20]!r}")
    return int(text)


def _read_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("1", "true"):
        return True
    if lowered in ("0", "false", ""):
        return False
    raise ValueError(f"not a boolean: {text.strip()[:20]!r}")


def _write_int(value: int) -> str:
    if value not in _SIGNED:
        raise LocalProtocolError(f"not an int: {value}")
    return f"{value:d}"


def write_unsigned(value: int) -> str:
    """The text of an unsignedInt; raises `LocalProtocolError`."""
    if value not in _UNSIGNED:
        raise LocalProtocolError(f"not an unsignedInt: {value}")
    return f"{value:d}"


def _write_boolean(value: bool) -> str:
    # Digits: some CPEs (Huawei, TP-Link) refuse the words, none is known to refuse the digits.
    return "1" if value else "0"


def _text(maximum: int = 0) -> Leaf:
    return Leaf("xsd:string", str, str, str, maximum)


Text = Annotated[str, _text()]
Text16 = Annotated[str, _text(16)]
Text32 = Annotated[str, _text(32)]
Text64 = Annotated[str, _text(64)]
Text256 = Annotated[str, _text(256)]
Text1024 = Annotated[str, _text(1024)]
Lexical = Annotated[str, Leaf("xsd:anySimpleType", str, str, str, lexical=True)]
Int = Annotated[int, Leaf("xsd:int", _read_int, _write_int, int, bounds=_SIGNED)]
UnsignedInt = Annotated[int, Leaf("xsd:unsignedInt", _read_int, write_unsigned, int, bounds=_UNSIGNED)]
Boolean = Annotated[bool, Leaf("xsd:boolean", _read_boolean, _write_boolean, bool)]
# Kept as text: devices send year 0, no zone, nothing at all; `datetime` holds none of these.
DateTime = Annotated[str, Leaf("xsd:dateTime", str.strip, str, str)]
# Names and codes: white space around them is a pretty-printer's, never the device's meaning.
Name256 = Annotated[str, Leaf("xsd:string", str.strip, str, str, 256)]
Name64 = Annotated[str, Leaf("xsd:string", str.strip, str, str, 64)]
Name6 = Annotated[str, Leaf("xsd:string", str.strip, str, str, 6)]

UNKNOWN_TIME = "0001-01-01T00:00:00Z"
"""The Unknown Time of TR-106 3.3: what stands where a time is not known or does not apply."""
