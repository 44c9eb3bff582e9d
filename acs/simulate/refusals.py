"""The fault that a simulated CPE answers with, as an exception, raised where the reason is found."""

from __future__ import annotations

from collections.abc import Iterable

from acs.cwmp.faults import CPE_FAULTS, fault
from acs.cwmp.messages import Fault
from acs.cwmp.values import SetParameterValuesFault

INVALID_ARGUMENTS = 9003


class Refusal(Exception):
    """An RPC is not carried out; ``fault`` is what the ACS is told."""

    def __init__(self, code: int, string: str = "", parameters: Iterable[tuple[str, int]] = ()) -> None:
        """``parameters`` are the refused ones of a SetParameterValues, each with its own code."""
        refused = tuple(SetParameterValuesFault(name[:256], why, CPE_FAULTS[why]) for name, why in parameters)
        self.fault: Fault = fault(code, string, refused)
        super().__init__(self.fault)
