"""Simulated CPEs in a world of their own: a clock that stands still, and chance that is known."""

from __future__ import annotations

import random
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity
from acs.simulate.model import Model
from acs.simulate.sources import load
from acs.simulate.transfers import Fetched, TransferFailed
from tests.simulate.acs_side import ScriptedACS

T = TypeVar("T")
NOON = 1_796_040_000.0  # 2026-11-30T12:00:00Z

ROUTER = "InternetGatewayDevice."
FIBRE = "Device."


@cache
def model(name: str = "tr098-router") -> Model:
    """A shipped model, read once."""
    return load(name)


def clock() -> Clock:
    """A clock at noon."""
    made = Clock()
    made.advance(NOON)
    return made


def cpe(name: str = "tr098-router", at: Clock | None = None) -> SimulatedCPE:
    """The first device of a model."""
    kind = model(name)
    return SimulatedCPE(kind, Identity(kind.oui, kind.serial), at or clock(), random.Random(1))


class MemoryFiles:
    """Files in a dictionary; what is sent is kept in another."""

    def __init__(self, files: dict[str, bytes | TransferFailed] | None = None) -> None:
        self.files = files or {}
        self.sent: dict[str, bytes] = {}
        self.fetched: list[tuple[str, str, str]] = []

    async def fetch(self, url: str, username: str, password: str) -> Fetched:
        self.fetched.append((url, username, password))
        found = self.files.get(url, TransferFailed(9016, "no such file"))
        if isinstance(found, TransferFailed):
            raise found
        return Fetched(found[:100], len(found))

    async def send(self, url: str, username: str, password: str, content: bytes) -> None:
        if isinstance(refused := self.files.get(url), TransferFailed):
            raise refused
        self.sent[url] = content


class WorldTestCase(SynchronousTestCase):
    """Has a clock, and holds sessions at once."""

    def setUp(self) -> None:
        self.clock = clock()

    def cpe(self, name: str = "tr098-router") -> SimulatedCPE:
        """A device of that model by this world's clock."""
        return cpe(name, self.clock)

    def bootstrapped(self, name: str = "tr098-router") -> SimulatedCPE:
        """One that has had its first session."""
        device = self.cpe(name)
        self.call(device)
        return device

    def do(self, work: Coroutine[Deferred[Any], Any, T]) -> T:
        """The result of what is done at once."""
        return self.successResultOf(ensureDeferred(work))

    def call(self, device: SimulatedCPE, *requests: AnyRequest, **options: Any) -> ScriptedACS:
        """Hold one session in which the ACS asks these; the ACS, with all that it heard."""
        acs = ScriptedACS(requests, **options)
        self.do(device.session(acs.exchange))
        return acs

    def ask(self, device: SimulatedCPE, request: AnyRequest) -> Message:
        """The answer to one request in a session of its own."""
        (answer,) = self.call(device, request).answers
        assert answer is not None
        return answer

    def code(self, device: SimulatedCPE, request: AnyRequest) -> int:
        """The code of the fault that a request is answered with."""
        answer = self.ask(device, request)
        assert isinstance(answer, Fault), answer
        return answer.FaultCode

    def pass_time(self, device: SimulatedCPE, seconds: float) -> None:
        """Let time go by for a device."""
        self.clock.advance(seconds)
        device.advance()
