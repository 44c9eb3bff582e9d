"""What can go wrong at an ``await`` in a session."""

from __future__ import annotations

from acs.cwmp.messages import AnyRequest, Fault, name_of
from acs.cwmp.values import SetParameterValuesFault


class CpeFault(Exception):
    """The CPE answered our RPC with a fault."""

    def __init__(self, request: AnyRequest, fault: Fault) -> None:
        super().__init__(f"{name_of(request)}: {words_of(fault)}")
        self.request = request
        self.fault = fault


class Unanswered(Exception):
    """The CPE passed over our RPC: it said nothing, or answered another one."""

    def __init__(self, request: AnyRequest, remark: str) -> None:
        super().__init__(remark)
        self.request = request


class Enough(Exception):
    """The CPE takes no more RPCs in this session: what is left is for the next one."""


class NotForDevice(Exception):
    """This device cannot be asked for it, and why."""


class SessionLost(Exception):
    """The session is over before its time: silence, a newer session of the same device, a message that
    cannot be taken."""


class Refused(Exception):
    """The Inform is not accepted; it is answered with this CWMP fault (8000-8006)."""

    def __init__(self, fault: int, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


def words_of(fault: Fault | SetParameterValuesFault) -> str:
    """A fault for people: its code, and what the CPE says of it."""
    return f"fault {fault.FaultCode} {fault.FaultString}".rstrip()
