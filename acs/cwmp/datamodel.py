"""Which root data model a device has, inferred from the parameters that its Inform carries.

Devices say it in three ways, and some in none (TR-106 section 3.7, TR-181 Issue 2 from Device:2.4 on)::

    <root>DeviceSummary                             Device:1.4[](Baseline:1), VoiceService:1.0[1](...)
    Device.RootDataModelVersion                     2.11
    <root>DeviceInfo.SupportedDataModel.{i}.URN     urn:broadband-forum-org:tr-181-2-11-0

A root without any of them is ``InternetGatewayDevice:1.0`` (TR-069 of 2004) or ``Device:2.0`` (the parameter
came with 2.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

GATEWAY = "InternetGatewayDevice."
DEVICE = "Device."


class RootDataModel(Struct, frozen=True):
    """A root data model, and how we know.

    ``name`` is the model and its version, "Device:2.11"; for a device that mixes two, "mixed
    InternetGatewayDevice:1.0 + Device:2.0".  ``root`` is the object that everything hangs from, "Device.";
    for a mixture the one that holds the ConnectionRequestURL.  Both are "" where nothing was reported: "" is
    also CWMP's path for the top of the tree, so that a device of unknown root can still be asked for all it
    has.  ``services`` are the service models without their profiles: ("VoiceService:1.0",).
    """

    name: str = ""
    root: str = ""
    inferred_from: str = "nothing"
    mixed: bool = False
    services: tuple[str, ...] = ()


class _Claim(Struct, frozen=True):
    """What the parameters say about one of the roots; ``stated`` when the device gave a version itself."""

    root: str
    name: str
    source: str
    stated: bool = True


def infer(parameters: Mapping[str, str]) -> RootDataModel:
    """The root data model of a device that reports ``parameters``: names to values, any strings at all."""
    claims = [_gateway(parameters)] if _has_root(parameters, GATEWAY) else []
    claims += [_device(parameters)] if _has_root(parameters, DEVICE) else []
    if not claims:
        return RootDataModel()
    services = tuple(dict.fromkeys(_services(parameters)))
    if len(claims) == 1:
        return RootDataModel(claims[0].name, claims[0].root, claims[0].source, services=services)
    return RootDataModel(
        "mixed " + " + ".join(claim.name for claim in claims),
        _principal(claims, parameters),
        "; ".join(claim.source for claim in claims),
        mixed=True,
        services=services,
    )


def _has_root(parameters: Iterable[str], root: str) -> bool:
    return any(name.startswith(root) for name in parameters)


def _gateway(parameters: Mapping[str, str]) -> _Claim:
    """TR-098: the summary, else the InternetGatewayDevice:1.0 of 2004, which had none."""
    version = _summarised(parameters, GATEWAY)
    if version:
        return _Claim(GATEWAY, f"InternetGatewayDevice:{version}", GATEWAY + "DeviceSummary")
    evidence = GATEWAY + "DeviceInfo.SoftwareVersion"
    if evidence not in parameters:
        evidence = GATEWAY
    lack = "with an unreadable" if parameters.get(GATEWAY + "DeviceSummary") else "without"
    return _Claim(GATEWAY, "InternetGatewayDevice:1.0", f"{evidence} {lack} DeviceSummary", stated=False)


def _device(parameters: Mapping[str, str]) -> _Claim:
    """TR-106 and TR-181 Issue 1 by the summary, TR-181 Issue 2 by its version or URN, else Device:2.0."""
    version = _summarised(parameters, DEVICE)
    if version:
        return _Claim(DEVICE, f"Device:{version}", DEVICE + "DeviceSummary")
    match = _VERSION.fullmatch(parameters.get(DEVICE + "RootDataModelVersion", ""))
    if match:
        return _Claim(DEVICE, f"Device:{match[1]}", DEVICE + "RootDataModelVersion")
    for name, (number, version) in _documents(parameters):
        if number == "181" and version.startswith("2."):
            return _Claim(DEVICE, f"Device:{version}", name)
    return _Claim(
        DEVICE, "Device:2.0", "assumed: Device. without RootDataModelVersion or DeviceSummary", stated=False
    )


def _principal(claims: Iterable[_Claim], parameters: Mapping[str, str]) -> str:
    """The root that a device with two is driven by: the ConnectionRequestURL's, else one with a version."""

    def rank(claim: _Claim) -> tuple[bool, bool, bool]:
        url = parameters.get(claim.root + "ManagementServer.ConnectionRequestURL")
        return bool(url), claim.stated, claim.root == DEVICE

    return max(claims, key=rank).root


# --- DeviceSummary --------------------------------------------------------------------------------

#: The parameter is a string(1024); what a broken device sends beyond is not read.
_SUMMARY_LENGTH = 4096
#: Profiles "(Baseline:1, ...)" and instances "[1,2]", closed or not: neither nests, both may be left out.
_INSTANCES_AND_PROFILES = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|[)\]]")
_OBJECT = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]{0,63})\s*:\s*([0-9]{1,3}\.[0-9]{1,6})\s*")
_VERSION = re.compile(r"\s*(?:Device:)?([0-9]{1,3}\.[0-9]{1,6})(?:\.[0-9]{1,6})?\s*")


def _summarised(parameters: Mapping[str, str], root: str) -> str:
    """The version that ``root``'s own DeviceSummary gives it, or ""."""
    summary = dict(_objects(parameters.get(root + "DeviceSummary", "")))
    return summary.get(root[:-1], "")


def _objects(summary: str) -> Iterator[tuple[str, str]]:
    """The objects of a DeviceSummary with their versions: ("Device", "1.4"), ("VoiceService", "1.0")."""
    bare = _INSTANCES_AND_PROFILES.sub(" ", summary[:_SUMMARY_LENGTH])
    for part in bare.split(","):
        match = _OBJECT.fullmatch(part)
        if match:
            yield match[1], match[2]


# --- SupportedDataModel ---------------------------------------------------------------------------

_URN_PARAMETER = re.compile(r"(?:InternetGatewayDevice|Device)\.DeviceInfo\.SupportedDataModel\.[^.]+\.URN")
_URN = re.compile(
    r"\s*urn:broadband-forum-org:tr-([0-9]{1,4})-([0-9]{1,3})-([0-9]{1,6})(?:-.*)?\s*", re.DOTALL
)
_SERVICE_DOCUMENTS = {
    "104": "VoiceService",
    "135": "STBService",
    "140": "StorageService",
    "196": "FAPService",
}


def _documents(parameters: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The documents that the device says it follows: parameter name, (TR number, "issue.amendment")."""
    for name, value in parameters.items():
        match = _URN.fullmatch(value) if _URN_PARAMETER.fullmatch(name) else None
        if match:
            yield name, (match[1], f"{match[2]}.{match[3]}")


def _services(parameters: Mapping[str, str]) -> Iterator[str]:
    for root in (GATEWAY, DEVICE):
        for name, version in _objects(parameters.get(root + "DeviceSummary", "")):
            if name + "." not in (GATEWAY, DEVICE):
                yield f"{name}:{version}"
    for _, (number, version) in _documents(parameters):
        if number in _SERVICE_DOCUMENTS:
            yield f"{_SERVICE_DOCUMENTS[number]}:{version}"
