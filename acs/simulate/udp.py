"""What a simulated CPE does by UDP, as its tree says: STUN, ConnectionRequests (TR-069 Annex G)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from acs.cwmp import udp_request
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.stun import Address
from acs.simulate.device import Device
from acs.simulate.events import CONNECTION_REQUEST
from acs.simulate.places import BadURL, place_of
from acs.simulate.stun import Login, StunClient

_TRUE = ("1", "true")
_DEFAULT_PERIOD = 30
_DEFAULT_PORT = 3478

log = Logger()


class UdpNetwork(Protocol):
    """Where a device's port is."""

    def listen_udp(self, protocol: DatagramProtocol, towards: str) -> IListeningPort:
        """A port of the address that is on the way to another."""

    def resolve(self, name: str) -> Deferred[str]:
        """The address of a host."""


class Settings(Struct, frozen=True):
    """What a device's tree says about STUN."""

    host: str
    port: int
    login: Login
    seconds: int


def settings_of(cpe: Device) -> Settings | None:
    """None for a device that has STUN switched off, or does not know it."""

    def told(name: str) -> str:
        return cpe.tree.told(cpe.model.server(name))

    if told("STUNEnable") not in _TRUE:
        return None
    return Settings(
        told("STUNServerAddress") or _host(cpe.acs_url),
        int(told("STUNServerPort") or _DEFAULT_PORT),
        Login(told("STUNUsername"), told("STUNPassword")),
        int(told("STUNMinimumKeepAlivePeriod") or 0) or _DEFAULT_PERIOD,
    )


def _host(url: str) -> str:
    try:
        return place_of(url).host
    except BadURL:
        return ""


class UdpSide:
    """Keeps one device's port, while its tree wants one; ``woken`` is called where something has happened to
    the device for which it may want a session."""

    def __init__(
        self, cpe: Device, clock: IReactorTime, network: UdpNetwork, woken: Callable[[], None]
    ) -> None:
        self._cpe = cpe
        self._clock = clock
        self._network = network
        self._woken = woken
        self._settings: Settings | None = None
        self._port: Any = None
        self._last = 0, 0  # ts and id of the ConnectionRequest that was taken

    def settle(self) -> None:
        """Do as the tree says now."""
        settings = settings_of(self._cpe)
        if settings == self._settings:
            return
        was_on = self._settings is not None
        self.close()
        self._settings = settings
        if settings is not None:
            ensureDeferred(self._open(settings))
        elif was_on:
            self._tell("", is_behind_nat=False)

    def close(self) -> Deferred[None]:
        """Close the port; fires when that is done."""
        self._settings = None
        port, self._port = self._port, None
        return succeed(None) if port is None else maybeDeferred(port.stopListening)

    def _address(self, host: str) -> Deferred[str]:
        try:
            return succeed(str(ip_address(host)))
        except ValueError:
            return self._network.resolve(host)

    async def _open(self, settings: Settings) -> None:
        try:
            host = await self._address(settings.host)
            if settings is self._settings:  # else the tree says something else by now
                self._listen(Address(host, settings.port), settings)
        except (OSError, CannotListenError) as error:
            if settings is self._settings:
                self._settings = None  # to be tried again when the tree is looked at next
            log.warn("STUN server {host}: {why}", host=settings.host, why=str(error))

    def _listen(self, server: Address, settings: Settings) -> None:
        client = StunClient(
            server, settings.login, settings.seconds, self._clock, self._cpe.chance, self._told, self._other
        )
        self._port = self._network.listen_udp(client, server.host)

    def _told(self, mapped: Address) -> None:
        if self._port is None:
            return
        own = self._port.getHost()
        place = f"[{mapped.host}]:{mapped.port}" if ":" in mapped.host else f"{mapped.host}:{mapped.port}"
        self._tell(place, is_behind_nat=(own.host, own.port) != mapped)

    def _tell(self, address: str, is_behind_nat: bool) -> None:
        """Write what was learnt into the tree; a change of the address may be one to tell at once."""
        server, tree = self._cpe.model.server, self._cpe.tree
        words = ("false", "true") if tree.told(server("NATDetected")) in ("false", "true") else ("0", "1")
        for path, value in (
            (server("NATDetected"), words[is_behind_nat]),
            (server("UDPConnectionRequestAddress"), address),
        ):
            if tree.entry(path) is not None:
                self._cpe.change(path, value)
        self._woken()

    def _other(self, datagram: bytes) -> None:
        self.take(datagram)

    def take(self, datagram: bytes) -> bool:
        """Take a ConnectionRequest; whether it is one, signed for this device, newer than the last."""
        try:
            request = udp_request.read(datagram)
        except RemoteProtocolError:
            return False
        server, tree = self._cpe.model.server, self._cpe.tree
        password = tree.told(server("ConnectionRequestPassword"))
        ts, number = self._last
        if (
            not password
            or request.un != tree.told(server("ConnectionRequestUsername"))
            or request.ts <= ts
            or request.id == number
            or not request.is_signed_with(password)
        ):
            return False
        self._last = request.ts, request.id
        self._cpe.happened(CONNECTION_REQUEST)
        self._woken()
        return True
