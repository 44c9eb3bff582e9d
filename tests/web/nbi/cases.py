"""A test case with GenieACS's northbound interface over an appliance that has a few things in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from twisted.internet import reactor

from acs.store.records import Device, Parameter, Role
from acs.web.nbi.site import make_nbi_site
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase, secret_of
from tests.web.client import Client, Response, parse

ROOT = "InternetGatewayDevice."
PARAMETERS = (
    Parameter(f"{ROOT}DeviceInfo.", writable=False),
    Parameter(f"{ROOT}DeviceInfo.SoftwareVersion", "2.59.1.8", "xsd:string", False, updated=NOON - 60),
    Parameter(f"{ROOT}DeviceInfo.UpTime", "3600", "xsd:unsignedInt", False, updated=NOON - 60),
    Parameter(f"{ROOT}LANDevice.1.WLANConfiguration.1.", writable=False),
    Parameter(f"{ROOT}LANDevice.1.WLANConfiguration.1.SSID", "Home Net", "xsd:string", True),
    Parameter(f"{ROOT}LANDevice.1.WLANConfiguration.1.Enable", "1", "xsd:boolean", True),
    Parameter(f"{ROOT}LANDevice.1.WLANConfiguration.1.KeyPassphrase", "hush hush", "xsd:string", True),
    Parameter(f"{ROOT}WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.MACAddress", "20:2B:C1:E0:06:65"),
)


class NbiClient(Client):
    """Asks the interface, whose answers no description holds."""

    async def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent = {"Host": "127.0.0.1:7557", "Connection": "close", "Content-Length": str(len(content))}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        sent |= headers or {}
        lines = [
            f"{method} {target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in sent.items() if value),
        ]
        return parse(await self.exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + content), method)


class NbiCase(ApiCase):
    """``self.genie`` asks the interface, as an administrator if nothing is said."""

    asks = True
    local = True
    secrets = False

    async def setUp(self) -> None:
        await super().setUp()
        how: dict[str, Any] = {"asks": self.asks, "local": self.local, "secrets": self.secrets}
        self.nbi = NbiClient(make_nbi_site(self.site, reactor, **how))

    async def genie(
        self, method: str, target: str, body: Any = None, role: Role | None = Role.ADMIN, **headers: str
    ) -> Response:
        """The answer to somebody of this role; None: without a token."""
        token = None if role is None else secret_of(role)
        return await self.nbi.ask(method, target, body, token, headers)

    async def found(self, collection: str = "devices", **asked: Any) -> list[Any]:
        """What a query finds, which has to be answered."""
        response = await self.genie("GET", f"/{collection}/?{query_of(**asked)}")
        self.assertEqual(200, response.status, response.body)
        found: list[Any] = response.json
        return found

    async def refused(self, status: int, method: str, target: str, body: Any = None, **how: Any) -> str:
        """Why it is refused, which has to be with this status."""
        response = await self.genie(method, target, body, **how)
        self.assertEqual(status, response.status, response.body)
        detail: str = response.json["detail"]
        return detail

    async def refused_query(self, query: Any, **asked: Any) -> str:
        """Why a query for devices is refused."""
        return await self.refused(400, "GET", f"/devices/?{query_of(query=query, **asked)}")

    async def keep_usual(self) -> None:
        """Let the usual be known of the device's parameters, and of another device nothing."""
        await self.keep(*PARAMETERS)
        self.device = self.store.change_device(AIRTIES.id, root=ROOT, last_inform=NOON - 60)
        await self.store.add_device(ROUTER)
        await self.store.committed()


def query_of(**asked: Any) -> str:
    """What of a collection is asked for, as it stands in a URL; dicts as JSON."""
    texts = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in asked.items()
    }
    return urlencode(texts, quote_via=quote)


def of_device(device: Device, *more: str) -> str:
    """A target below a device."""
    return "/".join(("/devices", quote(device.id, safe=""), *more))
