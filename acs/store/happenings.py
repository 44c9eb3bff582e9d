"""What happens to sessions, devices, jobs, files, told at once to whoever listens in this process.

Nothing of it is kept: what has become of them is in the store, for those who come later.  It is told when it
holds: a job is queued once it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from acs.store.records import Device, Job, Session
from acs.store.records.alarms import Alarm
from acs.store.records.campaigns import Progress
from acs.store.records.files import FileTransfer


class Topic(StrEnum):
    """What something happens to."""

    SESSION = "session"
    DEVICE = "device"
    JOB = "job"
    ALARM = "alarm"
    CAMPAIGN = "campaign"
    TRANSFER = "transfer"


class UserChange(Struct, frozen=True):
    """A parameter that somebody has changed on the device itself; ``owner`` is who is to decide about it ("":
    nobody was named), ``secret`` whether its values may not be shown."""

    name: str
    owner: str
    old: str | None
    new: str | None
    secret: bool = False


Record: TypeAlias = Session | Device | Job | Alarm | Progress | FileTransfer
"""What may happen to something is told with."""


class Happening(Struct, frozen=True, gc=False):
    """One thing that has happened.

    ``what``: of a session ``opened``, ``ended`` or ``refused`` (a message, before it could open one); of a
    device ``added``, ``changed``, ``renamed``, ``deleted`` or ``user_changed``; of a job its state; of an
    alarm ``raised``, also where it says something else from now on, or ``ended``; of a campaign ``added``,
    its state when that is another, ``progressed`` where it has come further with its devices; of a file on
    its way ``began``, ``progressed``, ``ended``, ``failed``.
    ``device`` is the id, "" where nobody knows it; ``time`` in seconds since 1970.  ``record`` is what it
    happened to as it is now, None where that is no more.  ``fields`` are the members of a device's record
    that have changed, ``formerly`` the id that it had before, ``changes`` what its user has changed, ``was``
    what it was before it was deleted.
    """

    topic: Topic
    what: str
    device: str
    time: float
    record: Record | None = None
    fields: tuple[str, ...] = ()
    formerly: str = ""
    changes: tuple[UserChange, ...] = ()
    was: Device | None = None


Heard: TypeAlias = Callable[[Happening], None]


class Happenings:
    """Who listens.

    :ivar wanted: whether anybody does: where not, nothing need be made to be told.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._heard: tuple[Heard, ...] = ()
        self._missed: tuple[Callable[[], None], ...] = ()

    def listen(self, heard: Heard) -> None:
        """Have ``heard`` called with each, from now on; it must not raise."""
        self._heard += (heard,)
        self.wanted = True

    def leave(self, heard: Heard) -> None:
        """Do not any more."""
        self._heard = tuple(each for each in self._heard if each != heard)
        self.wanted = bool(self._heard)

    def tell(self, happening: Happening) -> None:
        """Tell of one."""
        for heard in self._heard:
            heard(happening)

    def watch(self, missed: Callable[[], None]) -> None:
        """Have ``missed`` called where what other processes said may not have been heard."""
        self._missed += (missed,)

    def miss(self) -> None:
        """Something that other processes said may not have been heard."""
        for missed in self._missed:
            missed()
