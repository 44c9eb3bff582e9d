"""A device model: what all simulated CPEs of one kind share unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from acs.cwmp.datamodel import DEVICE, GATEWAY
from acs.cwmp.modeltypes import Syntax
from acs.cwmp.paths import parent

OBJECT = "object"
SUBSCRIBER = ("Subscriber",)
ZERO = {
    **dict.fromkeys(("int", "long", "unsignedInt", "unsignedLong", "decimal"), "0"),
    "boolean": "0",
    "dateTime": "0001-01-01T00:00:00Z",
}
"""What a value is until somebody sets it, by type; "" for all others."""

#: What every Inform carries where the device has it, below its root (TR-106, TR-181: forcedInform).
_FORCED_INFORM = (
    "DeviceSummary",
    "RootDataModelVersion",
    "DeviceInfo.SpecVersion",
    "DeviceInfo.HardwareVersion",
    "DeviceInfo.SoftwareVersion",
    "DeviceInfo.ProvisioningCode",
    "ManagementServer.ConnectionRequestURL",
    "ManagementServer.ParameterKey",
    "ManagementServer.AliasBasedAddressing",
    "LAN.IPAddress",
)


class ModelProblem(Exception):
    """A model cannot be had: ``source`` is the name or file it was to come from."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class Notify(Enum):
    """What TR-106 calls ``activeNotify``: how far the ACS may choose a parameter's notification."""

    NORMAL = "normal"
    FORCED = "forceEnabled"
    FORCED_DEFAULT = "forceDefaultEnabled"
    CAN_DENY = "canDeny"

    @property
    def notification(self) -> int:
        """The Notification attribute of a parameter from the factory: 2, active, where it is forced."""
        return 2 if self in (Notify.FORCED, Notify.FORCED_DEFAULT) else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter or an object as it leaves the factory.

    ``type`` is an XML Schema type without its prefix, or `OBJECT`; ``filled`` tells that placeholders stand
    in the value, ``hidden`` that it reads as "".  ``syntax`` restricts the values, where the model says how.
    """

    value: str = ""
    type: str = "string"
    writable: bool = False
    filled: bool = False
    hidden: bool = False
    notify: Notify = Notify.NORMAL
    notification: int = 0
    access_list: tuple[str, ...] = SUBSCRIBER
    syntax: Syntax | None = None


INSTANCE = Entry(type=OBJECT, writable=True)
"""What AddObject makes, before what is in it."""
ROW = Entry(type=OBJECT)
"""What the device itself makes in a table that an ACS cannot change."""

Entries = Mapping[str, Entry]


@dataclass(frozen=True)
class Model:
    """One kind of device.

    ``serial`` is the first device's; ``versions`` are the firmware's, in their order; ``counts`` has for a
    table (``{i}`` for instance numbers) the name, in the object that holds it, of the parameter that counts
    its instances; ``templates`` has for a table with ``{i}.`` what an instance holds.  An object stands in
    ``parameters`` before what it holds.
    """

    name: str
    manufacturer: str
    oui: str
    product_class: str
    serial: str
    root: str
    cwmp_version: str
    versions: tuple[str, ...]
    inform: tuple[str, ...]
    counts: Mapping[str, str]
    parameters: Entries
    templates: Mapping[str, Entries]

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """For each object what stands directly below it; for "" the roots."""
        return children_of(self.parameters)

    @cached_property
    def version_paths(self) -> tuple[str, ...]:
        """The parameters that tell the firmware's version; a mixture of two roots has two."""
        return tuple(path for path in self.parameters if path.endswith(".DeviceInfo.SoftwareVersion"))

    def server(self, name: str) -> str:
        """The path of a parameter of the ManagementServer object."""
        return f"{self.root}ManagementServer.{name}"

    def with_values(self, values: Mapping[str, str]) -> Model:
        """The same with other values, which may hold placeholders; unknown paths are passed over."""
        changed = {
            path: replace(self.parameters[path], value=value, filled="{" in value)
            for path, value in values.items()
            if path in self.parameters
        }
        return replace(self, parameters={**self.parameters, **changed})


def children_of(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each object among the paths what stands directly below it, in the order of the paths."""
    found: dict[str, list[str]] = {"": []}
    for path in paths:
        found.setdefault(parent(path), []).append(path)
        if path.endswith("."):
            found.setdefault(path, [])
    return {path: tuple(below) for path, below in found.items()}


def root_of(source: str, entries: Entries) -> str:
    """The root object that holds the ManagementServer; raises `ModelProblem` for a tree without one."""
    for root in (DEVICE, GATEWAY):
        if f"{root}ManagementServer." in entries:
            return root
    raise ModelProblem(source, "no ManagementServer in it: not a whole device")


def forced_inform(root: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of a device's parameters that its Informs carry, where nobody has listed them."""
    known = list(paths)
    found = [root + name for name in _FORCED_INFORM if root + name in set(known)]
    # Of a gateway also the address of its WAN connection.
    wan = f"{GATEWAY}WANDevice."
    addresses = [path for path in known if path.startswith(wan) and path.endswith(".ExternalIPAddress")]
    return (*found, *addresses[: root == GATEWAY])
