"""The only place where text becomes XML: what comes from outside is escaped, or checked against a list."""

from __future__ import annotations

import re

from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.namespaces import CWMP_URN

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")

_UNSIGNED = {"unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"}
_NUMBERS = {"int", "integer", "long", "short", "byte", "decimal", "float", "double"}
_TIMES = {"dateTime", "date", "time", "duration"}
_OTHERS = {"string", "boolean", "hexBinary", "base64Binary", "anyURI"}
SIMPLE_TYPES = frozenset(_UNSIGNED | _NUMBERS | _TIMES | _OTHERS)
"""Local names of the XML Schema types that a value may be sent as."""


def text(value: str) -> str:
    """Character data.  What XML 1.0 cannot carry is refused, never dropped in silence."""
    if value.isalnum():
        return value
    if (match := _FORBIDDEN.search(value)) is not None:
        raise LocalProtocolError(f"character U+{ord(match.group()):04X} cannot be sent in XML")
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value


def element_name(name: str) -> str:
    """A name from outside (a vendor's RPC) that is to become an element."""
    if not _NAME.match(name):
        raise LocalProtocolError(f"not the name of an element: {name!r}")
    return name


def cwmp_namespace(uri: str) -> str:
    """A CWMP namespace as a device declared it, before it is echoed."""
    if not CWMP_URN.match(uri):
        raise LocalProtocolError(f"not a CWMP namespace: {uri!r}")
    return uri


def value_type(name: str) -> str:
    """The xsi:type to send for a value of the type ``name``; ``xsd:string`` where there is no such type."""
    local = name.rpartition(":")[2]
    return f"xsd:{local}" if local in SIMPLE_TYPES else "xsd:string"


def printable(value: str) -> str:
    """``value`` without the characters that XML 1.0 cannot carry."""
    return _FORBIDDEN.sub("", value)
