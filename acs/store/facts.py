"""The words by which a device is found.

They are its identity, and the parameters that people search for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from urllib.parse import urlsplit

from acs.store.database import Statement
from acs.store.records import Device, Parameter
from acs.store.shapes import storable

Fact = tuple[str, str]
"""A name and a value in the form that it is searched by."""

_URL = "ConnectionRequestURL"
# Parameters by the last part of their name, and the objects below which it means what we look for ("":
# anywhere). Never one that holds a password.
_SEARCHED: Mapping[str, frozenset[str]] = {
    "ExternalIPAddress": frozenset([""]),
    "IPAddress": frozenset(["IPv4Address", "IPv6Address"]),
    "MACAddress": frozenset([""]),
    "SSID": frozenset([""]),
    "ProvisioningCode": frozenset([""]),
    _URL: frozenset([""]),
    "DirectoryNumber": frozenset([""]),
    "Username": frozenset(["WANPPPConnection", "PPP"]),
}
# Objects that tell of other people's equipment, which a search must not take for the device.
_STRANGERS = frozenset(["Hosts", "AssociatedDevice", "NeighboringWiFiDiagnostic", "DHCPv4", "DHCPv6"])
_IDENTITY = ("id", "product_class", "serial_number", "related_device")
_MAC = re.compile(r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){0,4}[0-9a-f]{0,2}")
_ADD = (
    "INSERT INTO facts (device, name, value)"
    " SELECT key, ?, ? FROM devices WHERE id = ? ON CONFLICT DO NOTHING"
)
_VALUE_LENGTH = 128
_MOST = 100


def identity_facts(device: Device) -> frozenset[Fact]:
    """The words of a device's identity."""
    return frozenset((name, fold(value)) for name in _IDENTITY if (value := getattr(device, name)))


def parameter_facts(parameters: Iterable[Parameter]) -> frozenset[Fact]:
    """The words of a device's parameters; at most a hundred."""
    found: set[Fact] = set()
    for parameter in parameters:
        leaf = parameter.name.rpartition(".")[2]
        if leaf not in _SEARCHED or not parameter.value or len(found) == _MOST:
            continue
        if _is_ours(parameter.name):
            found.add((leaf, fold(_host(parameter.value) if leaf == _URL else parameter.value)))
    return frozenset(fact for fact in found if fact[1])


def tells_words(name: str) -> bool:
    """Whether `parameter_facts` looks at parameters of such a name at all."""
    return name.rpartition(".")[2] in _SEARCHED


def is_searched(name: str) -> bool:
    """Whether the value of a parameter of this name is among the words of its device, as it is."""
    leaf = name.rpartition(".")[2]
    return leaf in _SEARCHED and leaf != _URL and _is_ours(name)


def _is_ours(name: str) -> bool:
    """Whether a parameter with such a name at its end tells of the device itself."""
    objects, _, leaf = name.rpartition(".")
    path, below = frozenset(objects.split(".")), _SEARCHED[leaf]
    return path.isdisjoint(_STRANGERS) and ("" in below or not path.isdisjoint(below))


def adding_facts(device_id: str, facts: Iterable[Fact]) -> Iterator[Statement]:
    """What makes a device be found by these words."""
    for name, value in facts:
        yield Statement(_ADD, (name, value, device_id))


def replacing_facts(device: Device, before: Set[Fact], after: Set[Fact]) -> Iterator[Statement]:
    """What makes a device be found by other words than before."""
    for name, value in before - after:
        yield Statement(
            "DELETE FROM facts WHERE device = ? AND name = ? AND value = ?", (device.key, name, value)
        )
    yield from adding_facts(device.id, after - before)


def fold(word: str) -> str:
    """The form in which a word is kept: lower case; MAC addresses, also the beginning of one, as bare
    digits."""
    folded = storable(word.strip().lower())[:_VALUE_LENGTH]
    if _MAC.fullmatch(folded):
        return folded.replace(":", "").replace("-", "")
    return folded


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
