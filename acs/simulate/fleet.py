"""Many simulated CPEs at once, each calling the ACS when its own clockwork tells it to."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, ensureDeferred, gatherResults
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.simulate.client import HttpSession
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.credentials import Credentials
from acs.simulate.events import CONNECTION_REQUEST
from acs.simulate.files import HttpFiles
from acs.simulate.habits import Habit
from acs.simulate.identity import Identity, raised
from acs.simulate.misbehaviour import Misbehaviours
from acs.simulate.model import Model
from acs.simulate.network import Network
from acs.simulate.placeholders import fill
from acs.simulate.porter import Bell
from acs.simulate.statistics import FAILURES, INTERNAL, Statistics, Watch, kind_of
from acs.simulate.udp import UdpSide, settings_of
from acs.simulate.xmpp import XmppClient
from acs.simulate.xmpp_settings import connection_wanted

log = Logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fleet is and does; times in seconds.

    The devices take the models in turn.  ``ramp`` is over how long their first sessions are spread,
    ``interval`` what they know as their PeriodicInformInterval; ``sessions`` ends the run after so many,
    ``duration`` after so long.  ``value_changes`` is the share of sessions before which a device has got
    another address; ``misbehaviour`` are the rates of `Misbehaviours`; ``listens`` is where connection
    requests for them arrive, HOST:PORT, "" for nowhere.
    """

    url: str
    models: Sequence[Model]
    count: int = 1
    interval: int = 10
    ramp: float = 5.0
    concurrency: int = 200
    sessions: int | None = None
    duration: float | None = None
    seed: int = 1
    serial_prefix: str = ""
    username: str = ""
    password: str = ""
    connection_per_request: bool = False
    value_changes: float = 0.0
    misbehaviour: Mapping[str, float] = field(default_factory=dict)
    listens: str = ""


def build(plan: Plan, clock: IReactorTime, chance: random.Random) -> list[SimulatedCPE]:
    """The devices of a plan, the same ones each time."""
    return [_build(plan, index, clock, chance) for index in range(plan.count)]


def _build(plan: Plan, index: int, clock: IReactorTime, chance: random.Random) -> SimulatedCPE:
    number, kind = divmod(index, len(plan.models))
    model = plan.models[kind]
    own = f"{plan.serial_prefix}{index + 1:06d}"
    identity = Identity(
        oui=model.oui,
        serial=own if plan.serial_prefix else raised(model.serial, number),
        number=index,
        acs=plan.url,
        interval=plan.interval,
        secret=str(plan.seed),
        listens=plan.listens,
    )
    return SimulatedCPE(model, identity, clock, chance)


class _Member:
    """A device of the fleet: its next waking or what it is doing, and how many sessions it has begun; whether
    it is switched on, and in a session."""

    __slots__ = ("acting", "cpe", "is_on", "sessions", "talking", "timer", "udp", "xmpp")

    def __init__(self, cpe: SimulatedCPE) -> None:
        self.cpe = cpe
        self.is_on = False
        self.talking = False
        self.sessions = 0
        self.timer: IDelayedCall | None = None
        self.acting: Deferred[None] | None = None
        self.udp: UdpSide | None = None
        self.xmpp: XmppClient | None = None


class _Bell:
    """By which somebody asks a device of the fleet for a session: an `acs.simulate.porter.Bell`."""

    __slots__ = ("_fleet", "_member")

    def __init__(self, fleet: Fleet, member: _Member) -> None:
        self._fleet = fleet
        self._member = member

    @property
    def credentials(self) -> tuple[str, str]:
        cpe = self._member.cpe
        username, password = (
            cpe.tree.told(cpe.model.server(f"ConnectionRequest{name}")) for name in ("Username", "Password")
        )
        return username, password

    @property
    def is_off(self) -> bool:
        return not self._member.is_on or self._member.cpe.is_starting

    def ring(self) -> bool:
        return self._fleet.request_session(self._member)


class Fleet:
    """Runs the devices of a plan against its ACS, no more than ``plan.concurrency`` of them at a time.

    ``devices`` are these, ``statistics`` has what comes of their sessions.
    """

    def __init__(self, plan: Plan, network: Network, watchers: Sequence[Habit] = ()) -> None:
        self._plan = plan
        self._network = network
        self._clock: Any = network.reactor
        self.statistics = Statistics(self._clock.seconds())
        self._chance = random.Random(plan.seed)
        self._files = HttpFiles(network, self._chance)
        self._misbehaviours = Misbehaviours(plan.misbehaviour, plan.seed)
        self._watchers = (Watch(self.statistics), *watchers)
        self._places = DeferredSemaphore(plan.concurrency)
        self.devices = build(plan, self._clock, self._chance)
        self._members = [_Member(cpe) for cpe in self.devices]
        self._busy = 0
        self._begun = 0
        self._stopping = False
        self._ended: Deferred[None] = Deferred()
        self._end_timer: IDelayedCall | None = None

    def start(self) -> Deferred[None]:
        """Let them live; fires when the fleet has come to rest, by its plan or by `stop`."""
        for index, member in enumerate(self._members):
            wait = self._plan.ramp * index / len(self._members)
            member.timer = self._clock.callLater(wait, self._switch_on, member)
        if self._plan.duration is not None:
            self._end_timer = self._clock.callLater(self._plan.duration, self.stop)
        return self._ended

    def stop(self, grace: float = 30.0) -> None:
        """Begin nothing more; open sessions may go on for ``grace`` seconds, and are cut then."""
        if self._stopping:
            return
        self._stopping = True
        self.statistics.ended = self._clock.seconds()
        for member in self._members:
            if member.timer is not None:
                member.timer.cancel()
                member.timer = None
        if self._end_timer is not None and self._end_timer.active():
            self._end_timer.cancel()
        self._end_timer = self._clock.callLater(grace, self._end)
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._stopping and not self._busy and self._end_timer is not None:
            self._end_timer.cancel()
            self._end()

    def _end(self) -> None:
        self._end_timer = None
        for member in self._members:
            if member.acting is not None:
                member.acting.cancel()
        closed = [member.udp.close() for member in self._members if member.udp is not None]
        closed += [member.xmpp.stop() for member in self._members if member.xmpp is not None]
        gatherResults(closed).addCallback(lambda _: self._ended.callback(None))

    def bells(self) -> dict[str, Bell]:
        """For each device, by the path of its ConnectionRequestURL, how it is asked for a session."""
        return {each.cpe.tree.identity.connection_request_path: _Bell(self, each) for each in self._members}

    def request_session(self, member: _Member) -> bool:
        """Have a device call as soon as it can, once for all who ask until then; False in a session."""
        if member.talking or self._stopping:
            return False
        member.cpe.happened(CONNECTION_REQUEST)
        self.nudge(member)
        return True

    # One device

    def _switch_on(self, member: _Member) -> None:
        member.timer = None
        member.is_on = True
        member.cpe.switch_on()
        self._settle_udp(member)
        self._wake(member)

    def _settle_udp(self, member: _Member) -> None:
        """Let a device do by UDP as its tree says, which the ACS may have changed."""
        if member.udp is None and settings_of(member.cpe) is not None:
            member.udp = UdpSide(member.cpe, self._clock, self._network, partial(self.nudge, member))
        if member.udp is not None:
            member.udp.settle()

    def nudge(self, member: _Member) -> None:
        """Something has happened to a device: unless it is busy, it does now what is due now."""
        if member.acting is None:
            self._plan_next(member)

    def _plan_next(self, member: _Member) -> None:
        due = member.cpe.due()
        if member.timer is not None:
            member.timer.cancel()
            member.timer = None
        if not self._stopping and due < math.inf:
            wait = max(0.0, due - self._clock.seconds())
            member.timer = self._clock.callLater(wait, self._wake, member)

    def _wake(self, member: _Member) -> None:
        member.timer = None
        self._busy += 1
        member.acting = ensureDeferred(self._act(member))
        member.acting.addErrback(self._mistaken).addCallback(self._acted, member)

    def _mistaken(self, failure: Failure) -> None:
        if isinstance(failure.value, CancelledError | ConnectingCancelledError):
            return  # the run is over
        log.failure("a simulated CPE went wrong", failure=failure)
        self.statistics.broke_off(INTERNAL, misbehaving=False)

    def _acted(self, _: None, member: _Member) -> None:
        self._busy -= 1
        member.acting = None
        if not self._stopping:
            self._settle_udp(member)
            self._settle_xmpp(member)
        self._plan_next(member)
        self._end_if_idle()

    def _settle_xmpp(self, member: _Member) -> None:
        """Have the device logged in as its tree says; hardly any has something to log in with."""
        if member.xmpp is None:
            if connection_wanted(member.cpe.tree) is None:
                return
            member.xmpp = XmppClient(
                member.cpe,
                self._clock,
                self._network.trust,
                self._chance,
                stirred=partial(self.nudge, member),
                busy=lambda: member.acting is not None,
            )
        member.xmpp.look()

    async def _act(self, member: _Member) -> None:
        """Do what is due for one device."""
        cpe = member.cpe
        cpe.advance()
        if not (cpe.wants_errand or cpe.wants_session):
            return
        await self._places.acquire()
        try:
            cpe.advance()
            if self._stopping:
                return
            if cpe.wants_errand:
                await cpe.errand(self._files)
            elif cpe.wants_session:
                await self._hold_session(member)
        finally:
            self._places.release()

    async def _hold_session(self, member: _Member) -> None:
        if self._chance.random() < self._plan.value_changes:
            member.cpe.new_lease()
        self._begun += 1
        member.talking = True
        self.statistics.running += 1
        if self._begun == self._plan.sessions:
            self.stop()
        try:
            await self._session(member)
        finally:
            member.talking = False
            self.statistics.running -= 1

    async def _session(self, member: _Member) -> None:
        cpe, began = member.cpe, self._clock.seconds()
        wire = HttpSession(self._network, cpe.acs_url, self._credentials(cpe))
        wire.connection_per_request = self._plan.connection_per_request
        member.sessions += 1
        misbehaviours = self._misbehaviours.of(cpe.device_id.key, member.sessions, wire)
        try:
            await cpe.session(wire.exchange, (*self._watchers, *misbehaviours))
        except FAILURES as failure:
            self.statistics.broke_off(kind_of(failure), misbehaving=bool(misbehaviours))
        else:
            self._succeeded(began)
        finally:
            wire.close()

    def _succeeded(self, began: float) -> None:
        now = self._clock.seconds()
        self.statistics.succeeded(now - began)
        if self._stopping:
            self.statistics.ended = now

    def _credentials(self, cpe: SimulatedCPE) -> Credentials:
        """What the device has in its tree: the ACS may have changed it."""
        tree, server = cpe.tree, cpe.model.server
        username = tree.told(server("Username"), fill(self._plan.username, tree.identity))
        password = tree.told(server("Password"), fill(self._plan.password, tree.identity))
        return Credentials(username, password, self._chance)
