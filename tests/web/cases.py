"""A test case with an appliance: a real store with a few things in it, the whole site, a token a role."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from acs.session import jobs
from acs.store.building import embedded_store
from acs.store.records import (
    Device,
    Exchange,
    Job,
    Parameter,
    Role,
    Session,
    SessionResult,
)
from acs.store.records.people import Token
from acs.web.site import make_site
from tests.support import leaks
from tests.web.client import Client, Response

NOON = 1_795_608_000.0
"""2026-11-25T12:00:00Z."""

AIRTIES = Device(
    "001CA8-Air4920DK%2DWA-AT1931620001413",
    "AirTies",
    "001CA8",
    "Air4920DK-WA",
    "AT1931620001413",
    first_seen=NOON - 3600,
    software_version="2.59.1.8",
    root_data_model="InternetGatewayDevice:1",
    cwmp_version="cwmp-1-0",
    connection_request_url="http://192.0.2.7:30005/c1",
    tags=("field-test",),
)
ROUTER = Device("00D09E-Router-S1", "2Wire", "00D09E", "Router", "S1", first_seen=NOON - 7200)

HEAD = (
    b"POST / HTTP/1.1\r\nHost: acs\r\nAuthorization: Basic Y3BlOnNlY3JldA==\r\n"
    b"Content-Type: text/xml; charset=iso-8859-1\r\n\r\n"
)
BODY = (
    b"<?xml version='1.0'?>\n<e:Envelope><e:Body><cwmp:SetParameterValues><ParameterList>\n"
    b"<ParameterValueStruct><Name>Device.WiFi.SSID.1.SSID</Name><Value>caf\xe9</Value>"
    b"</ParameterValueStruct>\n"
    b"<ParameterValueStruct><Name>Device.WiFi.AccessPoint.1.Security.KeyPassphrase"
    b"</Name><Value xsi:type='xsd:string'>hush &amp; hush</Value></ParameterValueStruct>\n"
    b"</ParameterList></cwmp:SetParameterValues></e:Body></e:Envelope>"
)
MASKED = BODY.replace(b"hush &amp; hush", b"********")


def path(*segments: str) -> str:
    """A target below /api/v1, each segment percent-encoded."""
    return "/".join(("/api/v1", *(quote(segment, safe="") for segment in segments)))


class ApiCase(TestCase):
    """``self.store`` is open and has `AIRTIES`; ``self.ask`` asks as an administrator, if nothing is said."""

    timeout = 30
    how: dict[str, Any] = {}
    lost = False

    async def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOON)
        self.state = Path(self.mktemp())
        self.store = embedded_store(reactor, self.clock, self.state)
        await self.store.open()
        for role in Role:
            await self.store.add_token(a_token(role))
        self.device = await self.store.add_device(AIRTIES)
        self.begin_site()

    def begin_site(self) -> None:
        """A new site over the same store, as after a restart."""
        self.site = make_site(store=self.store, clock=self.clock, reactor=reactor, version="1.0", **self.how)
        self.client = Client(self.site)

    async def tearDown(self) -> None:
        await self.lose_store()

    async def lose_store(self) -> None:
        """Close the store, which then answers nobody."""
        if not self.lost:
            self.lost = True
            await self.store.close()
            leaks.look_at_audit(self.state)

    async def ask(
        self, method: str, target: str, body: Any = None, role: Role | None = Role.ADMIN, **how: Any
    ) -> Response:
        """The answer to somebody of this role; None: without a token."""
        token = None if role is None else secret_of(role)
        return await self.client.ask(method, target, body, token, **how)

    async def get(self, *segments: str, query: str = "", role: Role = Role.ADMIN) -> Any:
        """The JSON at a path, which has to be there."""
        response = await self.ask("GET", path(*segments) + query, role=role)
        self.assertEqual(200, response.status, response.body)
        return response.json

    async def assert_refused(
        self, status: int, method: str, target: str, body: Any = None, **how: Any
    ) -> Response:
        """The problem that is answered, which must be of this status."""
        response = await self.ask(method, target, body, **how)
        self.assertEqual(status, response.status, response.body)
        self.assertEqual("application/problem+json", response.headers["Content-Type"])
        self.assertEqual(status, response.json["status"])
        return response

    async def keep(self, *parameters: Parameter) -> None:
        """Let these be what is known of the device's parameters."""
        known = {parameter.name: parameter for parameter in parameters}
        await self.store.keep_parameters(self.device.id, known, NOON)

    async def job(self, rpc: str = "Reboot", arguments: dict[str, Any] | None = None, **how: Any) -> Job:
        """A job that waits for the device."""
        return await jobs.accept(
            self.store, self.clock.seconds(), self.device.id, rpc, arguments or {}, **how
        )

    def session(self, *conversation: Exchange, **facts: Any) -> Session:
        """A session of the device, with this conversation."""
        session = Session(
            self.store.new_id(),
            NOON - 10,
            self.device.id,
            ended=NOON - 8.5,
            client_ip="192.0.2.7",
            result=SessionResult.SUCCESS,
        )
        session = replace(session, **facts)
        self.store.save_session(session, conversation)
        return session


def secret_of(role: Role) -> str:
    """The token of somebody with this role."""
    return f"acs_{role}"


def a_token(role: Role, **how: Any) -> Token:
    """What the store keeps of that token."""
    digest = sha256(secret_of(role).encode()).hexdigest()
    return Token(how.pop("name", f"a {role}"), role, how.pop("digest", digest), NOON, **how)
