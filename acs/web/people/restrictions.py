"""What each route is to those for whom only some devices are there.

A route says one of these.  What it says is checked before it is served, so that it need not think of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from acs.store import ids
from acs.store.interface import Store
from acs.store.records import Device, Job, Scope, Session
from acs.store.records.alarms import Alarm
from acs.store.records.people import Only
from acs.web.serving.calls import Segment
from acs.web.serving.problems import Problem

Path = Mapping[str, Segment]
"""The parameters of a path."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """``about`` says it in the description; ``check`` raises `Problem` where what the path names is not for
    who asks."""

    about: str
    check: Callable[[Store, Only, Path], Awaitable[None]]


async def _pass(store: Store, only: Only, path: Path) -> None:
    """There is nothing to look at."""


async def _refuse(store: Store, only: Only, path: Path) -> None:
    raise Problem(403, "this is not for those who may see some devices only")


async def _device(store: Store, only: Only, path: Path) -> None:
    device = await meant(store, path["id"])
    if device is None or not only.has(device):
        raise unknown("device")


def _of(
    kind: str, look: Callable[[Store, int], Awaitable[Job | Session | Alarm | None]]
) -> Callable[[Store, Only, Path], Awaitable[None]]:
    """The check of what is of one device, by the id in the path."""

    async def check(store: Store, only: Only, path: Path) -> None:
        number = ids.from_text(path["id"].text)
        found = None if number is None else await look(store, number)
        if found is None or not await sees(store, only, found.device):
            raise unknown(kind)

    return check


async def _scope(store: Store, only: Only, path: Path) -> None:
    if path["scope"].text != Scope.DEVICE:
        await _refuse(store, only, path)
    if not await sees(store, only, path["name"].text):
        raise unknown("device")


OF_DEVICE = Restriction("Only of their devices.", _device)
OF_JOB = Restriction("Only of their devices.", _of("job", lambda store, id_: store.job(id_)))
OF_SESSION = Restriction("Only of their devices.", _of("session", lambda store, id_: store.session(id_)))
OF_ALARM = Restriction("Only of their devices.", _of("alarm", lambda store, id_: store.alarm(id_)))
OF_SCOPE = Restriction("Only the configurations of their devices.", _scope)
FILTERED = Restriction("Only what is of their devices is listed.", _pass)
"""The route itself lists no more; by `acs.web.serving.listing.query_of` it does."""
OPEN = Restriction("As to all others: it tells nothing of devices.", _pass)
WHOLE = Restriction("Refused: it is about all devices.", _refuse)


async def meant(store: Store, given: Segment) -> Device | None:
    """The device of this id; ids hold percent-escapes of their own, so one that was not quoted for the URL
    serves too."""
    return await store.device(given.text) or (
        await store.device(given.raw) if given.raw != given.text else None
    )


async def sees(store: Store, only: Only | None, device_id: str) -> bool:
    """Whether a device is there for somebody."""
    if only is None:
        return True
    device = await store.device(device_id) if device_id else None
    return device is not None and only.has(device)


def unknown(kind: str) -> Problem:
    """There is no such thing."""
    return Problem(404, f"there is no {kind} with this id")
