"""What is known of a device that is to be woken, put together from all that is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from acs.quirks.adapter import merged
from acs.quirks.catalogue import QUIRKS
from acs.session.waking import RESOURCE
from acs.store.interface import Store
from acs.store.records import Device, Parameter
from acs.store.records.wakes import Binding, Waking
from acs.wake.order import Known, behind_nat
from acs.wake.way import Pair, Target

SERVER = "ManagementServer."


class Default(Struct, frozen=True):
    """The ConnectionRequest credentials that a vendor's devices have from the factory; ``manufacturer`` and
    ``product_class`` are patterns (``*``)."""

    manufacturer: str
    product_class: str
    username: str
    password: str


class Subject(Struct, frozen=True):
    """A device to wake: ``target`` for the ways, ``known`` for their order, ``waking`` as it is kept."""

    target: Target
    known: Known
    waking: Waking | None


class Targets:
    """Finds these.  ``defaults`` are what vendors' devices come with, ``domain`` is where their XMPP accounts
    are; ``by_http_alone``: what only other ways want to know is left out."""

    def __init__(
        self,
        store: Store,
        defaults: Sequence[Default] = (),
        domain: str = "",
        by_http_alone: bool = False,
    ) -> None:
        self._by_http_alone = by_http_alone
        self._store = store
        self._defaults = tuple(defaults)
        self._domain = domain

    async def of(self, device_id: str) -> Subject:
        """For a device; raises LookupError where there is none, `StoreUnavailable`."""
        device = await self._store.device(device_id)
        if device is None:
            raise LookupError(f"there is no device {device_id}")
        waking = await self._store.waking(device_id)
        told, binding = await self._of_other_ways(device)
        adapter = merged(QUIRKS[name].adapter for name in device.quirks if name in QUIRKS)
        target = Target(
            device_id,
            tuple(self._pairs(device, waking)),
            device.connection_request_url,
            device.client_ip,
            self._jid(device, waking, told.get("ConnReqJabberID", "")),
            told.get("UDPConnectionRequestAddress", ""),
            binding,
            adapter.call_with_basic,
            adapter.call_closing_accepts,
        )
        nat = behind_nat(target.url, device.client_ip, told.get("NATDetected", ""))
        return Subject(target, Known(waking.method if waking else "", nat), waking)

    async def _of_other_ways(self, device: Device) -> tuple[Mapping[str, str], Binding | None]:
        """What it has told below ManagementServer, and where its NAT lets UDP in."""
        if self._by_http_alone:
            return {}, None
        told = _server(device, await self._store.parameters(device.id))
        return told, await self._store.binding(device.id)

    def _jid(self, device: Device, waking: Waking | None, told: str) -> str:
        """The JID that it has told; where it has an account of ours, one of that alone, as others get its
        password else."""
        if waking is None or not (waking.xmpp_username and self._domain):
            return told
        account = f"{waking.xmpp_username}@{self._domain}"
        if told.partition("/")[0].lower() == account.lower():
            return told
        return f"{account}/{RESOURCE}" if "xmpp" in device.wake_ways else ""

    def _pairs(self, device: Device, waking: Waking | None) -> Iterator[Pair]:
        """Those that it may know, the likeliest first."""
        if waking is not None and waking.password:
            yield Pair(waking.username, waking.password)
        if waking is not None and waking.previous_password:
            yield Pair(waking.previous_username, waking.previous_password, "previous")
        for default in self._defaults:
            if fnmatchcase(device.manufacturer, default.manufacturer) and fnmatchcase(
                device.product_class, default.product_class
            ):
                yield Pair(default.username, default.password, "default")
                return


def _server(device: Device, parameters: Mapping[str, Parameter]) -> Mapping[str, str]:
    """What the device has told below ManagementServer, by what follows that."""
    place = device.root + SERVER
    return {
        name.removeprefix(place): each.value
        for name, each in parameters.items()
        if name.startswith(place) and each.value
    }
