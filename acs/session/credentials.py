"""The credentials with which a device may call.

They are user names and passwords.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred

from acs.cwmp.messages import Inform
from acs.cwmp.values import DeviceId
from acs.session.events import events_of
from acs.session.recognition import under_another_oui
from acs.store.interface import Store
from acs.store.records import Device


class Kind(StrEnum):
    """Whose credentials they are: the device's own, its own but not used before, those that it had before,
    those that every device leaves the factory with, those that all have for ever, a certificate that names
    it; "" for none."""

    NONE = ""
    OWN = "own"
    NEW = "new"
    PREVIOUS = "previous"
    FACTORY = "factory"
    SHARED = "shared"
    CERTIFICATE = "certificate"


class Pair(Struct, frozen=True):
    """A user name and a password."""

    username: str
    password: str
    kind: Kind


class Pairs(Protocol):
    """Those that are accepted."""

    def of(self, inform: Inform) -> Sequence[Pair] | Deferred[Sequence[Pair]]:
        """For the device of this Inform.  Fails with `StoreUnavailable`."""


class SharedPair:
    """One for all devices: whoever has it may call as any of them."""

    def __init__(self, username: str, password: str) -> None:
        self._pairs = (Pair(username, password, Kind.SHARED),)

    def of(self, inform: Inform) -> Sequence[Pair]:
        """The one."""
        return self._pairs


def pairs_of(store: Store, own: bool, username: str, password: str) -> Pairs:
    """``own``: each device its own, and these are the factory's; else these are for all."""
    return OwnPairs(store, username, password) if own else SharedPair(username, password)


class OwnPairs:
    """Each device its own.

    Those of the factory, if there are any, hold until the device has used its own, and again when it has been
    reset and says so: it has forgotten them then.
    """

    def __init__(self, store: Store, username: str = "", password: str = "") -> None:
        self._store = store
        self._factory = (Pair(username, password, Kind.FACTORY),) if username else ()

    def of(self, inform: Inform) -> Deferred[Sequence[Pair]]:
        """Its own first."""
        return Deferred.fromCoroutine(self._of(inform.DeviceId, events_of(inform).bootstrap))

    async def _of(self, device: DeviceId, bootstrap: bool) -> Sequence[Pair]:
        own = await self._store.credentials(await self._known_as(device))
        if own is None:
            return self._factory
        pairs = [Pair(own.username, own.password, Kind.OWN if own.used else Kind.NEW)]
        if not own.used and own.previous_username:
            pairs.append(Pair(own.previous_username, own.previous_password, Kind.PREVIOUS))
        return (*pairs, *self._factory) if bootstrap or not own.used else pairs

    async def _known_as(self, device: DeviceId) -> str:
        """The id that it is known by: under another OUI it is the same device, and has to show the same."""
        if await self._store.device(device.key) is None:
            said = (device.Manufacturer, device.OUI.upper(), device.ProductClass, device.SerialNumber)
            known = await under_another_oui(self._store, Device(device.key, *said))
            if known is not None:
                return known.id
        return device.key
