"""A device that came with its factory's password gets one of its own (checklist 7.1)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from twisted.logger import Logger

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct
from acs.session.credentials import Kind
from acs.session.errors import CpeFault, Unanswered
from acs.session.visit import Visit
from acs.store.records import Credentials

log = Logger()


async def admit_again(visit: Visit) -> None:
    """A device that was reset calls with its factory's credentials: not in this session alone, as it says so
    once, but until it has used some of its own again."""
    own = await visit.store.credentials(visit.device_id)
    if own is not None and own.used:
        await visit.store.replace_credentials(visit.device_id, own, replace(own, used=False))


async def give_credentials(visit: Visit, new_password: Callable[[], str]) -> None:
    """Set the user name and password of a device that has not used its own yet; not where it is not verified.

    They are kept before they go out: whatever becomes of the session, the device can call with those that it
    then has.  The old ones hold until the new ones have been used.
    """
    known = visit.cpe.credentials
    if known is Kind.NEW:
        await _used(visit)
    if known not in (Kind.FACTORY, Kind.PREVIOUS) or not visit.verified:
        return
    store, device_id = visit.store, visit.device_id
    before = await store.credentials(device_id)
    new = before if known is Kind.PREVIOUS and before else _new(device_id, new_password(), before)
    await store.put_credentials(device_id, new)
    try:
        await visit.cpe.call(_setting(visit, new))
    except CpeFault as refusal:
        log.warn("{device}: its credentials stay: {reason}", **visit.about, reason=str(refusal))
        await _take_back(visit, new, before)
    except Unanswered as silence:
        log.warn("{device}: it may have new credentials: {reason}", **visit.about, reason=str(silence))


def _new(device_id: str, password: str, before: Credentials | None) -> Credentials:
    if before is None:
        return Credentials(device_id, password)
    return Credentials(device_id, password, False, before.username, before.password)


def _setting(visit: Visit, credentials: Credentials) -> m.SetParameterValues:
    place = visit.root + "ManagementServer."
    values = (
        ParameterValueStruct(place + "Username", credentials.username, "xsd:string"),
        ParameterValueStruct(place + "Password", credentials.password, "xsd:string"),
    )
    # Every set has a key: the one that the device has stays what it is.
    return m.SetParameterValues(values, visit.device.parameter_key)


async def _take_back(visit: Visit, new: Credentials, before: Credentials | None) -> None:
    """The device has not taken the new ones."""
    if before is not None:
        await visit.store.replace_credentials(visit.device_id, new, before)
    elif await visit.store.credentials(visit.device_id) == new:
        await visit.store.put_credentials(visit.device_id, None)


async def _used(visit: Visit) -> None:
    """They are the device's: those before are worth nothing any more."""
    own = await visit.store.credentials(visit.device_id)
    if own is not None:
        used = replace(own, used=True, previous_username="", previous_password="")
        await visit.store.replace_credentials(visit.device_id, own, used)
