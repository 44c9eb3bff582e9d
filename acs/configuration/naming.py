"""Logical names, ``wifi.2g.ssid``, which stand for paths that differ from device to device.

Maps say which path a name stands for: those of this module for each data model, and the operator's over them,
the most general first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from acs.configuration.shipped_names import SHIPPED
from acs.cwmp.paths import MAX_LENGTH, absolute

__all__ = ["flattened", "generality", "is_logical", "map_of", "no_map", "place_of"]

JSON = Any

_LOGICAL = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


def is_logical(name: str) -> bool:
    """Whether this is a logical name: lower-case words with dots between them."""
    return len(name) <= MAX_LENGTH and _LOGICAL.fullmatch(name) is not None


def map_of(root: str, maps: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Paths by logical name for devices with this root object: what is shipped, with these maps over it."""
    found = dict(SHIPPED.get(root, {}))
    for each in maps:
        found |= each
    return found


def place_of(path: str, root: str, names: Mapping[str, str]) -> str | None:
    """The absolute path that is meant, in whichever of the three ways it is written; None for a logical name
    that the map does not have."""
    if not is_logical(path):
        return absolute(path, root)
    found = names.get(path)
    return None if found is None else absolute(found, root)


def generality(path: str) -> int:
    """An order of the ways to write a path: a logical name is for any device, a relative path for those with
    such an object, an absolute one for this root alone."""
    return 0 if is_logical(path) else 1 if path.startswith(".") else 2


def no_map(name: str) -> str:
    """Why nothing comes of a logical name."""
    return f"no map has {name} for this device"


def flattened(document: Mapping[str, JSON], ends: Iterable[str] = ()) -> dict[str, JSON]:
    """A document with ``wifi.2g.ssid`` as one member, which TOML reads as a table in a table where it is not
    quoted.  A table with one of ``ends`` as a member is what stands at the name, not a part of it."""
    last = frozenset(ends)
    found: dict[str, JSON] = {}
    for name, value in document.items():
        if "." in name or not isinstance(value, Mapping) or not last.isdisjoint(value):
            found[name] = value
        else:
            for rest, each in _joined(value, last):
                found[f"{name}.{rest}"] = each
    return found


def _joined(table: Mapping[str, JSON], ends: frozenset[str]) -> Iterable[tuple[str, JSON]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and ends.isdisjoint(value):
            yield from ((f"{name}.{rest}", each) for rest, each in _joined(value, ends))
        else:
            yield name, value
