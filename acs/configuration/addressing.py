"""Instances that are named by what they are instead of by number.

``Device.NAT.PortMapping.[camera].ExternalPort`` means the port mapping whose Alias is camera,
``Device.NAT.PortMapping.[ExternalPort:8080].Description`` the one whose ExternalPort is that: which number it
has is for the device to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from acs.configuration.comparing import same
from acs.cwmp.paths import parent, under

__all__ = ["Name", "named", "numbered", "numbered_alike", "with_number"]

_NAMED = re.compile(
    r"(?<=\.)\[(?:([A-Za-z_][\w-]{0,63}):([^\[\]]{1,64})|([A-Za-z][\w-]{0,63}))\](?=\.)", re.ASCII
)


class Name(NamedTuple):
    """The instance of ``table`` ("Device.NAT.PortMapping.") whose parameter ``key`` has this value."""

    table: str
    key: str
    value: str


class Held(Protocol):
    """What is known of a parameter that the device has."""

    @property
    def value(self) -> str | None:
        """Its value as text."""

    @property
    def type(self) -> str:
        """An XML Schema name such as ``xsd:string``."""


def named(path: str) -> Name | None:
    """The first instance in a path that is named; None where all have numbers."""
    found = _NAMED.search(path)
    if found is None:
        return None
    return Name(path[: found.start()], found[1] or "Alias", found[2] or found[3])


def with_number(path: str, number: int) -> str:
    """The path with this number for the first instance that is named."""
    return _NAMED.sub(str(number), path, count=1)


def numbered_alike(path: str) -> str:
    """The path with some number for each instance that is named, to judge the rest of it."""
    return _NAMED.sub("1", path)


def numbered(path: str, known: Mapping[str, Held]) -> str:
    """The path with the numbers that the named instances have on a device of which this is known; as it is
    from the first on that the device does not have."""
    while (name := named(path)) is not None:
        number = _number_of(name, known)
        if number is None:
            return path
        path = with_number(path, number)
    return path


def _number_of(name: Name, known: Mapping[str, Held]) -> int | None:
    """Of several the first."""
    found = [
        int(number)
        for path, held in known.items()
        if under(name.table, path)
        and path.endswith("." + name.key)
        and held.value is not None
        and (number := parent(path)[len(name.table) : -1]).isdecimal()
        and same(name.value, held.value, held.type)
    ]
    return min(found, default=None)
