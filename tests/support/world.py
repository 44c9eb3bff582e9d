"""The world that session tests live in: the real listener, sessions and store, a clock that stands still,
and CPEs.

A `Cpe` talks HTTP over a transport in memory; what it may say is up to the test, which drives its half of the
dialogue by hand.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.envelope import Header
from acs.cwmp.namespaces import CWMP_1_0
from acs.hooks.asking import Hooks
from acs.hooks.asking import Limits as HookLimits
from acs.http.authentication import authentication_of
from acs.http.endpoint import CwmpEndpoint
from acs.http.inexact import Miscounting
from acs.http.protocol import HttpFactory
from acs.http.reader import Limits as HttpLimits
from acs.hypertext.authorization import Nonces
from acs.hypertext.proxied import Networks
from acs.quirks.selection import Selection
from acs.session import jobs
from acs.session.answers import Answers
from acs.session.credentials import pairs_of
from acs.session.files import NO_FILES, Files
from acs.session.operator import Operator
from acs.session.script import Script
from acs.session.sessions import Limits, Sessions
from acs.session.usual import Usual
from acs.session.verification import Always, Policy
from acs.session.waking import WakeSetup
from acs.store.building import embedded_store
from acs.store.interface import Query, Store
from acs.store.places import DATABASE_FILE
from acs.store.records import Exchange, Job, Session
from acs.web.telling.watch import Watch

NOON = 1_795_608_000.0
"""2026-11-25T12:00:00Z."""

LIMITS = Limits()
AIRTIES = v.DeviceId("AirTies", "001CA8", "Air4920DK-WA", "AT1931620001413")
ROOT = "InternetGatewayDevice."
TOLD = {
    "DeviceSummary": "InternetGatewayDevice:1.4[](Baseline:1, EthernetLAN:1)",
    "DeviceInfo.SpecVersion": "1.0",
    "DeviceInfo.HardwareVersion": "1.0",
    "DeviceInfo.SoftwareVersion": "2.59.1.8",
    "DeviceInfo.ProvisioningCode": "",
    "ManagementServer.ConnectionRequestURL": "http://192.0.2.7:30005/c1",
    "ManagementServer.ParameterKey": "",
    "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress": "192.0.2.7",
    "DeviceInfo.UpTime": "4711",
}


class World:
    """An appliance of one listener called "main", on a store in a folder of the test's own.

    ``hooks`` are the operator's, or what provides them; a ``policy`` may be made for the world that it is in;
    ``usual`` recognises the sessions in which there is nothing to do, in the place of who does.
    """

    def __init__(
        self,
        folder: Path,
        reactor: Any,
        policy: Policy | Callable[[World], Policy] | None = None,
        limits: Limits = LIMITS,
        tracked: Sequence[str] = (),
        trusted: Networks = (),
        scheme: str = "none",
        pair: tuple[str, str] = ("", ""),
        own: bool = False,
        hooks: Hooks | Sequence[Any] = (),
        resets: bool = False,
        waking: WakeSetup | None = None,
        files: Files = NO_FILES,
        usual: Usual | None = None,
    ) -> None:
        self.folder = folder
        self.clock = Clock()
        self.clock.advance(NOON)
        self.store: Store = embedded_store(reactor, self.clock, folder)
        quirks = Selection(self.store.quirk_rules)
        passwords = count(1)
        self.called: list[tuple[str, int]] = []
        self.hooks = hooks if isinstance(hooks, Hooks) else Hooks(self.clock, hooks, HookLimits())
        operator = Operator(self.hooks, self.clock.seconds, resets)
        script = Script(
            self.store,
            self.clock.seconds,
            {"main": policy(self) if callable(policy) else policy or Always()},
            quirks,
            lambda: f"password{next(passwords)}",
            operator,
            tracked,
            waking,
            lambda device, session: self.called.append((device, session)),
            files,
        )
        pairs = pairs_of(self.store, own, *pair)
        nonces = Nonces(b"key", self.clock.seconds, random.Random(1).randbytes)
        tokens = count(1)
        self.watch = Watch(self.store, self.clock)
        self.sessions = Sessions(
            self.store,
            self.clock.seconds,
            script,
            Answers(self.store, self.clock.seconds, files),
            lambda: f"cookie{next(tokens)}",
            lambda: 0.5,
            limits,
            self.watch.counting(operator.session_ended),
            usual or script.routines,
        )
        self.watch.begin(self.sessions)
        self.miscounting = Miscounting(self.clock.seconds)
        self.endpoint = CwmpEndpoint(
            self.sessions,
            self.clock.seconds,
            "main",
            "/",
            1 << 20,
            trusted=trusted,
            miscounting=None if trusted else self.miscounting,
            authentication=authentication_of(scheme, pairs, nonces, ("MD5", "SHA-256")),
        )
        self.factory = HttpFactory(
            self.endpoint.respond,
            self.endpoint.refused,
            self.endpoint.closed,
            clock=self.clock,
            limits=HttpLimits(body_bytes=1 << 20),
            miscounting=self.miscounting,
        )

    async def open(self) -> None:
        """Open the store."""
        await self.store.open()

    async def close(self) -> None:
        """Lose what is open and close the store."""
        self.sessions.lose_all("the test is over")
        await self.store.close()

    def pass_time(self, seconds: float) -> None:
        """Let time go by, and have the sessions looked after."""
        self.clock.advance(seconds)
        self.sessions.sweep()

    def cpe(self, **how: Any) -> Cpe:
        """A CPE that has not called yet."""
        return Cpe(self, **how)

    async def job(self, device: str, rpc: str, arguments: dict[str, Any], **how: Any) -> Job:
        """Queue a job."""
        return await jobs.accept(self.store, self.clock.seconds(), device, rpc, arguments, **how)

    def on_disk(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What stands in the database's file at this moment, whatever else the store has been told."""
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection:
            return connection.execute(sql, parameters).fetchall()

    async def last_session(self, **filters: str) -> Session:
        """The newest session."""
        await self.store.committed()
        return (await self.store.sessions(Query(filters, limit=1))).items[0]

    async def conversation(self) -> tuple[Exchange, ...]:
        """The messages of the newest session."""
        found = await self.store.conversation((await self.last_session()).id)
        assert found is not None
        return found


class _Transport(StringTransport):
    """Tells whoever waits that something was written, or that the connection was closed."""

    def __init__(self, address: str, number: int) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", address, 40000 + number))
        self.told: Deferred[None] | None = None

    def write(self, data: bytes) -> None:
        super().write(data)
        self._tell()

    def loseConnection(self) -> None:
        super().loseConnection()
        self._tell()

    def loseWriteConnection(self) -> None:
        self._tell()

    def _tell(self) -> None:
        told, self.told = self.told, None
        if told is not None:
            told.callback(None)


class Answer:
    """An HTTP response."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Line:
    """One TCP connection to the listener."""

    _numbers = count(1)

    def __init__(self, world: World, address: str = "192.0.2.7") -> None:
        self.transport = _Transport(address, next(self._numbers) % 20000)
        self.protocol = world.factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        """Bytes from the CPE."""
        self.protocol.dataReceived(data)

    async def receive(self) -> Answer:
        """The next whole response."""
        while (answer := self._whole()) is None:
            self.transport.told = Deferred()
            await self.transport.told
        return answer

    def _whole(self) -> Answer | None:
        written = self.transport.value()
        head, found, rest = written.partition(b"\r\n\r\n")
        if not found:
            return None
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self.transport.clear()
        StringTransport.write(self.transport, rest[length:])
        return Answer(int(status_line.split()[1]), headers, rest[:length])

    def drop(self) -> None:
        """The connection is gone."""
        from twisted.internet.error import ConnectionLost
        from twisted.python.failure import Failure

        self.protocol.connectionLost(Failure(ConnectionLost()))


class Cpe:
    """A CPE whose every word the test chooses.  ``device`` is its DeviceId, ``told`` the parameters of its
    Inform."""

    def __init__(
        self,
        world: World,
        device: v.DeviceId = AIRTIES,
        told: dict[str, str] | None = None,
        root: str = ROOT,
        namespace: str = CWMP_1_0,
        address: str = "192.0.2.7",
        cookies: bool = True,
    ) -> None:
        self.world = world
        self.device = device
        self.told = dict(TOLD if told is None else told)
        self.root = root
        self.namespace = namespace
        self.address = address
        self.cookies = cookies
        self.cookie = ""
        self.dialogue = Dialogue(Role.CPE, namespace)
        self.line = Line(world, address)
        self.answer = Answer(0, {}, b"")

    @property
    def id(self) -> str:
        """What the appliance calls it."""
        return self.device.key

    def reconnect(self) -> None:
        """Go on over a new connection."""
        self.line.drop()
        self.line = Line(self.world, self.address)

    def post(self, body: bytes, *headers: str) -> bytes:
        """The bytes of a POST of ours."""
        lines = ["POST / HTTP/1.1", "Host: acs", f"Content-Length: {len(body)}", *headers]
        if self.cookie and self.cookies:
            lines.append(f"Cookie: {self.cookie}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    async def exchange(self, body: bytes, *headers: str) -> Answer:
        """Post a body, whatever it is, and take the answer."""
        self.line.send(self.post(body, *headers))
        self.answer = await self.line.receive()
        if "set-cookie" in self.answer.headers:
            self.cookie = self.answer.headers["set-cookie"].split(";")[0]
        return self.answer

    async def say(self, message: m.Message | None, header: Header | None = None) -> m.Message | None:
        """Say something in the dialogue; returns what the ACS says to that (None: nothing)."""
        answer = await self.exchange(self.dialogue.say(message, header))
        if answer.status not in (200, 204):
            raise AssertionError(f"{answer.status} {answer.body!r}")
        return self.dialogue.hear(answer.body).message

    def inform(self, *events: str | v.EventStruct, **more: Any) -> m.Inform:
        """The Inform that it would send."""
        structs = tuple(v.EventStruct(event) if isinstance(event, str) else event for event in events)
        values = tuple(v.ParameterValueStruct(self.root + n, t, "xsd:string") for n, t in self.told.items())
        inform = m.Inform(self.device, structs, CurrentTime="2026-11-25T12:00:00Z", ParameterList=values)
        return replace(inform, **more)

    async def call_in(self, *events: str | v.EventStruct, header: Header | None = None) -> m.Message | None:
        """Begin a session with these events (`2 PERIODIC` if none); returns the ACS's answer."""
        self.dialogue = Dialogue(Role.CPE, self.namespace)
        self.cookie = ""
        return await self.say(self.inform(*(events or ("2 PERIODIC",))), header)

    async def first_contact(self) -> list[str]:
        """A whole first session, with every read answered from `told`; returns the names of the RPCs that
        were asked."""
        await self.call_in("0 BOOTSTRAP", "1 BOOT")
        return await self.serve()

    async def session(self, *events: str) -> list[str]:
        """A whole session; returns the names of the RPCs that were asked."""
        await self.call_in(*events)
        return await self.serve()

    async def serve(self) -> list[str]:
        """Yield, and answer what the ACS asks until it asks no more."""
        asked = []
        message = await self.say(None)
        while message is not None:
            asked.append(m.name_of(message))
            message = await self.say(self.reply(message))
        return asked

    def reply(self, message: m.Message) -> m.Message:
        """A true answer to the RPCs that read, success to those that write, fault 9000 to the rest."""
        if isinstance(message, m.GetParameterNames):
            return m.GetParameterNamesResponse(
                tuple(v.ParameterInfoStruct(self.root + name, name.endswith("Code")) for name in self.told)
            )
        if isinstance(message, m.GetParameterValues):
            return m.GetParameterValuesResponse(self.inform().ParameterList)
        if isinstance(message, m.GetParameterAttributes):
            return m.GetParameterAttributesResponse(
                tuple(v.ParameterAttributeStruct(self.root + name, 0, ("Subscriber",)) for name in self.told)
            )
        if isinstance(message, m.SetParameterValues):
            for value in message.ParameterList:
                self.told[value.Name.removeprefix(self.root)] = value.Value
            return m.SetParameterValuesResponse(0)
        if isinstance(message, m.Reboot):
            return m.RebootResponse()
        return m.Fault(9000, "Method not supported")
