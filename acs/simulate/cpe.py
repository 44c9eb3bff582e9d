"""A simulated CPE: the CPE role of the protocol over a device, one session after another.

It knows no network: who drives it gives each session the way to exchange a body with the ACS, be that HTTP or
a function in a test::

    async def exchange(body: bytes) -> tuple[int, bytes]:
        return 200, ...

    cpe = SimulatedCPE(load("tr098-router"), Identity("02A098", "NF0001"), clock, random.Random(1))
    await cpe.session(exchange)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from acs.cwmp.dialogue import Dialogue, Heard, Role, Signal
from acs.cwmp.envelope import Header
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.messages import AnyRequest, Fault, Inform, Message, Request
from acs.cwmp.versions import NAMESPACES, SUPPORTED
from acs.simulate.answers import answer
from acs.simulate.device import Device
from acs.simulate.errands import run_errand
from acs.simulate.events import Report
from acs.simulate.habits import Exchange, Habit
from acs.simulate.parameters import get_values
from acs.simulate.transfers import Files
from acs.simulate.tree import timestamp

#: How often one thing is said where the ACS answers 8005, "Retry request".
TRIES = 3
SESSION_TIMEOUT = 60
"""Seconds for which the ACS is asked to remember a session (CWMP 1.3)."""

_GOOD = (200, 204)


class SessionFailed(Exception):
    """A session broke off by what the ACS said.  ``kind`` is one of few words, to count by."""

    def __init__(self, kind: str, reason: str = "") -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


class SimulatedCPE(Device):
    """A device that talks.

    Whoever drives it waits until `due`, calls `advance`, then `errand` while `wants_errand`, and `session`
    while `wants_session`.
    """

    __slots__ = ()

    async def session(self, exchange: Exchange, habits: Sequence[Habit] = ()) -> None:
        """Hold one session to its end.

        Raises `SessionFailed`, or what ``exchange`` raises; the device has then planned its next try.
        """
        for habit in habits:
            exchange = partial(habit.exchange, exchange)
        try:
            await _Session(self, exchange, habits).hold()
        except Exception:
            self.failed()
            raise
        else:
            self.succeeded()
        finally:
            self.session_over()

    async def errand(self, files: Files) -> None:
        """Run one errand: a transfer that is due, or a change of software modules."""
        await run_errand(self, files)

    def inform(self) -> Inform:
        """The Inform that a session would begin with now."""
        told = [path for path in self.model.inform if self.tree.entry(path) is not None]
        changed = [path for path in self.events.changed if self.tree.entry(path) is not None]
        names = dict.fromkeys((*told, *changed))
        return Inform(
            DeviceId=self.device_id,
            Event=self.events.to_tell(),
            CurrentTime=timestamp(self.now),
            RetryCount=self.retries,
            ParameterList=tuple(get_values(self.tree, names)),
        )


class _Session:
    """One session from the side of the CPE."""

    def __init__(self, cpe: SimulatedCPE, exchange: Exchange, habits: Sequence[Habit]) -> None:
        self._cpe = cpe
        self._exchange = exchange
        self._habits = habits
        self._dialogue = Dialogue(Role.CPE, NAMESPACES[cpe.model.cwmp_version])
        self._reported: list[Report] = []

    async def hold(self) -> None:
        await self._open()
        while True:
            await self._report()
            heard = await self._say(None)
            while isinstance(heard.message, Request):
                heard = await self._say(self._answer(heard.message))
            if self._dialogue.held or not self._to_report():
                return

    async def _open(self) -> None:
        """Inform, until the ACS takes it: only then are the events told."""
        for _ in range(TRIES):
            inform = self._cpe.inform()
            heard = await self._say(inform, _header(self._cpe.model.cwmp_version))
            if heard.signal is Signal.INFORM_RESPONSE:
                names = [value.Name for value in inform.ParameterList]
                self._cpe.events.delivered(inform.Event, names)
                return
            if heard.signal is Signal.FAULT:
                break
        raise SessionFailed(f"Inform refused: {_code(heard.message)}")

    def _to_report(self) -> list[Report]:
        return [report for report in self._cpe.events.reports if report not in self._reported]

    async def _report(self) -> None:
        """Ask what the device has to ask of the ACS, each thing once a session."""
        for report in self._to_report():
            if self._dialogue.held:
                return
            self._reported.append(report)
            for _ in range(TRIES):
                heard = await self._say(report.request)
                if heard.signal is not Signal.RETRY:
                    self._cpe.events.reports.remove(report)
                    break

    def _answer(self, request: AnyRequest) -> Message:
        for habit in self._habits:
            if (peculiar := habit.answers(self._cpe, request)) is not None:
                return peculiar
        return answer(self._cpe, request)

    async def _say(self, message: Message | None, header: Header | None = None) -> Heard:
        body = self._dialogue.say(message, header)
        for habit in self._habits:
            body = habit.posts(self._cpe, message, body)
        status, content = await self._exchange(body)
        if status not in _GOOD:
            raise SessionFailed(f"HTTP {status}")
        try:
            return self._dialogue.hear(content)
        except RemoteProtocolError as error:
            raise SessionFailed("not to be understood", error.reason) from error


def _code(message: Message | None) -> int:
    return message.FaultCode if isinstance(message, Fault) else 0


def _header(version: str) -> Header:
    """What goes with an Inform, by the version of CWMP."""
    return Header(
        session_timeout=SESSION_TIMEOUT if version in ("1.3", "1.4") else None,
        supported_versions=SUPPORTED if version == "1.4" else (),
    )
