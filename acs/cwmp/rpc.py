"""A row of the table of RPCs: what there is to know of one beside its arguments."""

from __future__ import annotations

from dataclasses import dataclass

from acs.cwmp.messages import AnyRequest, Response

CPE = "CPE"
ACS = "ACS"


@dataclass(frozen=True, slots=True)
class RPC:
    """One row: ``to`` is who answers it, ``since`` the version that declares it, ``faults`` its refusals.

    ``idempotent`` tells that doing it twice does what doing it once does, so that an unanswered one may be
    sent again.  ``transfer`` marks those whose end is told by a later TransferComplete or
    DUStateChangeComplete.
    """

    request: type[AnyRequest]
    response: type[Response]
    to: tuple[str, ...]
    since: tuple[int, int]
    faults: tuple[int, ...]
    required: bool = True
    idempotent: bool = True
    transfer: bool = False

    @property
    def name(self) -> str:
        """The RPC's name, as in GetRPCMethods."""
        return self.request.__name__
