"""Parameter paths, "Device.WiFi.SSID.1.SSID": what can be read off a path without knowing the data model.

The terms are TR-106's (section 2.1) and TR-069's (A.3.2.3, 3.6.1): a *full* path names a parameter; a
*partial* path ends with a dot and names an object and all that is below it, and the empty path is the top; an
object that there may be several of is a *table* ``Device.WiFi.SSID.`` of *instances* ``Device.WiFi.SSID.1.``,
whose number may be written as ``[alias]``, or as ``*`` in the three Get RPCs.  Square brackets may hold dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: A.3.2: every path argument is a string(256).
MAX_LENGTH = 256

# The brackets do not nest, which keeps the expression linear in the length of whatever a device sends.
_SEGMENT = re.compile(r"(?:\[[^\[\]]*\]|[^.])+")
_INSTANCE = re.compile(r"[0-9]+|\[[^\[\]]*\]|\*")
_INSTANCE_SEGMENT = re.compile(r"(?<=\.)(?:[0-9]+|\[[^\[\]]*\]|\*)(?=\.|\Z)")
_NUMBER = re.compile(r"[0-9]{1,10}")

# What may go on the wire.  A name is an XML NCName without dots (ObjectName and ParameterName in the
# Broadband Forum's cwmp-datamodel-1-15.xsd); an instance number is at least 1; an alias is a string(64) that
# starts with a letter (TR-106, data type Alias).
_NAME = re.compile(r"[^\W\d][\w-]*")
_LEGAL_INSTANCE = re.compile(r"[1-9][0-9]{0,9}|\[[A-Za-z][A-Za-z0-9_-]{0,63}\]|\*")


def is_partial(path: str) -> bool:
    """Whether ``path`` names an object and all below it; the empty path does."""
    return not path or path.endswith(".")


def is_instance(path: str) -> bool:
    """Whether the last part of ``path`` is an instance: a number, an ``[alias]`` or ``*``."""
    segments = split(path)
    return bool(segments) and _INSTANCE.fullmatch(segments[-1]) is not None


def split(path: str) -> tuple[str, ...]:
    """The parts between the dots: ("Device", "WiFi", "SSID", "1"); () for the empty path."""
    return tuple(_SEGMENT.findall(path))


def root_of(path: str) -> str:
    """The root object, "Device."; "" for the empty path and for a name without a dot."""
    root, dot, _ = path.partition(".")
    return root + dot if dot else ""


def parent(path: str) -> str:
    """The object that holds what ``path`` names: an instance's is its table, the root object's is ""."""
    if "[" in path:
        return "".join(segment + "." for segment in split(path)[:-1])
    head, dot, _ = path[:-1].rpartition(".")
    return head + dot


def generic(path: str) -> str:
    """``path`` as data models write it, with ``{i}`` for every instance: "Device.WiFi.SSID.{i}.SSID"."""
    return _INSTANCE_SEGMENT.sub("{i}", path)


def under(prefix: str, path: str) -> bool:
    """Whether ``path`` is ``prefix`` or lies below it; everything is below "", nothing below a parameter."""
    return path.startswith(prefix) if is_partial(prefix) else path == prefix


def outermost(paths: Iterable[str]) -> list[str]:
    """``paths`` without those that another one of them already covers, in natural order.

    >>> outermost(["Device.WiFi.SSID.1.SSID", "Device.WiFi.", "Device.Time.Enable"])
    ['Device.Time.Enable', 'Device.WiFi.']
    """
    kept: list[str] = []
    # In plain order whatever lies under a partial path comes straight after it.
    for path in sorted(set(paths)):
        if not (kept and under(kept[-1], path)):
            kept.append(path)
    return sorted(kept, key=sort_key)


def absolute(path: str, root: str) -> str:
    """``path`` from the top: one that starts with a dot, ".Time.Enable", is relative to the root object."""
    return root + path[1:] if path.startswith(".") else path


def sort_key(path: str) -> tuple[tuple[bool, int, str], ...]:
    """A key that sorts an object before what it holds, instances by their number, and all else by name."""
    return tuple(
        (False, int(segment), "") if _NUMBER.fullmatch(segment) else (True, 0, segment)
        for segment in split(path)
    )


def problem(path: str) -> str | None:
    """Why ``path`` may not be sent to a device, as a clause to put after the path; None if it may.

    The form alone is judged: that the device has such a parameter, and that the RPC takes ``*``, is for the
    device to say.
    """
    if len(path) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    if path and "." not in path:
        return "has no dot: an object ends with one, a parameter stands below an object"
    segments = path.removesuffix(".").split(".") if path else []
    previous_is_name = False
    for segment in segments:
        is_name = _NAME.fullmatch(segment) is not None
        if not is_name and not (previous_is_name and _LEGAL_INSTANCE.fullmatch(segment)):
            return f"has {segment!r} where {_expected(previous_is_name)} belongs"
        previous_is_name = is_name
    if segments and not is_partial(path) and not previous_is_name:
        return "names an instance: the trailing dot is missing"
    return None


def _expected(previous_is_name: bool) -> str:
    return "a name or an instance" if previous_is_name else "a name"
