"""How devices are woken, as the configuration has it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger

from acs import datagrams, wake_table
from acs.config import Config
from acs.recurring import Recurring
from acs.session import jobs
from acs.session.waking import Stun, WakeSetup, Xmpp
from acs.store.interface import Store
from acs.store.records import Job
from acs.store.records.wakes import Binding, Wake
from acs.wake.addresses import AddressPolicy
from acs.wake.elsewhere import Elsewhere, Neighbourhood
from acs.wake.http import HttpWay
from acs.wake.on_demand import InTurn, OnDemand
from acs.wake.own import is_own
from acs.wake.pacing import Pace
from acs.wake.stun_server import StunServer
from acs.wake.targets import Default, Targets
from acs.wake.udp import UdpWay
from acs.wake.urgent import UrgentJobs
from acs.wake.waker import Waker
from acs.wake.way import Target, Way

if TYPE_CHECKING:
    from acs.wake.on_xmpp import OnXmpp

CALLED = "called"
"""What nodes tell each other of devices that call because they were called."""

LOOK = 1.0
"""Seconds from one look for urgent jobs, whose devices are to be woken, to the next."""

log = Logger()


class WakeSide:
    """All of it.  Each process tells of devices that call, and gives them what they are woken by; the one
    that `start` was called in wakes them.

    :param told: called with what came of each time that a device was woken.
    :ivar setup: what devices are given; None where that is the operator's own business.
    :ivar on_demand: wakes devices for whoever asks for it, at once.
    :ivar in_turn: the same, when it is their turn.
    """

    def __init__(
        self,
        config: Config,
        reactor: Any,
        store: Store,
        random: Callable[[int], bytes],
        told: Callable[[Wake], None] = lambda wake: None,
    ) -> None:
        wake = config.wake
        self._reactor, self._store, self._now = reactor, store, reactor.seconds
        self._udp_endpoint = wake.udp.endpoint
        self._stun = StunServer(_Known(store), reactor)
        self._stun_port: Any = None
        self._xmpp = _on_xmpp(wake.xmpp, reactor, store, random)
        allowed = AddressPolicy(wake.allow_networks, is_own, and_loopback=config.embedded)
        ways = list(self._ways(reactor, allowed, random))
        domain = self._xmpp.domain if self._xmpp else ""
        self._targets = Targets(store, _defaults(config), domain, by_http_alone=len(ways) == 1)
        making = [self._xmpp.making] if self._xmpp else []
        self._neighbourhood = Neighbourhood(store, reactor, self._targets, [*ways, *making], random)
        anywhere = [self._anywhere(way) for way in ways]
        online = self._xmpp.is_online if self._xmpp else lambda target: None
        self._waker = Waker(store, reactor, self._targets, anywhere, online, told)
        pace = Pace(self._now, wake.devices_per_second, wake.devices_per_network)
        self._urgent = UrgentJobs(store, self._now, self._waker, pace)
        self.on_demand = OnDemand(store, self._waker, pace)
        self.in_turn = InTurn(store, reactor, self._waker, pace)
        self._looking = Recurring(reactor, LOOK, self._urgent.look, "urgent jobs could not be looked at")
        self.setup = self._setup(config) if wake.setup else None

    def _ways(self, reactor: Any, allowed: AddressPolicy, random: Callable[[int], bytes]) -> Sequence[Way]:
        http = HttpWay(reactor, allowed, random=random)
        udp = [UdpWay(self._stun, reactor, random, allowed.why_not)] if self._udp_endpoint else []
        return [http, *([self._xmpp.way] if self._xmpp else []), *udp]

    def _anywhere(self, way: Way) -> Way:
        """A way that another node may have to go."""
        if isinstance(way, UdpWay):
            return Elsewhere(way, self._neighbourhood, _heard_by, why_nowhere=way.why_nowhere)
        if (xmpp := self._xmpp) is not None and way is xmpp.way:
            return Elsewhere(way, self._neighbourhood, why_nowhere=xmpp.way.why_nowhere)
        return way

    def _setup(self, config: Config) -> WakeSetup:
        wake = config.wake
        return WakeSetup(
            wake.username, partial(secrets.token_urlsafe, 18), _stun(wake.udp), self._place(wake.xmpp)
        )

    def _place(self, settings: wake_table.Xmpp) -> Xmpp | None:
        """What devices are told of the XMPP server."""
        if self._xmpp is None:
            return None
        server = settings.devices_server, settings.devices_port, settings.devices_tls
        create = partial(self._xmpp.create, self._neighbourhood)
        return Xmpp(settings.domain, self._xmpp.jid, create, *server)

    def called(self, device_id: str, session: int) -> None:
        """A device calls here because it was called; whoever has called it may be another process."""
        self._waker.called(device_id, session)
        self._store.tell(CALLED, f"{session} {device_id}")

    async def accept_job(self, device: str, rpc: str, arguments: Any, **how: Any) -> Job:
        """Take a job into a device's queue (`acs.session.jobs.accept`), and wake the device where it is
        urgent."""
        now = self._now()
        if not how.get("urgent"):
            return await jobs.accept(self._store, now, device, rpc, arguments, **how)
        wake_at = self._urgent.wake_at()
        accepting = jobs.accept(self._store, now, device, rpc, arguments, wake_at=wake_at, **how)
        asks = how.get("requested_by", "")
        return await self._urgent.accept(device, asks, Deferred.fromCoroutine(accepting))

    def listen(self) -> None:
        """Hear what other processes say; the store is open."""
        self._neighbourhood.listen()
        self._store.listen(CALLED, self._heard_of_a_call)

    def start(self) -> Any:
        """Begin to wake devices; where the STUN server listens, None where it does not.  Raises
        `CannotListenError`."""
        if self._udp_endpoint:
            self._stun_port = datagrams.listen(self._reactor, self._udp_endpoint, self._stun)
        if self._xmpp is not None:
            self._xmpp.start()
        self._looking.start()
        return self._stun_port

    async def stop(self) -> None:
        """Wake nobody any more, and let go of all connections."""
        self._looking.stop()
        self._waker.stop()
        if self._xmpp is not None:
            await self._xmpp.stop()
        if self._stun_port is not None:
            await maybeDeferred(self._stun_port.stopListening)

    def _heard_of_a_call(self, words: str) -> None:
        session, _, device_id = words.partition(" ")
        self._waker.called(device_id, int(session))


class _Known:
    """What the store knows of those who send STUN requests."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def stun_password(self, username: str) -> tuple[str, str] | None:
        """Whose this user name is, and the password."""
        return await self._store.known_to_stun(username)

    def bound(self, device_id: str, binding: Binding) -> None:
        """Keep where a device was heard."""
        self._store.keep_binding(device_id, replace(binding, node=self._store.node))


def _on_xmpp(
    settings: wake_table.Xmpp, reactor: Any, store: Store, random: Callable[[int], bytes]
) -> OnXmpp | None:
    """The XMPP server of the devices, where they have one."""
    if not settings.component:
        return None
    from acs.wake.on_xmpp import OnXmpp

    return OnXmpp(settings, reactor, store, random)


def _stun(settings: wake_table.Udp) -> Stun | None:
    """What devices are told of the STUN server."""
    if not settings.endpoint:
        return None
    port, periods = (
        datagrams.port_of(settings.endpoint),
        (settings.keep_alive_minimum, settings.keep_alive_maximum),
    )
    return Stun(port, settings.public_address, *periods)


def _heard_by(target: Target) -> int | None:
    """The node whose STUN server a device's NAT lets in."""
    return target.binding.node if target.binding is not None else None


def _defaults(config: Config) -> list[Default]:
    return [
        Default(each.manufacturer, each.product_class, each.username, str(each.password))
        for each in config.wake.defaults
    ]
