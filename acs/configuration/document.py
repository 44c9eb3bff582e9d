"""Configuration documents, as they are read from JSON or TOML.

A document says of parameters what they are to be.  A path begins at the root object, or with a dot, which
stands for the root object of whichever device it is for; or a logical name stands for it (`naming`)::

    {".ManagementServer.PeriodicInformInterval": 900,
     "wifi.2g.channel": 11,
     "Device.WiFi.SSID.1.SSID": {"value": "{{ related.wifi_ssid }}", "notify": "active"},
     ".NAT.PortMapping.[camera].ExternalPort": 8080,
     ".NAT.PortMapping.": {"others": "remove"}}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from msgspec import Struct, to_builtins

from acs.configuration.addressing import numbered_alike
from acs.configuration.naming import is_logical
from acs.configuration.secrecy import is_secret
from acs.cwmp.markup import SIMPLE_TYPES, printable
from acs.cwmp.paths import MAX_LENGTH, absolute, is_instance, is_partial, problem, root_of

__all__ = [
    "ROOTS",
    "DocumentError",
    "Entry",
    "Mistake",
    "Notify",
    "Others",
    "Owner",
    "read_document",
    "write_document",
    "wrong_with_path",
]

JSON = Any
Notify = Literal["", "off", "passive", "active"]
Owner = Literal["", "operator", "subscriber"]
Others = Literal["", "keep", "remove"]

ROOTS = ("InternetGatewayDevice.", "Device.")
"""The root objects that there are."""

MOST_ENTRIES = 10_000
LONGEST_VALUE = 65_536
"""In characters."""

_TYPES = [f"xsd:{name}" for name in SIMPLE_TYPES]
_WHOLE_NUMBERS = range(-(2**63), 2**64)
_NO_PATH = "is not the path of a parameter, such as Device.Time.Enable or .Time.Enable"
_NO_TABLE = "says others, which belongs to a table, such as .NAT.PortMapping. with the dot at its end"
_NO_PARAMETER = "is a table: of one it can be said what becomes of others alone"


class Entry(Struct, frozen=True, omit_defaults=True):
    """What a document says of one parameter, or table; a member with its default says nothing.

    ``value`` is the text that CWMP writes: booleans as ``true`` and ``false``, numbers as decimals; None
    where only the notification is meant.  ``type``, such as ``xsd:unsignedInt``, and ``secret`` go with the
    value.  ``bootstrap_only``: the value is for devices that come from the factory.  ``owner``: whose change
    on the device counts.  ``unverified``: the value may go to a device that is not verified.  ``others``:
    what becomes of the instances of a table that no entry speaks of.
    """

    value: str | None = None
    notify: Notify = ""
    bootstrap_only: bool | None = None
    secret: bool = False
    owner: Owner = ""
    type: str = ""
    unverified: bool = False
    others: Others = ""


class Mistake(NamedTuple):
    """What is wrong at a path ("": with the whole), as a clause to put after it; it never shows a value."""

    path: str
    reason: str


class DocumentError(ValueError):
    """A document that cannot be taken, with all that is wrong with it."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(tuple(mistakes))
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "; ".join(f"{path or 'the document'} {reason}" for path, reason in self.mistakes)


def read_document(parameters: JSON) -> dict[str, Entry]:
    """The entries by their paths.  Raises `DocumentError`.

    An entry is a value (text, number, boolean) or an object with the members of `Entry`; null is as if the
    member were not there.
    """
    if not isinstance(parameters, Mapping):
        raise DocumentError([Mistake("", "is not an object with paths as its members")])
    if len(parameters) > MOST_ENTRIES:
        raise DocumentError([Mistake("", f"has more than {MOST_ENTRIES:,} entries")])
    found = {path: _members(given) for path, given in parameters.items()}
    mistakes = [
        Mistake(path, reason)
        for path, members in found.items()
        for reason in (*wrong_with_path(path, members), *_wrong_with_members(path, members))
    ]
    if mistakes:
        raise DocumentError(mistakes)
    return {path: _entry(members) for path, members in found.items()}


def write_document(entries: Mapping[str, Entry]) -> dict[str, JSON]:
    """The document that is read as these entries; a value stands alone where nothing else is said."""
    return {path: _written(entry) for path, entry in entries.items()}


def _written(entry: Entry) -> JSON:
    said = to_builtins(entry)
    return said["value"] if said.keys() == {"value"} else said


def _members(given: JSON) -> dict[str, JSON]:
    """What is said, by the names of `Entry`."""
    members = given if isinstance(given, Mapping) else {"value": given}
    return {name: member for name, member in members.items() if member is not None}


def _entry(members: Mapping[str, JSON]) -> Entry:
    """The entry that has these members, with which nothing is wrong."""
    value = _text(members["value"]) if "value" in members else None
    return Entry(**{**members, "value": value})


def _text(value: str | bool | int | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # An integer may not be written 5.0, a decimal may be written 5, and none 1e-07.
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    return str(value)


# What may be wrong


def wrong_with_path(path: str, members: Mapping[str, JSON]) -> Iterator[str]:
    """What is wrong with a path of which this is said; nothing where it is one."""
    if is_logical(path):
        yield from [_NO_TABLE] if members.get("others") else []
        return
    whole = absolute(path, max(ROOTS, key=len))
    plain = numbered_alike(whole)
    if len(whole) > MAX_LENGTH:
        yield f"is longer than {MAX_LENGTH} characters, the root object among them"
    elif root_of(whole) not in ROOTS or "[" in plain or "*" in plain or whole in ROOTS:
        yield _NO_PATH
    elif reason := problem(plain):
        yield reason
    elif is_partial(whole) != bool(members.get("others")) or is_instance(whole):
        yield _NO_TABLE if members.get("others") else _NO_PATH


def _wrong_with_members(path: str, members: Mapping[str, JSON]) -> Iterator[str]:
    for name, member in members.items():
        if name not in _CHECKS:
            yield f"has a member {name[:40]!r}, which is none of {', '.join(_CHECKS)}"
        elif reason := _CHECKS[name](member):
            yield reason
    if members.get("others"):
        yield from (_NO_PARAMETER for name in members if name != "others")
    elif "value" not in members:
        if not members.get("notify"):
            yield "says neither a value nor what to notify"
        yield from (f"says {name} without a value" for name in _OF_VALUES if members.get(name))
    if members.get("unverified") and (members.get("secret") or is_secret(path)):
        yield "is a secret, which no device may have that is not verified"


def _wrong_with_value(value: JSON) -> str:
    if isinstance(value, str):
        return _wrong_with_text(value)
    if isinstance(value, int):
        return "" if value in _WHOLE_NUMBERS else "has a number of more than 64 bits"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "has a value that is not a number"
    return "has a value that is no text, number or boolean"


def _wrong_with_text(value: str) -> str:
    if len(value) > LONGEST_VALUE:
        return f"has a value of more than {LONGEST_VALUE:,} characters"
    return "" if printable(value) == value else "has a value with a character that XML cannot carry"


def _wrong_with_type(value: JSON) -> str:
    return (
        "" if value == "" or value in _TYPES else "must have type as xsd:string, xsd:unsignedInt or the like"
    )


def _either(name: str, choices: Sequence[str]) -> Callable[[JSON], str]:
    """A check that a member is one of these texts, or empty."""
    reason = f"must have {name} as one of {', '.join(choices)}"
    return lambda value: "" if isinstance(value, str) and value in ("", *choices) else reason


def _flag(name: str) -> Callable[[JSON], str]:
    return lambda value: "" if isinstance(value, bool) else f"must have {name} as true or false"


_OF_VALUES = ("secret", "type", "unverified")
_CHECKS: Mapping[str, Callable[[JSON], str]] = {
    "value": _wrong_with_value,
    "notify": _either("notify", ("off", "passive", "active")),
    "bootstrap_only": _flag("bootstrap_only"),
    "secret": _flag("secret"),
    "owner": _either("owner", ("operator", "subscriber")),
    "type": _wrong_with_type,
    "unverified": _flag("unverified"),
    "others": _either("others", ("keep", "remove")),
}
