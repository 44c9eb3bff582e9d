"""Sessions in which nothing is to be done, as nearly all are: known by what the last one came to.

A device that calls because it is time is led through the whole script to be told nothing.  What that rests on
is compared here instead: who calls, from where, as what it says, with what it has shown; that the device is
as it was when the script found nothing to do, that nothing waits for it, and that the operator wants what he
wanted.  Where all of it is so the session is brief (`acs.session.brief`), and what the script would have
noted of it is noted.  Where anything is else, or becomes so before the device's turn is over, the script does
what it does: it is taken up behind its welcome.

Nothing is recognised whose outcome may change by itself, with time or by what others say: `is_quiet` says so
of all procedures, in the order of the script, and `tests/session/test_routine.py` holds one against the
other.  A periodic session takes 0.78 of the time (``benchmarks/session.py``, both ways in turns).
"""

from __future__ import annotations

from collections.abc import Mapping

from acs.cwmp.messages import Inform
from acs.session.brief import Routine, Wanted
from acs.session.caller import Caller
from acs.session.credentials import Kind
from acs.session.desired import Desired
from acs.session.events import PERIODIC, events_of
from acs.session.operator import Operator
from acs.session.procedures.identify import offset_in
from acs.session.procedures.read_all import MAX_FAILURES
from acs.session.verification import Policy
from acs.session.visit import Visit
from acs.session.waking import WakeSetup
from acs.store.interface import Store
from acs.store.records import Device, JobState, Session
from acs.store.residents import Resident

_AS_THEY_ARE = frozenset({Kind.NONE, Kind.OWN, Kind.SHARED, Kind.CERTIFICATE})
"""Credentials that a device keeps."""

_ROWS = 1024
"""So many different rows are shared among devices."""


class Routines:
    """Recognises such sessions, and notes what they will be known by.

    :param policies: how devices are verified, by the name of the listener.
    :param waking: what devices are given to be woken by.
    """

    def __init__(
        self,
        store: Store,
        policies: Mapping[str, Policy],
        operator: Operator,
        desired: Desired,
        waking: WakeSetup | None,
    ) -> None:
        self._store = store
        self._listeners = frozenset(_constant(policies) if operator.hooks.silent else ())
        self._desired = desired
        self._waking = waking
        self._rows: dict[Session, Session] = {}

    def recognise(self, caller: Caller) -> tuple[Resident, Routine] | None:
        """The device, pinned, with what it is recognised by, if the session that it begins is as those
        before, be it but to the device's turn: a job that somebody has queued for it waits for that."""
        resident = self._store.at_hand(caller.key)
        if resident is None or not isinstance(routine := resident.routine, Routine):
            return None
        device = resident.record
        if not (
            routine.row.listener == caller.listener
            and device.client_ip == caller.client_ip
            and routine.version == caller.version
            and routine.credentials is caller.shown
            and device.client_ip_verified is routine.row.client_ip_verified
            and _says_the_same(caller.inform, device, routine)
            and self._is_as_it_was(resident, routine)
            and (not resident.jobs or _nothing_but_queued(resident))
        ):
            return None
        return self._store.pin(caller.key), routine

    def lasts(self, resident: Resident, routine: Routine) -> bool:
        """Whether what it was recognised by is so still."""
        return not resident.jobs and self._is_as_it_was(resident, routine)

    def _is_as_it_was(self, resident: Resident, routine: Routine) -> bool:
        return (
            resident.edition == routine.edition
            and not (resident.gone or resident.stale)
            and self.wanted() == routine.wanted
        )

    def note(self, visit: Visit, wanted: Wanted) -> None:
        """The script is through with a session: note what the next is known by, if nothing is to be
        done in it, either.

        ``wanted`` is what was so when it began, as its quirks were chosen then: where that has changed
        since, the next is led.
        """
        cpe, resident = visit.cpe, visit.resident
        resident.routine = None
        if cpe.events is PERIODIC and cpe.listener in self._listeners and self.is_quiet(visit):
            resident.routine = Routine(
                resident.edition,
                cpe.told,
                wanted,
                cpe.version,
                cpe.credentials,
                cpe.adapter,
                self._row_of(visit),
            )

    def _row_of(self, visit: Visit) -> Session:
        """What the rows of such sessions have in common, other devices' too."""
        device = visit.device
        as_it_is = {
            "root_data_model": device.root_data_model,
            "root_data_model_source": device.root_data_model_source,
            "quirks": device.quirks,
        }
        facts = visit.cpe.record.facts | as_it_is | {"device": "", "client_ip": ""}
        row = Session(id=0, started=0.0, **facts)
        if len(self._rows) >= _ROWS:
            self._rows.clear()
        return self._rows.setdefault(row, row)

    def is_quiet(self, visit: Visit) -> bool:
        """Whether the script does nothing with this device, whenever it calls, until something changes of it
        or of what is wanted."""
        cpe, device, kind = visit.cpe, visit.device, self._desired.profiles.of(visit.device)
        return not (
            visit.resident.jobs
            or not (device.manufacturer and device.inform_digest)
            or cpe.credentials not in _AS_THEY_ARE
            or (visit.verified and kind.vendor_file and device.vendor_file != kind.vendor_file)
            or self._has_other_software(device)
            or (visit.verified and device.root and not self._can_be_woken(device))
            or self._has_another_level(device, visit.verified)
            or visit.tree.changed
            or kind.tracked
            or (device.full_read_requested and device.full_read_failures < MAX_FAILURES)
        )

    def _has_other_software(self, device: Device) -> bool:
        wanted = self._desired.software(device).value
        return bool(device.firmware_problem or wanted and device.software_version != wanted)

    def _can_be_woken(self, device: Device) -> bool:
        return self._waking is None or device.wake_setup == self._waking.name

    def _has_another_level(self, device: Device, verified: bool) -> bool:
        level = self._desired.level(device).value
        if not verified:
            return device.preconfig_level < level
        below = device.current_config_level < level
        return bool(level and (below or device.config_check or device.config_problems))

    def wanted(self) -> Wanted:
        """What the operator wants now."""
        # Each is the same until something in it changes, so that they are compared in no time.
        store = self._store
        return store.quirk_rules(), store.shared_profiles(), store.shared_configurations()


def _constant(policies: Mapping[str, Policy]) -> list[str]:
    """The listeners that verify a device by nothing but what is compared here."""
    return [name for name, policy in policies.items() if policy.constant]


def _nothing_but_queued(resident: Resident) -> bool:
    """Whether nothing that waits is looked at before the device's turn (`acs.session.procedures.settle`)."""
    return all(job.state is JobState.QUEUED and not job.automatic for job in resident.jobs.values())


def _says_the_same(inform: Inform, device: Device, routine: Routine) -> bool:
    offset = offset_in(inform.CurrentTime)
    return (
        events_of(inform) is PERIODIC
        and inform.DeviceId.Manufacturer == device.manufacturer
        and (not offset or offset == device.time_offset)
        and hash(inform.ParameterList) == routine.told
    )
