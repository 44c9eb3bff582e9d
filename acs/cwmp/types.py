"""The XML types of CWMP arguments, as they are read from text or written to it.

A message declares its fields with these (`Annotated`), so that one table serves the XML codec, the JSON form
and the documentation.  Reading is lenient, as devices are not exact; writing is exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """A simple type: its XML Schema name, and how it is read and written.

    What may be sent is what the schemas of CWMP let pass: ``maximum`` is the greatest length in characters
    (0: any), ``bounds`` the numbers, ``pattern`` a regular expression.  ``lexical`` marks the value of a
    parameter, whose type is told beside it.
    """

    xsd: str
    python: type
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    maximum: int = 0
    bounds: range | None = None
    pattern: str = ""
    lexical: bool = False

    def objection(self, value: Any) -> str:
        """Why ``value``, of the right Python type, must not be sent; "" where it may."""
        if self.maximum and len(value) > self.maximum:
            return f"longer than {self.maximum} characters"
        if self.bounds is not None and value not in self.bounds:
            return f"must be between {self.bounds[0]} and {self.bounds[-1]}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"must match {self.pattern}"
        return ""


@dataclass(frozen=True, slots=True)
class Several:
    """A field that holds several; at most ``most`` (0: any number), at least ``least`` of them are sent."""

    least: int = 0
    most: int = 0

    def objection(self, count: int) -> str:
        """Why ``count`` of them must not be sent; "" where they may."""
        if count < self.least:
            return f"must hold at least {self.least}"
        if self.most and count > self.most:
            return f"must hold at most {self.most}"
        return ""


@dataclass(frozen=True, slots=True)
class SoapArray(Several):
    """A SOAP-encoded array (TR-069 3.5); ``item`` names its elements where they are no structures."""

    item: str = ""
    array_type: str = ""


@dataclass(frozen=True, slots=True)
class Repeated(Several):
    """An element that occurs any number of times; no SOAP array (ChangeDUState and its relatives)."""


# Wider than the types of CWMP (-1 in an unsignedInt occurs), and still within 64 bits.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")


def _read_int(text: str) -> int:
    """An integer; an empty element counts as 0, as devices send it for "nothing"."""
    if len(text) == 1 and "0" <= text <= "9":
        return int(text)
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


def _write_boolean(value: bool) -> str:
    # Digits: some CPEs (Huawei, TP-Link) refuse the words, none is known to refuse the digits.
    return "1" if value else "0"


def _text(maximum: int = 0, pattern: str = "") -> Leaf:
    return Leaf("xsd:string", str, str, maximum=maximum, pattern=pattern)


def _name(maximum: int, pattern: str = "") -> Leaf:
    # White space around a name or code is a pretty-printer's, never the device's meaning.
    return Leaf("xsd:string", str, str.strip, maximum=maximum, pattern=pattern)


Text = Annotated[str, _text()]
Text32 = Annotated[str, _text(32)]
Text64 = Annotated[str, _text(64)]
Text256 = Annotated[str, _text(256)]
Text1024 = Annotated[str, _text(1024)]
Name6 = Annotated[str, _name(6)]
Name64 = Annotated[str, _name(64)]
Name256 = Annotated[str, _name(256)]
# The values that Annex A spells out.
ObjectPath = Annotated[str, _name(256, r"[^\r\n]*\.")]
FileTypeText = Annotated[str, _text(64, r"[1-9][0-9]*( \S+)+|X \S+ [^\r\n]+")]
UUIDText = Annotated[str, _text(36, r"[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")]
NotificationInt = Annotated[int, Leaf("xsd:int", int, _read_int, bounds=range(7))]

Int = Annotated[int, Leaf("xsd:int", int, _read_int, bounds=range(-0x80000000, 0x80000000))]
UnsignedInt = Annotated[int, Leaf("xsd:unsignedInt", int, _read_int, bounds=range(0x100000000))]
Boolean = Annotated[bool, Leaf("xsd:boolean", bool, _read_boolean, _write_boolean)]
# Kept as text: devices send year 0, no zone, nothing at all; `datetime` holds none of these.
DateTime = Annotated[str, Leaf("xsd:dateTime", str, str.strip)]
Lexical = Annotated[str, Leaf("xsd:anySimpleType", str, str, lexical=True)]

UNKNOWN_TIME = "0001-01-01T00:00:00Z"
"""The Unknown Time of TR-106 3.3: what stands where a time is not known or does not apply."""
