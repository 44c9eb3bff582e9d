"""The faults of CWMP, from their codes to their place in a SOAP Body (TR-069 A.5, 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from acs.cwmp import codec
from acs.cwmp.columns import Texts
from acs.cwmp.messages import Fault
from acs.cwmp.namespaces import local
from acs.cwmp.skeleton import Slots
from acs.cwmp.values import SetParameterValuesFault

ACS_FAULTS: Mapping[int, str] = {
    8000: "Method not supported",
    8001: "Request denied",
    8002: "Internal error",
    8003: "Invalid arguments",
    8004: "Resources exceeded",
    8005: "Retry request",
    8006: "CWMP version incompatible",
}
"""What an ACS answers to a CPE's request."""

CPE_FAULTS: Mapping[int, str] = {
    9000: "Method not supported",
    9001: "Request denied",
    9002: "Internal error",
    9003: "Invalid arguments",
    9004: "Resources exceeded",
    9005: "Invalid parameter name",
    9006: "Invalid parameter type",
    9007: "Invalid parameter value",
    9008: "Attempt to set a non-writable parameter",
    9009: "Notification request rejected",
    9010: "File transfer failure",
    9011: "Upload failure",
    9012: "File transfer server authentication failure",
    9013: "Unsupported protocol for file transfer",
    9014: "Download failure: unable to join multicast group",
    9015: "Download failure: unable to contact file server",
    9016: "Download failure: unable to access file",
    9017: "Download failure: unable to complete download",
    9018: "Download failure: file corrupted",
    9019: "Download failure: file authentication failure",
    9020: "Download failure: unable to complete download within the time windows",
    9021: "Cancelation of file transfer not permitted in current transfer state",
    9022: "Invalid UUID format",
    9023: "Unknown Execution Environment",
    9024: "Disabled Execution Environment",
    9025: "Deployment Unit to Execution Environment mismatch",
    9026: "Duplicate Deployment Unit",
    9027: "System resources exceeded",
    9028: "Unknown Deployment Unit",
    9029: "Invalid Deployment Unit state",
    9030: "Invalid Deployment Unit update: downgrade not permitted",
    9031: "Invalid Deployment Unit update: version not specified",
    9032: "Invalid Deployment Unit update: version already exists",
}
"""What a CPE answers to a request, or reports of a transfer."""

RETRY_REQUEST = 8005
_BLAMING_THE_ASKER = frozenset({8003, 9003, 9005, 9006, 9007, 9008})


def fault(code: int, string: str = "", parameters: tuple[SetParameterValuesFault, ...] = ()) -> Fault:
    """The fault of this code, with the standard's own words where none are given."""
    return Fault(code, string or ACS_FAULTS.get(code) or CPE_FAULTS.get(code) or "", parameters)


def fault_plan(element: etree._Element, slots: Slots) -> Callable[[Texts], Fault]:
    """A ``soap:Fault``: the CWMP fault in it, wherever that stands (netcwmp: within faultstring)."""
    words = slots.nothing
    for child in element.iterdescendants():
        name = local(child.tag)
        if name == "Fault":
            return codec.plan(Fault, child, slots)
        if name == "faultstring":
            words = slots.of(child)
    return lambda texts: Fault(0, texts[words].strip())


def write_fault(value: Fault, out: list[str]) -> None:
    """The ``soap:Fault`` element.  ``Client`` blames the asker, ``Server`` the side that answers (A.5)."""
    blame = "Client" if value.FaultCode in _BLAMING_THE_ASKER else "Server"
    out.append(f"<SOAP-ENV:Fault><faultcode>{blame}</faultcode><faultstring>CWMP fault</faultstring>")
    out.append("<detail><cwmp:Fault>")
    codec.write(value, out)
    out.append("</cwmp:Fault></detail></SOAP-ENV:Fault>")
