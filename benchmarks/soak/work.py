"""A day's work: which device, or operator, does what next, and what follows from it.

An affair is several errands, one after the other: it yields each, and is sent what went wrong with it, "" for
nothing.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from acs.cwmp import messages as m
from acs.cwmp.values import DeviceId
from benchmarks.first_contact import Script
from benchmarks.soak.open_loop import Errand, OpenLoop, Told
from benchmarks.soak.talks import PRODUCT_CLASS, VERSION, Session, call, device_id, fetch, garbage

IMAGE = f"Nordfjord/{PRODUCT_CLASS}/{VERSION}/image.bin"
"""The firmware that the devices have: they fetch it once more."""
TIMED = ("periodic", "first contact", "refusing", "woken", "downloading", "installed", "full")
"""The kinds of session that are to end well and whose time counts, the most frequent one first."""
NOT_WOKEN = 60.0
"""Seconds after which a device that was to be woken has not been."""
_OF = 200
_OTHERS = {
    "first contact": 2, "fault": 2, "broken off": 1, "garbage": 1,
    "silent": 1, "wake": 1, "download": 1, "full": 1,
}  # fmt: skip
"""How many of `_OF` affairs are others than periodic sessions."""
_PERIODIC = (("2 PERIODIC", ""),)
_RUNG = (("6 CONNECTION REQUEST", ""),)
_FIRST = (("0 BOOTSTRAP", ""), ("1 BOOT", ""))
GUESTS_FROM = 1_000_000
"""The addresses of those that come begin here."""

Job = dict[str, Any]
Path = Sequence[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the appliance is, and who may ask it for everything."""

    port: int
    console: int
    token: str
    image_size: int


@dataclass(frozen=True, slots=True)
class Bell:
    """An affair goes on when the device of that serial number is rung for."""

    serial: str


Affair = Generator[Errand | Bell, str, None]


class Work:
    """All of it.

    :param known: so many devices call in turn.
    :param guests: so many of those that are new stay: with each further one, one is deleted.
    :param piece: tells those that are new from those of other pieces.
    """

    def __init__(
        self, loop: OpenLoop, place: Place, steps: Script, known: int, guests: int, piece: int
    ) -> None:
        self._loop, self._place, self._steps = loop, place, steps
        self._known, self._most_guests, self._piece = known, guests, piece
        self._turn, self._new = 0, 0
        self._busy: set[int] = set()
        self._guests: deque[str] = deque()
        self._may_ring: set[str] = set()
        self._rung: set[str] = set()
        self._awaited: dict[str, tuple[Affair, float]] = {}
        self._affairs: Mapping[str, Callable[[], Affair]] = {
            "periodic": lambda: self._alone("periodic", Session.talk),
            "broken off": lambda: self._alone("broken off", Session.breaks_off),
            "silent": lambda: self._alone("silent", Session.falls_silent),
            "first contact": self._comes,
            "garbage": self._babbles,
            "fault": self._refuses,
            "wake": self._is_woken,
            "download": self._downloads,
            "full": self._is_read,
        }
        others = [kind for kind, times in _OTHERS.items() for _ in range(times)]
        self._kinds = others + ["periodic"] * (_OF - len(others))
        random.Random(1).shuffle(self._kinds)

    @property
    def awaits(self) -> bool:
        """Whether somebody is still to be woken."""
        return bool(self._awaited)

    def begin(self, number: int, due: float) -> None:
        """Begin the affair of that number."""
        affair = self._affairs[self._kinds[number % _OF]]()
        errand = next(affair)
        assert isinstance(errand, Errand)
        self._loop.begin(self._followed(errand, affair), due)

    def ring(self, serial: str) -> bool:
        """A ConnectionRequest has come for a device; whether it opens a session."""
        if serial not in self._may_ring:
            return False
        self._may_ring.discard(serial)
        self._rung.add(serial)
        if awaited := self._awaited.pop(serial, None):
            self._go_on(awaited[0], "")
        return True

    def look(self) -> None:
        """Give up those that should have been woken by now."""
        now = time.perf_counter()
        for serial, (affair, until) in list(self._awaited.items()):
            if now > until:
                del self._awaited[serial]
                self._loop.lose("wake", f"not rung for in {NOT_WOKEN:.0f} s")
                self._go_on(affair, "not rung for")

    def _go_on(self, affair: Affair, wrong: str) -> None:
        try:
            step = affair.send(wrong)
        except StopIteration:
            return
        if isinstance(step, Errand):
            self._loop.soon(self._followed(step, affair))
        elif step.serial in self._rung:
            self._go_on(affair, "")
        else:
            self._awaited[step.serial] = affair, time.perf_counter() + NOT_WOKEN

    def _followed(self, errand: Errand, affair: Affair) -> Errand:
        return replace(errand, after=partial(self._go_on, affair))

    def _alone(self, kind: str, how: Callable[[Session], Told]) -> Affair:
        with self._taken() as number:
            session = Session(self._steps, _serial(number), _PERIODIC)
            yield Errand(kind, number, self._place.port, lambda: how(session))

    def _babbles(self) -> Affair:
        self._turn += 1
        number = self._turn % self._known
        yield Errand("garbage", number, self._place.port, lambda: garbage(number))

    def _comes(self) -> Affair:
        self._new += 1
        address, serial = GUESTS_FROM + self._new % 100_000, f"G{self._piece:03}{self._new:07}"
        session = Session(self._steps, serial, _FIRST, wanted="GetParameterValues", own=True)
        if (yield self._held("first contact", address, session)):
            return
        self._guests.append(serial)
        if len(self._guests) > self._most_guests:
            gone = device_id(self._guests.popleft()).key
            yield self._asked("DELETE", ("devices", gone))

    def _refuses(self) -> Affair:
        with self._taken() as number:
            job: Job = {}
            wanted = {"ParameterNames": ["InternetGatewayDevice.DeviceInfo.UpTime"]}
            if (yield self._queued(number, job, "GetParameterValues", wanted)):
                return
            session = Session(self._steps, _serial(number), _PERIODIC, (), True, "GetParameterValues")
            if not (yield self._held("refusing", number, session)):
                yield self._ended(job, "failed")

    def _is_woken(self) -> Affair:
        with self._taken() as number, self._bell_of(_serial(number)) as bell:
            job: Job = {}
            if (yield self._queued(number, job, "GetRPCMethods", {}, urgent=True)) or (yield bell):
                return
            session = Session(self._steps, bell.serial, _RUNG, wanted="GetRPCMethods")
            if not (yield self._held("woken", number, session)):
                yield self._ended(job, "done")

    def _downloads(self) -> Affair:
        with self._taken() as number:
            job: Job = {}
            wanted = {"FileType": "1 Firmware Upgrade Image", "URL": f"acs:{IMAGE}"}
            if (yield self._queued(number, job, "Download", wanted)):
                return
            session = Session(self._steps, _serial(number), _PERIODIC, wanted="Download")
            if (yield self._held("downloading", number, session)):
                return
            (told,) = (each for each in session.asked if isinstance(each, m.Download))
            url, size = urlsplit(told.URL), self._place.image_size
            if (yield Errand("file", number, url.port or 80, lambda: fetch(url.path, size))):
                return
            events = ("1 BOOT", ""), ("7 TRANSFER COMPLETE", ""), ("M Download", told.CommandKey)
            complete = (m.TransferComplete(told.CommandKey),)
            session = Session(self._steps, _serial(number), events, complete)
            if not (yield self._held("installed", number, session)):
                yield self._ended(job, "done")

    def _is_read(self) -> Affair:
        with self._taken() as number:
            if (yield self._asked("POST", ("devices", _key(number), "refresh"), {})):
                return
            session = Session(self._steps, _serial(number), _PERIODIC, wanted="GetParameterValues")
            yield self._held("full", number, session)

    @contextmanager
    def _taken(self) -> Iterator[int]:
        """The next known device that is free, until its affair is over."""
        while True:
            self._turn += 1
            number = self._turn % self._known
            if number not in self._busy:
                break
        self._busy.add(number)
        try:
            yield number
        finally:
            self._busy.discard(number)

    @contextmanager
    def _bell_of(self, serial: str) -> Iterator[Bell]:
        """It may be rung for before the API has answered."""
        self._may_ring.add(serial)
        try:
            yield Bell(serial)
        finally:
            self._may_ring.discard(serial)
            self._rung.discard(serial)

    def _held(self, kind: str, number: int, session: Session) -> Errand:
        return Errand(kind, number, self._place.port, session.talk)

    def _queued(self, number: int, job: Job, rpc: str, arguments: object, urgent: bool = False) -> Errand:
        body = {"rpc": rpc, "arguments": arguments, "urgent": urgent}
        return self._asked("POST", ("devices", _key(number), "jobs"), body, job)

    def _ended(self, job: Job, state: str) -> Errand:
        """The job has come to that state."""

        def talk() -> Told:
            wrong = yield from self._call("GET", ("jobs", job["id"]), None, job)
            return wrong or ("" if job["state"] == state else f"a {job['rpc']} is {job['state']}")

        return Errand("job", 0, self._place.console, talk)

    def _asked(self, method: str, path: Path, body: object = None, shown: Job | None = None) -> Errand:
        return Errand("api", 0, self._place.console, lambda: self._call(method, path, body, shown))

    def _call(self, method: str, path: Path, body: object, shown: Job | None) -> Told:
        status, answered = yield from call(method, self._place.token, path, body)
        if status >= 300:
            return f"{method} {path[0]}: {status} {answered}"
        if shown is not None:
            shown.update(answered)
        return ""


def _serial(number: int) -> str:
    return f"S{number:07}"


def known_devices(count: int) -> Iterator[DeviceId]:
    """Those that call in turn."""
    return (device_id(_serial(number)) for number in range(count))


def _key(number: int) -> str:
    return device_id(_serial(number)).key
