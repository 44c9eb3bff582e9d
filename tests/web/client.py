"""An HTTP client of a site in memory, which holds every answer against the API's own description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.server import Site

from acs.web.api import ROUTES
from acs.web.serving.openapi import TOLD, describe
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Router

DESCRIPTION = describe(ROUTES, "1.0")
_URI = "urn:description"
_REGISTRY: Registry[Any] = Registry().with_resource(_URI, Resource(DESCRIPTION, DRAFT202012))
_ROUTER = Router(ROUTES)


@dataclass(frozen=True)
class Response:
    """What the site answered."""

    status: int
    headers: Message
    body: bytes
    reason: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)

    @property
    def wrong(self) -> dict[str, str]:
        """What a problem document says of each field."""
        return {error["field"]: error["reason"] for error in self.json["errors"]}


class Connection(StringTransport):
    """A transport that notes when the server closes it; ``closed`` then fires with all that was written."""

    def __init__(self, site: Site) -> None:
        here = IPv4Address("TCP", "127.0.0.1", 8069)
        super().__init__(here, IPv4Address("TCP", "127.0.0.1", 40000))
        self.closed: Deferred[bytes] = Deferred()
        self.protocol = site.buildProtocol(self.getPeer())
        self.protocol.makeConnection(self)

    def loseConnection(self) -> None:
        """The server has said all."""
        if not self.disconnecting:
            super().loseConnection()
            self.protocol.connectionLost(Failure(ConnectionDone()))
            self.closed.callback(self.value())

    def drop(self) -> None:
        """The client goes away."""
        self.disconnecting = True
        self.protocol.connectionLost(Failure(ConnectionDone()))


class Client:
    """Asks a site, as the holder of a token if one is given."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request; ``body`` is bytes, or becomes JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent = {"Host": "acs.example", "Connection": "close"}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        sent |= headers or {}
        lines = [
            f"{method} {target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in sent.items() if value),
        ]
        response = parse(await self.exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + content), method)
        hold_against_description(method, target, response)
        return response

    async def exchange(self, data: bytes) -> bytes:
        """What the site sends to these bytes until it closes the connection."""
        connection = Connection(self.site)
        connection.protocol.dataReceived(data)
        return await connection.closed


class _Socket:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> BytesIO:
        """What HTTPResponse reads from."""
        return BytesIO(self.data)


def parse(data: bytes, method: str = "GET") -> Response:
    """The response that these bytes are."""
    response = HTTPResponse(_Socket(data), method=method)  # type: ignore[arg-type]
    response.begin()
    return Response(response.status, response.headers, response.read(), response.reason)


def hold_against_description(method: str, target: str, response: Response) -> None:
    """Raise AssertionError where the API's description does not know of such an answer."""
    try:
        route, _ = _ROUTER.match(method, target.partition("?")[0])
    except Problem:
        schema: Any = {"$ref": f"{_URI}#/components/schemas/Problem"}
        if response.status != 204:
            Draft202012Validator(schema, registry=_REGISTRY).validate(response.json)
        return
    operation = DESCRIPTION["paths"][route.pattern][route.method.lower()]
    described = operation["responses"].get(str(response.status))
    assert described is not None, f"{method} {target}: {response.status} is not described: {response.body!r}"
    unknown = {*response.headers}.intersection(TOLD) - {*described.get("headers", ())}
    assert not unknown, f"{method} {target}: {response.status} has {unknown}, which is not described"
    media_type = response.headers.get_content_type() if "Content-Type" in response.headers else None
    content = described.get("content", {None: None})
    assert media_type in content, f"{method} {target}: {media_type} is not described"
    if media_type is not None and media_type.endswith("json") and method != "HEAD":
        place = [
            route.pattern,
            route.method.lower(),
            "responses",
            str(response.status),
            "content",
            media_type,
        ]
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        schema = {"$ref": f"{_URI}#/paths/{pointer}/schema"}
        Draft202012Validator(schema, registry=_REGISTRY).validate(response.json)
