"""The diagnostics that a device runs when it is asked to, as a table by their names.

The arguments of each are a structure, declared as those of RPCs are, so that they are checked, described
and written by the same code.  One is asked for by setting them with a DiagnosticsState of ``Requested``;
the event ``8 DIAGNOSTICS COMPLETE`` tells that what it has found can be read (TR-181 and TR-098,
DiagnosticsState; TR-143 for Download- and UploadDiagnostics).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Struct

from acs.cwmp.types import Boolean, Leaf, Text256

STATE = "DiagnosticsState"
REQUESTED = "Requested"
COMPLETE = frozenset({"Complete", "Completed"})
"""How its state tells that a diagnostic has succeeded; the longer word is TR-143's."""
FORGOTTEN = "None"
"""What its state is where nobody has asked, or the device has restarted since."""
ANYWHERE = "*."
"""Stands in the path of an object for the objects above it, where vendors do not agree on these."""


def _number(least: int, most: int = 0xFFFFFFFF) -> Leaf:
    return Leaf("xsd:unsignedInt", int, int, bounds=range(least, most + 1))


_Host = Annotated[str, Leaf("xsd:string", str, str, maximum=256, pattern=r"\S+")]
# Without user and password: neither transport may use them (TR-143), and they would stand in every list.
_URL = Annotated[
    str, Leaf("xsd:string", str, str, maximum=2048, pattern=r"(http|https|ftp)://[^\s/?#@]+([/?#]\S*)?")
]
_Version = Annotated[str, Leaf("xsd:string", str, str, pattern="Any|IPv4|IPv6")]
_Any = Annotated[int, _number(0)]
_Some = Annotated[int, _number(1)]
_Block = Annotated[int, _number(1, 65535)]
_DSCP = Annotated[int, _number(0, 63)]
_Priority = Annotated[int, _number(0, 7)]
_Seconds = Annotated[int, _number(0, 999)]
_Offset = Annotated[int, _number(0, 255)]
_Tries = Annotated[int, _number(1, 3)]
_Hops = Annotated[int, _number(1, 64)]
# Of 64 bits since Device:2.13 or so, of 32 before: the device's own type goes before this.
_Length = Annotated[int, _number(0, 2**63 - 1)]


class IPPing(Struct, frozen=True):
    """Echo requests to a host.  ``Timeout`` in milliseconds, ``DataBlockSize`` in bytes."""

    Host: _Host
    Interface: Text256 | None = None
    ProtocolVersion: _Version | None = None
    NumberOfRepetitions: _Some | None = None
    Timeout: _Some | None = None
    DataBlockSize: _Block | None = None
    DSCP: _DSCP | None = None


class TraceRoute(Struct, frozen=True):
    """The hops on the way to a host."""

    Host: _Host
    Interface: Text256 | None = None
    ProtocolVersion: _Version | None = None
    NumberOfTries: _Tries | None = None
    Timeout: _Some | None = None
    DataBlockSize: _Block | None = None
    DSCP: _DSCP | None = None
    MaxHopCount: _Hops | None = None


class DownloadDiagnostics(Struct, frozen=True):
    """How fast a file comes (TR-143)."""

    DownloadURL: _URL
    Interface: Text256 | None = None
    ProtocolVersion: _Version | None = None
    DSCP: _DSCP | None = None
    EthernetPriority: _Priority | None = None
    NumberOfConnections: _Some | None = None
    EnablePerConnectionResults: Boolean | None = None
    TimeBasedTestDuration: _Seconds | None = None
    TimeBasedTestMeasurementInterval: _Seconds | None = None
    TimeBasedTestMeasurementOffset: _Offset | None = None


class UploadDiagnostics(Struct, frozen=True):
    """How fast a file of ``TestFileLength`` bytes goes, which the device makes up (TR-143)."""

    UploadURL: _URL
    TestFileLength: _Length
    Interface: Text256 | None = None
    ProtocolVersion: _Version | None = None
    DSCP: _DSCP | None = None
    EthernetPriority: _Priority | None = None
    NumberOfConnections: _Some | None = None
    EnablePerConnectionResults: Boolean | None = None
    TimeBasedTestDuration: _Seconds | None = None
    TimeBasedTestMeasurementInterval: _Seconds | None = None
    TimeBasedTestMeasurementOffset: _Offset | None = None


class NSLookupDiagnostics(Struct, frozen=True):
    """What a name resolves to, by the device's own servers or by ``DNSServer``."""

    HostName: _Host
    DNSServer: Text256 | None = None
    Interface: Text256 | None = None
    Timeout: _Any | None = None
    NumberOfRepetitions: _Any | None = None


class NeighboringWiFiDiagnostic(Struct, frozen=True):
    """The networks that the device's radios hear."""


class Columns(Struct, frozen=True):
    """Names of parameters: those that hold whole numbers, and those that hold text."""

    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Diagnostic(Struct, frozen=True):
    """One diagnostic.

    ``objects`` has its object in each data model, by the model's name with its first number.  ``results`` and
    ``tables`` (by their names, for each row) are what it finds, whatever data model calls it so; how many
    rows there are is not among them.
    """

    arguments: type[Struct]
    objects: Mapping[str, str]
    results: Columns
    tables: Mapping[str, Columns] = {}

    @property
    def name(self) -> str:
        """What the diagnostic is called; its jobs have it in the place of an RPC's name."""
        return self.arguments.__name__


_DEVICE_2, _DEVICE_1, _GATEWAY = "Device:2", "Device:1", "InternetGatewayDevice:1"
_TIMES = ("ROMTime", "BOMTime", "EOMTime", "TCPOpenRequestTime", "TCPOpenResponseTime")
_INTERVAL = ("StartTime", "EndTime")
_TOTALS = ("TotalBytesReceived", "TotalBytesSent")


def _transfer(arguments: type[Struct], tested: str) -> Diagnostic:
    """Download- or UploadDiagnostics, which differ in what they call the bytes of the file itself."""
    name = arguments.__name__
    full = tuple(f"{each}UnderFullLoading" for each in (tested, *_TOTALS))
    sizes = (tested, *_TOTALS)
    return Diagnostic(
        arguments,
        {
            _DEVICE_2: f"Device.IP.Diagnostics.{name}.",
            _DEVICE_1: f"Device.{name}.",
            _GATEWAY: f"InternetGatewayDevice.{name}.",
        },
        Columns((*sizes, *full, "PeriodOfFullLoading"), ("IPAddressUsed", *_TIMES)),
        {"PerConnectionResult": Columns(sizes, _TIMES), "IncrementalResult": Columns(sizes, _INTERVAL)},
    )


_RESPONSE_TIMES = ("AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime")

DIAGNOSTICS: Mapping[str, Diagnostic] = {
    each.name: each
    for each in (
        Diagnostic(
            IPPing,
            {
                _DEVICE_2: "Device.IP.Diagnostics.IPPing.",
                _DEVICE_1: "Device.LAN.IPPingDiagnostics.",
                _GATEWAY: "InternetGatewayDevice.IPPingDiagnostics.",
            },
            Columns(
                (
                    *("SuccessCount", "FailureCount"),
                    *_RESPONSE_TIMES,
                    *(f"{name}Detailed" for name in _RESPONSE_TIMES),
                ),
                ("IPAddressUsed",),
            ),
        ),
        Diagnostic(
            TraceRoute,
            {
                _DEVICE_2: "Device.IP.Diagnostics.TraceRoute.",
                _DEVICE_1: "Device.LAN.TraceRouteDiagnostics.",
                _GATEWAY: "InternetGatewayDevice.TraceRouteDiagnostics.",
            },
            Columns(("ResponseTime",), ("IPAddressUsed",)),
            {
                "RouteHops": Columns(
                    ("ErrorCode", "HopErrorCode"),
                    ("Host", "HostAddress", "RTTimes", "HopHost", "HopHostAddress", "HopRTTimes"),
                )
            },
        ),
        _transfer(DownloadDiagnostics, "TestBytesReceived"),
        _transfer(UploadDiagnostics, "TestBytesSent"),
        Diagnostic(
            NSLookupDiagnostics,
            {
                _DEVICE_2: "Device.DNS.Diagnostics.NSLookupDiagnostics.",
                _DEVICE_1: "Device.NSLookupDiagnostics.",
                _GATEWAY: "InternetGatewayDevice.NSLookupDiagnostics.",
            },
            Columns(("SuccessCount",)),
            {
                "Result": Columns(
                    ("ResponseTime",),
                    ("Status", "AnswerType", "HostNameReturned", "IPAddresses", "DNSServerIP"),
                )
            },
        ),
        Diagnostic(
            NeighboringWiFiDiagnostic,
            {
                _DEVICE_2: "Device.WiFi.NeighboringWiFiDiagnostic.",
                # No part of TR-098; vendors have it as TR-181 does, each below an object of another name.
                _GATEWAY: f"InternetGatewayDevice.{ANYWHERE}NeighboringWiFiDiagnostic.",
            },
            Columns(),
            {
                "Result": Columns(
                    ("Channel", "SignalStrength", "BeaconPeriod", "Noise", "DTIMPeriod"),
                    (
                        *("Radio", "SSID", "BSSID", "Mode", "SecurityModeEnabled", "EncryptionMode"),
                        *("OperatingFrequencyBand", "SupportedStandards", "OperatingStandards"),
                        *("OperatingChannelBandwidth", "BasicDataTransferRates"),
                        "SupportedDataTransferRates",
                    ),
                )
            },
        ),
    )
}
"""Each diagnostic by its name."""
