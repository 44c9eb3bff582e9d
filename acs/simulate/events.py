"""What a CPE has yet to tell its ACS, until it has been told or may be forgotten.

From TR-069 3.7.1.5 (table of events and their delivery).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest
from acs.cwmp.values import EventStruct

BOOTSTRAP = "0 BOOTSTRAP"
BOOT = "1 BOOT"
PERIODIC = "2 PERIODIC"
SCHEDULED = "3 SCHEDULED"
VALUE_CHANGE = "4 VALUE CHANGE"
CONNECTION_REQUEST = "6 CONNECTION REQUEST"
DIAGNOSTICS_COMPLETE = "8 DIAGNOSTICS COMPLETE"
M_REBOOT = "M Reboot"
M_SCHEDULE_INFORM = "M ScheduleInform"

#: The RPCs that a CPE asks of an ACS, and the event that announces each.
ANNOUNCED_BY: Mapping[type[AnyRequest], str] = {
    m.Kicked: "5 KICKED",
    m.TransferComplete: "7 TRANSFER COMPLETE",
    m.RequestDownload: "9 REQUEST DOWNLOAD",
    m.AutonomousTransferComplete: "10 AUTONOMOUS TRANSFER COMPLETE",
    m.DUStateChangeComplete: "11 DU STATE CHANGE COMPLETE",
    m.AutonomousDUStateChangeComplete: "12 AUTONOMOUS DU STATE CHANGE COMPLETE",
}
_SURVIVE_REBOOT = frozenset({BOOTSTRAP, SCHEDULED, M_REBOOT, M_SCHEDULE_INFORM})
_MOST = 64


@dataclass(frozen=True, slots=True)
class Report:
    """An RPC of the CPE's own, and the events that announce it until it is answered.

    ``method`` is the RPC that it ends, such as ``Download``; "" for none.
    """

    request: AnyRequest
    method: str = ""

    @property
    def events(self) -> tuple[EventStruct, ...]:
        """The events of an Inform that comes before it."""
        announced = (EventStruct(ANNOUNCED_BY[type(self.request)]),)
        key = getattr(self.request, "CommandKey", "") or ""
        return (*announced, EventStruct(f"M {self.method}", key)) if self.method else announced


class Events:
    """The events that wait for an InformResponse, the values that have changed, the RPCs of our own."""

    __slots__ = ("_pending", "changed", "reports")

    def __init__(self) -> None:
        self._pending: list[EventStruct] = []
        self.changed: dict[str, bool] = {}  # path -> whether the ACS wants to know at once
        self.reports: list[Report] = []

    @property
    def urgent(self) -> bool:
        """Whether there is reason for a session; a passive notification waits for the next one."""
        return bool(self._pending or self.reports) or any(self.changed.values())

    def add(self, code: str, key: str = "") -> bool:
        """Something happened; False if that is pending already: it is told once."""
        event = EventStruct(code, key)
        if event in self._pending:
            return False
        self._pending.append(event)
        return True

    def bootstrap(self) -> None:
        """First contact with an ACS: nothing that went before matters."""
        self._pending.clear()
        self.changed.clear()
        self.reports.clear()
        self.add(BOOTSTRAP)

    def boot(self) -> None:
        """The device has started (again); some of what it knew is lost."""
        self._pending = [event for event in self._pending if event.EventCode in _SURVIVE_REBOOT]
        self.changed.clear()
        lost = (m.Kicked, m.RequestDownload)
        self.reports = [report for report in self.reports if not isinstance(report.request, lost)]
        self.add(BOOT)

    def to_tell(self) -> tuple[EventStruct, ...]:
        """The events of the next Inform, in the standard's order."""
        found = list(self._pending)
        if self.changed:
            found.append(EventStruct(VALUE_CHANGE))
        for report in self.reports:
            found += report.events
        return tuple(sorted(dict.fromkeys(found), key=_order)[:_MOST])

    def delivered(self, told: Iterable[EventStruct], changed: Iterable[str]) -> None:
        """The Inform with these was answered; what an RPC of our own announces stays until that is."""
        gone = frozenset(told)
        self._pending = [event for event in self._pending if event not in gone]
        for path in changed:
            self.changed.pop(path, None)

    def not_delivered(self) -> None:
        """A session failed: a connection request must not be told again, all else is (table of events)."""
        self._pending = [event for event in self._pending if event.EventCode != CONNECTION_REQUEST]


def _order(event: EventStruct) -> tuple[bool, int]:
    number = event.EventCode.partition(" ")[0]
    return not number.isdecimal(), int(number) if number.isdecimal() else 0
