"""What downloads have in common with uploads."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from acs.web.files.admission import Admission
from acs.web.files.refusals import Refusals
from acs.web.files.transfers import Transfers
from acs.web.serving.threads import InThread


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """``admission`` says who may, ``refusals`` tells who may not, ``transfers`` knows what is running;
    ``clock`` gives seconds since 1970; ``in_thread`` does what waits for the disk."""

    admission: Admission
    refusals: Refusals
    transfers: Transfers
    clock: IReactorTime
    in_thread: InThread
