"""The inside of a simulated CPE: what it is, what it has to tell, what it will do, when."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

from twisted.internet.interfaces import IReactorTime

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest
from acs.cwmp.values import DeviceId
from acs.simulate import diagnostics, events
from acs.simulate.events import Events, Report
from acs.simulate.firmware import Fate
from acs.simulate.identity import Identity
from acs.simulate.model import Model
from acs.simulate.modules import Modules
from acs.simulate.options import Options
from acs.simulate.schedule import MINIMUM_WAIT, MULTIPLIER, next_periodic, retry_wait
from acs.simulate.transfers import AnyTransfer, Transfers
from acs.simulate.tree import Tree

BOOT_SECONDS = 3.0
"""How long a device is away while it starts."""


class Device:
    """All of a CPE but its conversation.

    Time passes by `advance`, which does what is due (see `due`) but for files and sessions: those wait for
    somebody to run the errands and to hold a session.  Times are those of ``clock``, in seconds since 1970.

    :ivar fate: what becomes of firmware that it fetches.
    """

    __slots__ = (
        "_afterwards",
        "_boot_at",
        "_clock",
        "_diagnostics",
        "_image",
        "_options",
        "_periodic_at",
        "_scheduled",
        "chance",
        "events",
        "fate",
        "model",
        "module_changes",
        "modules",
        "retries",
        "retry_at",
        "transfers",
        "tree",
    )

    def __init__(self, model: Model, identity: Identity, clock: IReactorTime, chance: random.Random) -> None:
        self.model = model
        self.chance = chance
        self.tree = Tree(model, identity, clock)
        self.events = Events()
        self.transfers = Transfers()
        self.modules = Modules(self._modules_table())
        self._clock = clock
        self._options: Options | None = None
        self.fate = Fate.RUNS
        self._start_anew()
        self.events.bootstrap()
        self.events.boot()

    def _start_anew(self) -> None:
        """What is true of a device that has just been unpacked."""
        self.retries = 0
        self.retry_at = 0.0
        self._boot_at: float | None = None
        self._scheduled: list[tuple[float, str]] = []
        self._diagnostics: list[tuple[float, str]] = []
        self._afterwards: list[Callable[[], None]] = []
        self._image = ""
        self.module_changes: list[m.ChangeDUState] = []
        self.plan_periodic()

    def _modules_table(self) -> str:
        table = self.model.root + "SoftwareModules.DeploymentUnit"
        return table if table + "." in self.model.parameters else ""

    # What it is

    @property
    def now(self) -> float:
        """The device's clock, which is right."""
        return self._clock.seconds()

    @property
    def device_id(self) -> DeviceId:
        """Who it is."""
        model, serial = self.model, self.tree.identity.serial
        return DeviceId(model.manufacturer, model.oui, model.product_class, serial)

    @property
    def is_starting(self) -> bool:
        """Whether it is away, because it starts."""
        return self._boot_at is not None

    @property
    def acs_url(self) -> str:
        """Where it calls."""
        return self.tree.told(self.model.server("URL")) or self.tree.identity.acs

    @property
    def options(self) -> Options:
        """Made on first use: hardly any device has some."""
        if self._options is None:
            self._options = Options()
        return self._options

    # When it acts

    @property
    def wants_session(self) -> bool:
        """Whether it would call its ACS now."""
        return self._boot_at is None and self._has_reason and self.retry_at <= self.now

    @property
    def _has_reason(self) -> bool:
        # A session that broke off is held again, if only for what the ACS had to say.
        return self.events.urgent or self.retries > 0

    @property
    def wants_errand(self) -> bool:
        """Whether it would fetch or send a file now."""
        return self._boot_at is None and (bool(self.module_changes) or self.transfers.due() <= self.now)

    def due(self) -> float:
        """When there is something to do next; infinity for never."""
        if self._boot_at is not None:
            return self._boot_at
        times = [self._periodic_at, self.transfers.due()]
        times += [at for at, _ in self._scheduled]
        times += [at for at, _ in self._diagnostics]
        if self._has_reason:
            times.append(max(self.retry_at, self.now))
        if self.module_changes:
            times.append(self.now)
        return min(times)

    def advance(self) -> None:
        """Do what is due but for files and sessions."""
        now = self.now
        if self._boot_at is not None:
            if self._boot_at > now:
                return
            self._boot_at = None
            self._booted(now)
        for key in _passed(self._scheduled, now):
            self.happened(events.SCHEDULED)
            self.happened(events.M_SCHEDULE_INFORM, key)
        for path in _passed(self._diagnostics, now):
            if diagnostics.run(self.tree, path, now, self.chance):
                self.happened(events.DIAGNOSTICS_COMPLETE)
        if self._periodic_at <= now:
            self.happened(events.PERIODIC)
            self.plan_periodic()

    def plan_periodic(self) -> None:
        """Work out the next periodic Inform: the ACS may have changed the interval."""
        value = {
            name: self.tree.told(self.model.server(f"PeriodicInform{name}"))
            for name in ("Enable", "Interval", "Time")
        }
        self._periodic_at = math.inf
        if value["Enable"] in ("1", "true") and value["Interval"].isdecimal():
            self._periodic_at = next_periodic(self.now, int(value["Interval"]), value["Time"])

    # What happens to it

    def switch_on(self) -> None:
        """Now it starts to live: its intervals count from here."""
        self.tree.booted = self.now
        self.plan_periodic()

    def happened(self, code: str, key: str = "") -> None:
        """Raise an event; something new to tell ends the wait after a failure (3.2.1.1)."""
        if self.events.add(code, key):
            self.retry_at = 0.0

    def change(self, path: str, value: str) -> None:
        """A parameter changes, and not by the ACS: by the device itself, or its subscriber."""
        if self.tree.value(path) != value:
            self.tree.write(path, value)
            self._changed(path)

    def _changed(self, path: str) -> None:
        notification, _ = self.tree.attributes(path)
        if notification:
            self.events.changed[path] = notification == 2
            self.retry_at = 0.0

    def new_lease(self) -> None:
        """The network gives it another address."""
        for path in self.tree.new_lease():
            self._changed(path)

    def ask(self, request: AnyRequest, method: str = "") -> None:
        """Have an RPC of its own for the ACS; ``method`` is the ACS's RPC that it ends, if any."""
        self.events.reports.append(Report(request, method))
        self.retry_at = 0.0

    def reboot(self, key: str | None = None) -> None:
        """Go down at once, to be back after a while; ``key`` is the CommandKey where an ACS asked for it."""
        if key is not None:
            self.events.add(events.M_REBOOT, key)
        self._boot_at = self.now + BOOT_SECONDS

    def _booted(self, now: float) -> None:
        self.tree.booted = now
        for _, path in self._diagnostics:
            self.tree.write(path, diagnostics.NONE)
        self._diagnostics.clear()
        self.retries = 0
        self.retry_at = 0.0
        self.events.boot()
        for path in self.model.version_paths if self._image else ():
            self.change(path, self._image)
        self._image = ""
        self.plan_periodic()

    def factory_reset(self) -> None:
        """Forget everything but the firmware, and reboot."""
        version = self.version
        self.tree.reset()
        for path in self.model.version_paths:
            self.tree.write(path, version)
        self.transfers.clear()
        self.modules.units.clear()
        self._options = None
        self._start_anew()
        self.events.bootstrap()
        self.reboot()

    def call_new_acs(self) -> None:
        """The ACS's URL has changed: for the new one everything begins (table of events, 0 BOOTSTRAP)."""
        self.events.bootstrap()
        self.retries, self.retry_at = 0, 0.0

    def schedule_inform(self, seconds: int, key: str) -> None:
        """Call so many seconds from now."""
        self._scheduled.append((self.now + seconds, key))

    def diagnose(self, path: str) -> None:
        """Start the diagnostics of this DiagnosticsState."""
        self._diagnostics.append((self.now + diagnostics.SECONDS, path))

    def change_modules(self, request: m.ChangeDUState) -> None:
        """Queue a change of software modules."""
        self.module_changes.append(request)

    # Its sessions

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do this as soon as the session is over, however it ends."""
        self._afterwards.append(action)

    def session_over(self) -> None:
        """Do what had to wait for it: a reboot, and the like."""
        while self._afterwards:
            self._afterwards.pop(0)()

    def failed(self) -> None:
        """A session failed: the next try waits for a while (3.2.1.1)."""
        self.retries += 1
        minimum = self._retry_parameter("CWMPRetryMinimumWaitInterval", MINIMUM_WAIT)
        multiplier = self._retry_parameter("CWMPRetryIntervalMultiplier", MULTIPLIER)
        self.retry_at = self.now + retry_wait(self.retries, self.chance, minimum, multiplier)
        self.events.not_delivered()

    def _retry_parameter(self, name: str, otherwise: int) -> int:
        told = self.tree.told(self.model.server(name))
        return int(told) if told.isdecimal() and int(told) else otherwise

    def succeeded(self) -> None:
        """A session came to its end."""
        self.retries, self.retry_at = 0, 0.0

    # Firmware and files

    @property
    def version(self) -> str:
        """The firmware that runs."""
        paths = self.model.version_paths
        return self.tree.value(paths[0]) if paths else ""

    def run_image(self, version: str) -> None:
        """Restart with other firmware."""
        self._image = version
        self.reboot()

    def vanish(self) -> None:
        """Go down, and never be back."""
        self._boot_at = math.inf

    def accept(self, request: AnyTransfer) -> None:
        """Queue a transfer; raises `Refusal`."""
        self.transfers.accept(request, self.now)


def _passed(planned: list[tuple[float, str]], now: float) -> Iterable[str]:
    """Take out what is due by now."""
    passed = [what for at, what in planned if at <= now]
    planned[:] = [(at, what) for at, what in planned if at > now]
    return passed
