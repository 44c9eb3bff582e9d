"""A device of two parameters, as tests and benchmarks play it over a socket."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from acs.cwmp import messages as m
from acs.cwmp import values as v

ROOT = "InternetGatewayDevice."
CODE = ROOT + "DeviceInfo.ProvisioningCode"
IDENTITY = v.DeviceId("Acme", "00D09E", "Router", "1")
DEVICE = IDENTITY.key
VALUES = (
    v.ParameterValueStruct(ROOT + "DeviceInfo.SoftwareVersion", "1.0", "xsd:string"),
    v.ParameterValueStruct(CODE, "", "xsd:string"),
)


def inform(*events: str | v.EventStruct, identity: v.DeviceId = IDENTITY) -> m.Inform:
    """Its Inform; an event without a key may be its code alone."""
    structs = tuple(v.EventStruct(event) if isinstance(event, str) else event for event in events)
    return m.Inform(identity, structs, CurrentTime="2026-11-25T12:00:00Z", ParameterList=VALUES)


class Router:
    """What it answers; each AddObject makes the next instance."""

    def __init__(self) -> None:
        self._instances = count(1)
        self._answers: dict[type[m.Message], Callable[[], m.Message]] = {
            m.GetParameterNames: lambda: m.GetParameterNamesResponse(
                tuple(v.ParameterInfoStruct(value.Name) for value in VALUES)
            ),
            m.GetParameterValues: lambda: m.GetParameterValuesResponse(VALUES),
            m.GetParameterAttributes: lambda: m.GetParameterAttributesResponse(
                tuple(v.ParameterAttributeStruct(value.Name, 0, ()) for value in VALUES)
            ),
            m.SetParameterValues: lambda: m.SetParameterValuesResponse(0),
            m.AddObject: lambda: m.AddObjectResponse(next(self._instances)),
            m.Download: lambda: m.DownloadResponse(1),
            m.Upload: lambda: m.UploadResponse(1),
            m.Reboot: m.RebootResponse,
        }

    def reply(self, asked: m.Message) -> m.Message:
        """The answer; 9000 "Method not supported" to what it does not know."""
        return self._answers.get(type(asked), lambda: m.Fault(9000))()
